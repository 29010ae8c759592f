// Which calls a seccomp filter refuses to a program: the filter hands over what it would refuse, and gets it refused all
// the same, so that the program goes the same way as without being watched.
import { handingOver } from '../emulate/handed-over.ts';
import type { Abi } from '../kernel/abi.ts';
import {
  evaluateFilter,
  goMachines,
  type RuleConditions,
  ruleApplies,
} from '../kernel/filter-evaluation.ts';
import type { Filter, RuleAction } from '../kernel/filter-profile.ts';
import { allSyscalls, syscallOfCaller } from '../kernel/syscalls.ts';
import type { ImitatedHost } from '../runtime/imitated-host.ts';
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

/** The filter with the rules that are there for this container only. */
function applying(filter: Filter, conditions: RuleConditions): Filter {
  return { ...filter, rules: filter.rules.filter((rule) => ruleApplies(rule, conditions)) };
}

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
    /** What is answered with ENOSYS too, which programs expect of old kernels. */
    readonly missingToo?: boolean;
  },
  socket: string,
): RefusalWatch {
  const { abi, capabilities, kernel, missingToo = false } = target;
  const machine = goMachines[abi];
  const answerOf = (syscall: string, args?: readonly bigint[]) =>
    evaluateFilter(filter, { abi, syscall, capabilities, kernel, machine, args }).action;
  const calls = allSyscalls()
    .filter(({ numbers }) => numbers[abi] !== undefined)
    .flatMap(({ name }) => {
      const action = answerOf(name);
      // What its arguments decide is in the filter's own rules; ENOSYS is what programs expect of old kernels.
      return action === 'depends' || (action === 'ENOSYS' && !missingToo) || !action.startsWith('E')
        ? []
        : [{ name, rules: [{ action, args: [] }] }];
    });
  const watched = handingOver({
    filter: applying(filter, { machine, capabilities, kernel }),
    calls,
  });
  const seen: string[] = [];
  const server: CallServer = serveCalls(socket, ({ arch, number, args }) => {
    const name = syscallOfCaller(arch, number, abi) ?? `call ${number}`;
    const action = answerOf(name, args);
    if (!action.startsWith('E')) return { passOn: true };
    if (missingToo || action !== 'ENOSYS') {
      const before = seen.indexOf(name);
      if (before >= 0) seen.splice(before, 1);
      seen.push(name);
    }
    return { errno: errnoOfAction(action as RuleAction) };
  });
  return {
    seccomp: {
      ...compileSeccomp(watched, { machine, capabilities, kernel }),
      listenerPath: socket,
    },
    calls: () => seen,
    stop: () => {
      server.stop();
      return server.done;
    },
  };
}

/** What a container is run with to be watched: this host, with its filter handing over. */
export function watchedHost({ seccomp }: RefusalWatch): ImitatedHost {
  const offer = { schema: 'plimsoll.host/1', name: 'this' } as const;
  return { offer, seccomp, files: [], absent: [], limits: [] };
}
