// What a trace holds, whoever made it: the same for the kernel's programs and for strace. Saved as JSON (plimsoll.trace/1).
import type { Abi } from '../../kernel/abi.ts';

/** How often one thing happened with one outcome. */
export interface Outcome {
  /** Name of the errno; absent where the call succeeded. "unfinished": the thread ended in it. */
  readonly errno?: string;
  readonly count: number;
}

/** One system call of the threads of one name. Times in nanoseconds. */
export interface TracedCall {
  readonly name: string;
  readonly number: number;
  readonly abi: Abi;
  readonly count: number;
  readonly errors: number;
  readonly outcomes: readonly Outcome[];
  readonly totalNs: number;
  /** Absent where no call of it came back. */
  readonly leastNs?: number;
  readonly mostNs?: number;
  /** From the beginning of the trace to its first. */
  readonly firstNs: number;
}

/** The threads of one program that have one name. */
export interface TracedThread {
  readonly name: string;
  /** How many there were. */
  readonly threads: number;
  /** Their processes, as this machine numbers them; the first ones. */
  readonly processes: readonly number[];
  readonly calls: readonly TracedCall[];
}

/** A program: what was executed. */
export interface TracedProgram {
  /** As it was executed; empty for what ran before the trace began and whose file is gone. */
  readonly path: string;
  readonly threads: readonly TracedThread[];
}

/** Numbers that a call was given, where they decide what the kernel must have. */
export interface TracedValues {
  readonly program: string;
  readonly call: string;
  readonly errno?: string;
  readonly arguments: Readonly<Record<string, { readonly value: number; readonly name: string }>>;
  readonly count: number;
}

/** A path that a call was given. */
export interface TracedPath {
  readonly program: string;
  readonly call: string;
  readonly path: string;
  /** The path goes on: it was longer than what is kept. */
  readonly cut?: true;
  /** Flags of open and the like, by name. */
  readonly flags?: string;
  readonly errno?: string;
  readonly count: number;
}

/** How long the calls of one name took, in nanoseconds; percentiles are right within an eighth. */
export interface Latency {
  readonly call: string;
  readonly count: number;
  readonly totalNs: number;
  readonly meanNs: number;
  readonly leastNs: number;
  readonly mostNs: number;
  readonly p50Ns: number;
  readonly p90Ns: number;
  readonly p99Ns: number;
}

/** What could not be kept, with how often. Empty: nothing is missing. */
export type Losses = Readonly<Record<string, number>>;

/** A whole trace. */
export interface Trace {
  readonly schema: 'plimsoll.trace/1';
  /** What was traced, in the user's words. */
  readonly target: string;
  /** By which means. */
  readonly source: 'ebpf' | 'strace';
  /** The machine's own ABI. */
  readonly machine: Abi;
  readonly kernel: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly programs: readonly TracedProgram[];
  readonly values: readonly TracedValues[];
  readonly paths: readonly TracedPath[];
  readonly latency: readonly Latency[];
  readonly losses: Losses;
}

/** The calls of a whole trace by name, most first; those of another ABI than the machine's as "i386:NAME". */
export function callsOf(trace: Trace): ReadonlyMap<string, TracedCall> {
  const joined = new Map<string, TracedCall>();
  for (const { threads } of trace.programs)
    for (const { calls } of threads)
      for (const call of calls) {
        const key = call.abi === trace.machine ? call.name : `${call.abi}:${call.name}`;
        const before = joined.get(key);
        joined.set(key, before === undefined ? call : joinCalls(before, call));
      }
  return new Map([...joined].sort(([, a], [, b]) => b.count - a.count));
}

/** Two sums of one call as one. */
export function joinCalls(a: TracedCall, b: TracedCall): TracedCall {
  const outcomes = new Map<string | undefined, number>();
  for (const { errno, count } of [...a.outcomes, ...b.outcomes])
    outcomes.set(errno, (outcomes.get(errno) ?? 0) + count);
  const times = [a.leastNs, b.leastNs].filter((one) => one !== undefined);
  const most = [a.mostNs, b.mostNs].filter((one) => one !== undefined);
  return {
    ...a,
    count: a.count + b.count,
    errors: a.errors + b.errors,
    outcomes: [...outcomes].map(([errno, count]) => ({
      ...(errno === undefined ? {} : { errno }),
      count,
    })),
    totalNs: a.totalNs + b.totalNs,
    ...(times.length === 0 ? {} : { leastNs: Math.min(...times) }),
    ...(most.length === 0 ? {} : { mostNs: Math.max(...most) }),
    firstNs: Math.min(a.firstNs, b.firstNs),
  };
}

/** What a trace says of itself beside what it was of. */
export type TraceBody = Omit<Trace, 'target'>;

/** The same with its time beginning at the first call: what was before was the making of the trace. */
export function fromFirstCall(body: TraceBody): TraceBody {
  const calls = body.programs.flatMap(({ threads }) => threads.flatMap((one) => one.calls));
  if (calls.length === 0) return body;
  const earliest = calls.reduce(
    (least, { firstNs }) => Math.min(least, firstNs),
    Number.POSITIVE_INFINITY,
  );
  return {
    ...body,
    startedAt: new Date(Date.parse(body.startedAt) + Math.round(earliest / 1e6)).toISOString(),
    durationMs: Math.max(0, body.durationMs - Math.round(earliest / 1e6)),
    programs: body.programs.map(({ path, threads }) => ({
      path,
      threads: threads.map((thread) => ({
        ...thread,
        calls: thread.calls.map((call) => ({ ...call, firstNs: call.firstNs - earliest })),
      })),
    })),
  };
}
