// A host's surface of which every refusal is handed over instead of made: who answers can write down what a program met, and
// let a refusal go, so that it is found out which of them matter. What libseccomp does not know cannot be handed over: it
// gets the filter's default, as behind --as.
import { constants } from 'node:os';
import type { AnsweredBy } from '../host/answer.ts';
import type { Abi } from '../kernel/abi.ts';
import { evaluateFilter } from '../kernel/filter-evaluation.ts';
import type { ArgumentCondition, Filter, FilterRule } from '../kernel/filter-profile.ts';
import { type FlagArgument, flagArguments } from '../kernel/flag-arguments.ts';
import { syscallOfCaller } from '../kernel/syscalls.ts';
import { errnoOfAction } from '../runtime/spec/seccomp.ts';
import type { CallReply, WaitingCall } from '../sys/seccomp-notify.ts';
import type { Caller } from './caller.ts';
import type { SurfaceBefore } from './imitate-host.ts';
import type { Surface } from './surface-filter.ts';

/** One thing that a host answers otherwise, as a program met it. */
export interface MetRefusal {
  /** The call, or the call and the flag: what is refused alone in a run of its own. */
  readonly key: string;
  readonly call: string;
  /** Symbol of the flag, where the call itself is there. */
  readonly flag?: string;
  /** Name of the errno; undefined where the answer only differs, as that of uname. */
  readonly errno?: string;
  /** Who refuses it there. */
  readonly by: AnsweredBy;
}

/** What is written down of a call, and what it gets. */
export interface Decided {
  readonly met?: MetRefusal;
  readonly reply: CallReply;
}

/** Holds for every value: looked at last (imitated-call.ts). */
const always = { index: 0, operator: '>=', value: 0n } as const;
const unconditional = {
  withCapabilities: [],
  withoutCapabilities: [],
  arches: [],
  notArches: [],
} as const;

function holds([first]: readonly ArgumentCondition[]): boolean {
  return first?.operator === '>=' && first.value === 0n;
}

function notified(
  names: readonly string[],
  args: readonly ArgumentCondition[],
): readonly FilterRule[] {
  if (names.length === 0) return [];
  return [{ ...unconditional, names: new Set(names), action: 'notify', args }];
}

/** A filter, and what calls get that none of its rules may name. */
export interface HandedFilter {
  readonly filter: Filter;
  readonly calls: readonly Pick<Surface['calls'][number], 'name' | 'rules'>[];
}

/** The filter with every refusal handed over, and calls whose arguments decide handed over where nothing allows them. */
export function handingOver({ filter, calls }: HandedFilter): Filter {
  const refuses = filter.defaultAction.startsWith('E');
  /** By call: whether its arguments decide, and no rule stands for all others. */
  const conditional = new Map<string, boolean>();
  for (const { names, args } of filter.rules)
    for (const name of names)
      conditional.set(name, conditional.get(name) !== false && args.length > 0 && !holds(args));
  // Where absent calls are the default, no rule names them.
  const unnamed = calls.filter(
    ({ name, rules: [first] }) => !conditional.has(name) && first?.action.startsWith('E') === true,
  );
  const rest = refuses
    ? [...conditional].filter(([, hasConditions]) => hasConditions).map(([name]) => name)
    : [];
  return {
    ...filter,
    rules: [
      ...filter.rules.map(
        (rule): FilterRule => (rule.action.startsWith('E') ? { ...rule, action: 'notify' } : rule),
      ),
      ...notified(
        unnamed.map(({ name }) => name),
        [],
      ),
      ...notified(rest, [always]),
    ],
  };
}

/** The container's own filter, with the surface for some calls only. */
export function handingOverOnly(
  { surface, own }: Pick<SurfaceBefore, 'surface' | 'own'>,
  calls: ReadonlySet<string>,
): Filter {
  const over = handingOver(surface);
  const narrowed = (rules: readonly FilterRule[], wanted: (name: string) => boolean) =>
    rules.flatMap((rule) => {
      const names = [...rule.names].filter(wanted);
      return names.length === 0 ? [] : [{ ...rule, names: new Set(names) }];
    });
  return {
    source: over.source,
    defaultAction: own?.defaultAction ?? 'allow',
    defaultErrnoGiven: own?.defaultErrnoGiven ?? false,
    rules: [
      ...narrowed(own?.rules ?? [], (name) => !calls.has(name)),
      ...narrowed(over.rules, (name) => calls.has(name)),
    ],
  };
}

const lower32 = 0xffffffffn;

function isIn({ index, kind, number, when }: FlagArgument, args: readonly bigint[]): boolean {
  const value = (args[index] ?? 0n) & lower32;
  const wanted = BigInt(number);
  if (when !== undefined && ((args[when.index] ?? 0n) & lower32) !== BigInt(when.value))
    return false;
  return kind === 'bits' ? wanted !== 0n && (value & wanted) === wanted : value === wanted;
}

function nameOfErrno(number: number): string {
  return Object.entries(constants.errno).find(([, one]) => one === number)?.[0] ?? `E${number}`;
}

/** What the host makes of calls that were handed over. */
export function decider(
  { surface, own, machine, capabilities, answerers }: SurfaceBefore,
  abi: Abi,
): (call: WaitingCall, caller: Caller, chosen: (key: string) => boolean) => Decided {
  const byName = new Map(surface.calls.map((call) => [call.name, call]));
  const places = Map.groupBy(flagArguments(), ({ call }) => call);
  const flagOf = (name: string, args: readonly bigint[]): string | undefined => {
    const lacking = new Set(byName.get(name)?.flags);
    return places.get(name)?.find((place) => lacking.has(place.symbol) && isIn(place, args))
      ?.symbol;
  };
  return (call, caller, chosen) => {
    const passOn = { reply: { passOn: true } } as const;
    const name = syscallOfCaller(call.arch, call.number, abi);
    if (name === undefined) return passOn;
    const question = { abi, syscall: name, args: call.args, capabilities, machine };
    const { action } = evaluateFilter(surface.filter, question);
    const without = own === undefined ? 'allow' : evaluateFilter(own, question).action;
    if (action === 'notify') {
      if (!chosen(name)) return passOn;
      const reply = answerers.get(name)?.(call, caller) ?? { passOn: true };
      if ('passOn' in reply) return passOn;
      const errno = 'errno' in reply ? { errno: nameOfErrno(reply.errno) } : {};
      return { met: { key: name, call: name, by: 'kernel', ...errno }, reply };
    }
    if (!action.startsWith('E')) return passOn;
    const reply = { errno: errnoOfAction(action as `E${string}`) };
    // What the container's own filter refuses here as well is not the host's doing.
    if (without === action) return { reply };
    const { refused } = byName.get(name) ?? {};
    const flag = refused === undefined ? flagOf(name, call.args) : undefined;
    const key = flag === undefined ? name : `${name} ${flag}`;
    if (!chosen(key))
      return without.startsWith('E')
        ? { reply: { errno: errnoOfAction(without as `E${string}`) } }
        : passOn;
    const byKernel = refused?.errno === action ? refused.by : undefined;
    const by = byKernel ?? (flag === undefined ? 'filter' : 'kernel');
    return {
      met: { key, call: name, errno: action, by, ...(flag === undefined ? {} : { flag }) },
      reply,
    };
  };
}
