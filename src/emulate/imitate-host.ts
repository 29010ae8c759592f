// Another host in front of a container: its kernel surface as the container's seccomp profile, its kernel's words about
// itself, and what the report says of both.
import type { Offer } from '../host/offer.ts';
import { abiOfMachine } from '../kernel/abi.ts';
import { goMachines } from '../kernel/filter-evaluation.ts';
import type { Filter } from '../kernel/filter-profile.ts';
import type { ContainerConfig } from '../runtime/container-config.ts';
import type { ImitatedHost } from '../runtime/imitated-host.ts';
import { compileSeccomp, filterOf } from '../runtime/spec/seccomp.ts';
import type { Answerer } from './caller.ts';
import { absentFiles, identityFiles, identityOf } from './identity.ts';
import { type ImitatingMachine, type Limit, limitsOfImitation } from './limits-of-imitation.ts';
import { supervisedCalls, supervisionOf } from './supervised-calls.ts';
import { type Surface, surfaceOf } from './surface-filter.ts';

/** What a host is imitated for. */
export interface ImitationRequest {
  readonly offer: Offer;
  readonly config: Pick<ContainerConfig, 'security' | 'privileged'>;
  /** The container's bounding set. */
  readonly capabilities: readonly string[];
  readonly here: ImitatingMachine;
  /** The container, where somebody answers the calls that a filter cannot imitate. */
  readonly supervisedAs?: string;
}

/** An imitated host, and what is said of it. */
export interface Imitation {
  readonly host: ImitatedHost;
  /** Whose default filter stands in it. */
  readonly filterSource: string;
  /** How many calls its kernel refuses. */
  readonly refusedCalls: number;
  /** How many flags and options of other calls it does not know. */
  readonly refusedFlags: number;
  /** What is not imitated. */
  readonly limits: readonly Limit[];
}

/** A host's surface before one container, and what the container would have without it. */
export interface SurfaceBefore {
  readonly surface: Surface;
  /** The container's own filter; undefined: it is unconfined. */
  readonly own: Filter | undefined;
  /** This machine in Go's words. */
  readonly machine: string;
  readonly capabilities: ReadonlySet<string>;
  /** What answers the calls that are handed over. */
  readonly answerers: ReadonlyMap<string, Answerer>;
}

/** The surface of a host for one container. */
export function surfaceBefore(request: ImitationRequest): SurfaceBefore {
  const { offer, here, config } = request;
  const machine = goMachines[abiOfMachine(here.machine) ?? 'x86_64'];
  const capabilities = new Set(request.capabilities);
  const own = filterOf(config);
  // A filter that was asked for, or none, stands in the place of the default of the host's engine.
  const asked = own === undefined || config.security.seccomp !== 'default';
  const { engine, ...bare } = offer;
  const seen = asked && engine?.name !== 'gvisor' ? bare : offer;
  const { supervisedAs: hostname } = request;
  const answerers =
    hostname === undefined ? new Map<string, Answerer>() : supervisedCalls(offer, hostname);
  const surface = surfaceOf({
    offer: seen,
    machine,
    capabilities,
    own,
    supervised: supervisionOf(offer, answerers),
    libseccomp: here.libseccomp,
  });
  return { surface, own, machine, capabilities, answerers };
}

/** Imitates a host for one container. */
export function imitateHost(request: ImitationRequest): Imitation {
  const { offer, here, supervisedAs: hostname } = request;
  const { surface, machine, capabilities, answerers } = surfaceBefore(request);
  const supervised = new Set(answerers.keys());
  const identity = identityOf(offer);
  const limits = limitsOfImitation(offer, surface.calls, here, supervised, surface);
  return {
    host: {
      offer,
      seccomp: compileSeccomp(surface.filter, { machine, capabilities, kernel: here.release }),
      files: identity === undefined ? [] : identityFiles(identity),
      absent: absentFiles(offer),
      limits: limits.map(({ name }) => name),
      ...(hostname === undefined || supervised.size === 0 ? {} : { supervisedAs: hostname }),
    },
    filterSource: surface.filterSource,
    refusedCalls: surface.calls.filter(({ refused }) => refused !== undefined).length,
    refusedFlags: new Set(surface.calls.flatMap(({ flags }) => flags)).size,
    limits,
  };
}
