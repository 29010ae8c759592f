// A host in front of a container, of which every refusal is handed over and written down.
import { readFileSync } from 'node:fs';
import { decider, type MetRefusal } from '../emulate/handed-over.ts';
import {
  type ImitationRequest,
  type SurfaceBefore,
  surfaceBefore,
} from '../emulate/imitate-host.ts';
import { callerOf } from '../emulate/process-caller.ts';
import { allCapabilities } from '../host/capabilities.ts';
import type { Offer } from '../host/offer.ts';
import { abiOfMachine } from '../kernel/abi.ts';
import type { Filter } from '../kernel/filter-profile.ts';
import type { ContainerConfig } from '../runtime/container-config.ts';
import { capabilitiesOf } from '../runtime/spec/capabilities.ts';
import { compileSeccomp } from '../runtime/spec/seccomp.ts';
import type { SpecSeccomp } from '../runtime/spec.ts';
import { serveCalls } from '../sys/seccomp-notify.ts';

/** A refusal, and which program met it. */
export interface ObservedRefusal extends MetRefusal {
  /** Name of the program, as the kernel keeps it: 15 characters at most. */
  readonly program: string;
  /** How often. */
  readonly count: number;
}

/** A watch over a host's surface. */
export interface SurfaceWatch {
  /** The filter to run with. */
  readonly seccomp: SpecSeccomp;
  /** What was refused since, each once, the last one last. */
  met(): readonly ObservedRefusal[];
  stop(): Promise<void>;
}

/** A container's name for uname where it was given none. */
const anyName = 'plimsoll';

/** The surface of a host before a container. */
export function surfaceFor(
  offer: Offer,
  config: ContainerConfig,
  here: ImitationRequest['here'],
): SurfaceBefore {
  return surfaceBefore({
    offer,
    config,
    capabilities: capabilitiesOf({ ...config, available: new Set(allCapabilities) }),
    here,
    supervisedAs: config.hostname ?? anyName,
  });
}

function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/**
 * Begins a watch.
 * @param filter the surface with its refusals handed over (handed-over.ts), or a part of it
 * @param socket where the runtime brings the filter to; a path that is free
 * @param inForce which refusals are made; the others pass
 * @throws SystemError
 */
export function watchSurface(
  before: SurfaceBefore,
  filter: Filter,
  here: ImitationRequest['here'],
  socket: string,
  inForce: (key: string) => boolean,
): SurfaceWatch {
  const decide = decider(before, abiOfMachine(here.machine) ?? 'x86_64');
  const met = new Map<string, ObservedRefusal>();
  const note = (one: MetRefusal, pid: number): void => {
    const old = met.get(one.key);
    met.delete(one.key);
    const program = old?.program ?? programOf(pid);
    met.set(one.key, { ...one, program, count: (old?.count ?? 0) + 1 });
  };
  const server = serveCalls(socket, (call) => {
    const decided = decide(call, callerOf(call.pid), inForce);
    if (decided.met !== undefined) note(decided.met, call.pid);
    return decided.reply;
  });
  const { machine, capabilities } = before;
  return {
    seccomp: {
      ...compileSeccomp(filter, { machine, capabilities, kernel: here.release }),
      listenerPath: socket,
    },
    met: () => [...met.values()],
    stop: () => {
      server.stop();
      return server.done;
    },
  };
}
