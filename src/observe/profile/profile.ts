// A seccomp profile of what a workload needs, each call with where that is known from: the trace of a run, the code of
// its programs, a profile to start from, the runtime that starts it. In docker's form, which the OCI specification's
// readers take too; what stands in `comment` is passed over by them.
import type { Abi } from '../../kernel/abi.ts';
import { watchedArguments } from '../../needs/code/file/call-arguments.ts';
import {
  byKernel,
  byRuntime,
  reasonOf,
  seccompArchitectures,
} from '../../needs/code/seccomp-profile.ts';
import type { SyscallsReport } from '../../needs/code/syscall-report.ts';
import type { SpecSeccompRule } from '../../runtime/spec.ts';
import { callsOf, type Trace } from '../trace/trace.ts';

/** Where it is known from that a call is needed. */
export type Origin = 'trace' | 'static' | 'base' | 'runtime' | 'kernel';

/** One call that is allowed. */
export interface AllowedCall {
  readonly name: string;
  readonly origins: readonly Origin[];
  /** In words: how often and by whom, or by which chain of functions. */
  readonly reasons: readonly string[];
  /** Only with these values of one argument (from 0); absent: with any. */
  readonly only?: { readonly index: number; readonly values: readonly number[] };
  /** Only without these bits in the first argument. */
  readonly without?: number;
  /** Values of the first argument that were refused with EPERM while it was traced, and are so here. */
  readonly refused?: readonly number[];
}

/** CLONE_NEW… (include/uapi/linux/sched.h), as docker's default filter has them. */
const namespaceFlags = 0x7e020000;

/** One rule of a profile as it is written. */
export interface ProfileRule extends SpecSeccompRule {
  readonly comment?: string;
  readonly includes?: object;
  readonly excludes?: object;
}

/** A profile as it is written. */
export interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly architectures?: readonly string[];
  readonly syscalls: readonly ProfileRule[];
}

/** What a profile is made from. */
export interface ProfileSources {
  readonly abi: Abi;
  readonly trace?: Trace;
  readonly report?: SyscallsReport;
  /** Numbers of arguments are held to what is known. */
  readonly holdArguments: boolean;
}

/** ENOSYS: programs fall back on it, as on an older kernel. */
const missing = 38;
const allow = 'SCMP_ACT_ALLOW';
/** More values than these are no filter worth its cost. */
const maxValues = 24;

/** Arguments whose values say what the kernel is opened to. Others change with the data. */
const held: ReadonlyMap<string, string> = new Map([
  ['socket', 'family'],
  ['socketpair', 'family'],
  ['personality', 'persona'],
  ['unshare', 'flags'],
  ['setns', 'nstype'],
  ['ptrace', 'request'],
  ['bpf', 'cmd'],
  ['seccomp', 'operation'],
  ['madvise', 'advice'],
  ['userfaultfd', 'flags'],
]);

/** A call that was made, and never answered by anything but ENOSYS: the program has another way. */
function neverThere(outcomes: readonly { readonly errno?: string }[]): boolean {
  return outcomes.every(({ errno }) => errno === 'ENOSYS');
}

function callersOf(trace: Trace, name: string): string {
  const programs = trace.programs
    .filter(({ threads }) => threads.some(({ calls }) => calls.some((call) => call.name === name)))
    .map(({ path }) => (path === '' ? 'a program without a name' : path));
  const [first = '', ...others] = programs;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** Values of an argument that were seen in the trace with an answer. */
function tracedValues(
  trace: Trace,
  call: string,
  argument: string,
  answer: 'any' | 'success' | `E${string}`,
): ReadonlySet<number> {
  return new Set(
    trace.values.flatMap(({ call: name, arguments: given, errno = 'success' }) => {
      const meant = name === call && (answer === 'any' || answer === errno);
      const value = meant ? given[argument]?.value : undefined;
      return value === undefined ? [] : [value];
    }),
  );
}

/** What one argument of a call may be; undefined where that is not known for certain. */
function heldValues(
  name: string,
  { trace, report }: ProfileSources,
): AllowedCall['only'] | undefined {
  const argument = held.get(name);
  if (argument === undefined || byRuntime.includes(name)) return undefined;
  const position = Object.entries(watchedArguments[name] ?? {}).find(
    ([, word]) => word === argument,
  )?.[0];
  if (position === undefined) return undefined;
  const values = new Set<number>();
  const reported = report?.syscalls.find((call) => call.name === name);
  if (reported !== undefined) {
    const known = reported.arguments[argument];
    if (known?.complete !== true) return undefined;
    for (const value of known.values) values.add(value < 0 ? value + 2 ** 32 : value);
  }
  if (trace !== undefined) {
    // Something is missing of it: what, nobody knows.
    if ((trace.losses['values'] ?? 0) > 0) return undefined;
    for (const value of tracedValues(trace, name, argument, 'any')) values.add(value);
  }
  if (values.size === 0 || values.size > maxValues) return undefined;
  return { index: Number(position) - 1, values: [...values].sort((a, b) => a - b) };
}

/** The calls that a workload needs, by name. */
export function neededCalls(sources: ProfileSources): readonly AllowedCall[] {
  const { trace, report, holdArguments } = sources;
  const found = new Map<string, { readonly origins: Set<Origin>; readonly reasons: string[] }>();
  const add = (name: string, origin: Origin, reason: string): void => {
    const entry = found.get(name) ?? { origins: new Set<Origin>(), reasons: [] };
    found.set(name, entry);
    entry.origins.add(origin);
    entry.reasons.push(`${origin}: ${reason}`);
  };
  if (trace !== undefined) {
    for (const call of callsOf(trace).values()) {
      if (call.number < 0 || neverThere(call.outcomes)) continue;
      const times = call.count === 1 ? 'once' : `${call.count} times`;
      add(call.name, 'trace', `${times} by ${callersOf(trace, call.name)}`);
    }
  }
  for (const { name, evidence } of report?.syscalls ?? []) {
    const [first] = evidence;
    // clone3 hides from filters what it makes; all who call it have clone in its place.
    if (name === 'clone3') continue;
    // A number that no table knows has no name that a profile could say.
    if (!name.includes(' ')) add(name, 'static', first === undefined ? 'reached' : reasonOf(first));
  }
  for (const [name, reason] of Object.entries(byKernel)) add(name, 'kernel', reason);
  for (const name of byRuntime) add(name, 'runtime', 'before it starts the program');
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { origins, reasons }]) => {
      if (name === 'clone' && !makesNamespaces(sources))
        return {
          name,
          origins: [...origins],
          reasons,
          without: namespaceFlags,
          refused: refusedClones(sources),
        };
      const only = holdArguments ? heldValues(name, sources) : undefined;
      return { name, origins: [...origins], reasons, ...(only === undefined ? {} : { only }) };
    });
}

/** Whether clone was seen, or can be reached, with flags that make namespaces. */
function makesNamespaces({ trace, report }: ProfileSources): boolean {
  const reached = report?.syscalls.find(({ name }) => name === 'clone')?.arguments['flags']?.values;
  const traced = trace === undefined ? [] : tracedValues(trace, 'clone', 'flags', 'success');
  return [...(reached ?? []), ...traced].some(makesNamespace);
}

const makesNamespace = (value: number): boolean =>
  (BigInt(value >>> 0) & BigInt(namespaceFlags)) !== 0n;

/** Flags of clone that make namespaces and got EPERM: programs go on without, which they may not do after ENOSYS. */
function refusedClones({ trace }: ProfileSources): readonly number[] {
  if (trace === undefined) return [];
  return [...tracedValues(trace, 'clone', 'flags', 'EPERM')].filter(makesNamespace);
}

function rulesOf({
  name,
  reasons,
  only,
  without,
  refused = [],
}: AllowedCall): readonly ProfileRule[] {
  const comment = reasons.join('; ');
  if (without !== undefined) {
    const arg = { index: 0, value: without, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' };
    return [
      { names: [name], action: allow, args: [arg], comment },
      ...refused.map((value) => ({
        names: [name],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: 1,
        args: [{ index: 0, value: 0xffffffff, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' }],
        comment: 'trace: refused with EPERM',
      })),
    ];
  }
  if (only === undefined) return [{ names: [name], action: allow, comment }];
  // The kernel looks at 32 bits of these; programs may leave anything in the others.
  return only.values.map((value) => ({
    names: [name],
    action: allow,
    args: [{ index: only.index, value: 0xffffffff, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' }],
    comment,
  }));
}

/**
 * The profile that allows these calls and answers all else with ENOSYS; with a base, all that the base allows too, and its
 * answer to all else.
 */
export function profileOf(
  calls: readonly AllowedCall[],
  { abi, trace, report }: ProfileSources,
  base?: Profile,
): Profile {
  const abis = new Set<Abi>([abi]);
  for (const { threads } of trace?.programs ?? [])
    for (const { calls: made } of threads) for (const call of made) abis.add(call.abi);
  for (const call of report?.syscalls ?? []) abis.add(call.abi);
  const architectures = [...abis].flatMap((one) => seccompArchitectures[one] ?? []);
  const own = calls.flatMap(rulesOf);
  if (base === undefined)
    return {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: missing,
      architectures,
      syscalls: own,
    };
  const already = new Set(
    base.syscalls
      .filter(
        ({ action, args = [], includes, excludes }) =>
          action === allow && args.length === 0 && isEmpty(includes) && isEmpty(excludes),
      )
      .flatMap(({ names }) => names),
  );
  return {
    ...base,
    syscalls: [
      ...own.filter(({ names }) => names.some((name) => !already.has(name))),
      ...base.syscalls,
    ],
  };
}

const isEmpty = (condition: object | undefined): boolean =>
  condition === undefined || Object.keys(condition).length === 0;

/** How much of what the code can reach the trace saw. */
export interface Coverage {
  readonly reachable: number;
  readonly seen: number;
  /** Seen, though the code did not show them. */
  readonly unpredicted: readonly string[];
  /** Reachable, and not seen. */
  readonly unseen: readonly string[];
}

/** The share of the reachable calls that a trace saw. */
export function coverageOf(trace: Trace, report: SyscallsReport): Coverage {
  const reachable = new Set(report.syscalls.map(({ name }) => name));
  const traced = [...callsOf(trace).values()].map(({ name }) => name);
  const seen = new Set(traced.filter((name) => reachable.has(name)));
  return {
    reachable: reachable.size,
    seen: seen.size,
    unpredicted: traced.filter((name) => !reachable.has(name) && byKernel[name] === undefined),
    unseen: [...reachable].filter((name) => !seen.has(name)).sort(),
  };
}
