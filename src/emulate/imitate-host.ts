// Another host in front of a container: its kernel surface as the container's seccomp profile, its kernel's words about
// itself, and what the report says of both.
import type { Offer } from '../host/offer.ts';
import { abiOfMachine } from '../kernel/abi.ts';
import { goMachines } from '../kernel/filter-evaluation.ts';
import { type Filter, parseOciProfile } from '../kernel/filter-profile.ts';
import type { ContainerConfig } from '../runtime/container-config.ts';
import { compileSeccomp, dockerFilter } from '../runtime/spec/seccomp.ts';
import type { Spec, SpecSeccomp } from '../runtime/spec.ts';
import { type IdentityFile, identityFiles, identityHooks, identityOf } from './identity.ts';
import { type ImitatingMachine, limitsOfImitation } from './limits-of-imitation.ts';
import { type Answerer, supervisedCalls } from './supervised-calls.ts';
import { surfaceOf } from './surface-filter.ts';

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

/** An imitated host. */
export interface Imitation {
  readonly name: string;
  /** In the OCI runtime specification's form. */
  readonly seccomp: SpecSeccomp;
  /** Whose default filter stands in it. */
  readonly filterSource: string;
  /** How many calls its kernel refuses. */
  readonly refusedCalls: number;
  /** How many flags and options of other calls it does not know. */
  readonly refusedFlags: number;
  readonly files: readonly IdentityFile[];
  /** What a supervisor has to answer; empty: none is asked for. */
  readonly answerers: ReadonlyMap<string, Answerer>;
  /** What is not imitated: sentences. */
  readonly limits: readonly string[];
}

/** The filter that the container was asked to have. */
function ownFilter({
  security: { seccomp },
  privileged,
}: ImitationRequest['config']): Filter | undefined {
  if (seccomp === 'unconfined' || (privileged && seccomp === 'default')) return undefined;
  return seccomp === 'default'
    ? dockerFilter()
    : parseOciProfile(seccomp.profile, 'the profile given');
}

/** Imitates a host for one container. */
export function imitateHost(request: ImitationRequest): Imitation {
  const { offer, here, config } = request;
  const machine = goMachines[abiOfMachine(here.machine) ?? 'x86_64'];
  const capabilities = new Set(request.capabilities);
  const own = ownFilter(config);
  // A filter that was asked for, or none, stands in the place of the default of the host's engine.
  const asked = own === undefined || config.security.seccomp !== 'default';
  const { engine, ...bare } = offer;
  const seen = asked && engine?.name !== 'gvisor' ? bare : offer;
  const { supervisedAs: hostname } = request;
  const answerers =
    hostname === undefined
      ? new Map<string, Answerer>()
      : supervisedCalls(offer, { hostname, machine: here.machine });
  const supervised = new Set(answerers.keys());
  const surface = surfaceOf({ offer: seen, machine, capabilities, own, supervised });
  const identity = identityOf(offer);
  return {
    name: offer.name,
    seccomp: compileSeccomp(surface.filter, { machine, capabilities, kernel: here.release }),
    filterSource: surface.filterSource,
    refusedCalls: surface.calls.filter(({ refused }) => refused !== undefined).length,
    refusedFlags: new Set(surface.calls.flatMap(({ flags }) => flags)).size,
    answerers,
    files: identity === undefined ? [] : identityFiles(identity),
    limits: limitsOfImitation(offer, surface.calls, here, supervised),
  };
}

/**
 * The spec of a container that has the host in front of it.
 * @param places mount(8), the folder where the imitation's files lie, and the container's root; all absolute; the
 *   supervisor's socket, where there is one
 */
export function putBefore(
  { seccomp, files }: Imitation,
  spec: Spec,
  places: Parameters<typeof identityHooks>[1] & { readonly listener?: string },
): Spec {
  const before = spec.hooks?.createContainer ?? [];
  return {
    ...spec,
    hooks: { ...spec.hooks, createContainer: [...before, ...identityHooks(files, places)] },
    linux: {
      ...spec.linux,
      seccomp:
        places.listener === undefined ? seccomp : { ...seccomp, listenerPath: places.listener },
    },
  };
}
