// Which calls a seccomp filter refuses to a program: the filter hands over what it would refuse, and gets it refused all
// the same, so that the program goes the same way as without being watched.
import { constants } from 'node:os';
import type { Abi } from '../kernel/abi.ts';
import { evaluateFilter, goMachines } from '../kernel/filter-evaluation.ts';
import type { Filter } from '../kernel/filter-profile.ts';
import { allSyscalls, syscallOfCaller } from '../kernel/syscalls.ts';
import { compileSeccomp, errnoOfAction } from '../runtime/spec/seccomp.ts';
import type { SpecSeccomp } from '../runtime/spec.ts';
import { type CallServer, serveCalls } from '../sys/seccomp-notify.ts';

/** A watch over a filter. */
export interface RefusalWatch {
  /** The filter to run with. */
  readonly seccomp: SpecSeccomp;
  /** The calls that were refused since, each once, the last one last. */
  calls(): readonly string[];
  stop(): Promise<void>;
}

const { EPERM } = constants.errno;

/**
 * Begins a watch.
 * @param socket where the runtime brings the filter to; a path that is free
 * @throws SystemError
 */
export function watchRefusals(
  filter: Filter,
  target: {
    readonly abi: Abi;
    readonly capabilities: ReadonlySet<string>;
    readonly kernel: string;
  },
  socket: string,
): RefusalWatch {
  const { abi, capabilities, kernel } = target;
  const machine = goMachines[abi];
  const refused = new Map<string, number>();
  for (const { name, numbers } of allSyscalls()) {
    if (numbers[abi] === undefined) continue;
    const { action } = evaluateFilter(filter, {
      abi,
      syscall: name,
      capabilities,
      kernel,
      machine,
    });
    // What depends on arguments stays with the filter, and ENOSYS is what programs expect of old kernels.
    if (action !== 'depends' && action.startsWith('E') && action !== 'ENOSYS')
      refused.set(name, errnoOfAction(action));
  }
  const compiled = compileSeccomp(filter, { machine, capabilities, kernel });
  const seen: string[] = [];
  const server: CallServer = serveCalls(socket, ({ arch, number }) => {
    const name = syscallOfCaller(arch, number, abi) ?? `call ${number}`;
    const before = seen.indexOf(name);
    if (before >= 0) seen.splice(before, 1);
    seen.push(name);
    return { errno: refused.get(name) ?? EPERM };
  });
  return {
    seccomp: {
      ...compiled,
      listenerPath: socket,
      syscalls: [...compiled.syscalls, { names: [...refused.keys()], action: 'SCMP_ACT_NOTIFY' }],
    },
    calls: () => seen,
    stop: () => {
      server.stop();
      return server.done;
    },
  };
}
