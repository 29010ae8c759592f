// Another host in front of a container: its kernel surface as a seccomp profile, and what the report says of it.
import type { Offer } from '../host/offer.ts';
import { parseOciProfile } from '../kernel/filter-profile.ts';
import type { ContainerConfig } from '../runtime/container-config.ts';
import { compileSeccomp, dockerFilter } from '../runtime/spec/seccomp.ts';
import type { SpecSeccomp } from '../runtime/spec.ts';
import { type ImitatingMachine, limitsOfImitation } from './limits-of-imitation.ts';
import { type Surface, surfaceOf } from './surface-filter.ts';

/** What a host is imitated for. */
export interface ImitationRequest {
  readonly offer: Offer;
  readonly security: ContainerConfig['security'];
  readonly privileged: boolean;
  /** The container's bounding set. */
  readonly capabilities: ReadonlySet<string>;
  /** In Go's words: amd64, arm64 … */
  readonly machine: string;
  readonly here: ImitatingMachine;
}

/** An imitated host. */
export interface Imitation {
  /** In the OCI runtime specification's form. */
  readonly profile: SpecSeccomp;
  /** Whose default filter stands under it. */
  readonly filterSource: string;
  /** How many calls its kernel refuses. */
  readonly refusedCalls: number;
  /** How many flags and options of other calls it does not know. */
  readonly refusedFlags: number;
  /** What is not imitated: sentences. */
  readonly limits: readonly string[];
}

/** The filter that the container was asked to have. */
function ownFilter({ security: { seccomp }, privileged }: ImitationRequest) {
  if (seccomp === 'unconfined' || (privileged && seccomp === 'default')) return undefined;
  return seccomp === 'default'
    ? dockerFilter()
    : parseOciProfile(seccomp.profile, 'the profile given');
}

/** Imitates a host for one container. */
export function imitateHost(request: ImitationRequest): Imitation {
  const { offer, capabilities, machine, here, privileged } = request;
  // Whoever asks for no filter gets none of the host's engine either: its kernel alone.
  const own = ownFilter(request);
  const { engine: _, ...bare } = offer;
  const seen = own === undefined || privileged ? { ...bare, name: offer.name } : offer;
  const surface: Surface = surfaceOf({ offer: seen, machine, capabilities, own });
  return {
    profile: compileSeccomp(surface.filter, { machine, capabilities, kernel: here.release }),
    filterSource: surface.filterSource,
    refusedCalls: surface.calls.filter(({ refused }) => refused !== undefined).length,
    refusedFlags: new Set(surface.calls.flatMap(({ flags }) => flags)).size,
    limits: limitsOfImitation(offer, surface.calls, here),
  };
}
