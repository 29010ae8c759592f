// Sums of calls by program, thread and call, as they are counted.
import { type Durations, latencyOf } from './latency.ts';
import { joinCalls, type Latency, type TracedCall, type TracedProgram } from './trace.ts';

/** Threads of one name of one program. */
interface Group {
  readonly ids: Set<number>;
  readonly processes: Set<number>;
}

/** Sums under way. */
export interface Sums {
  /** By program, thread, ABI and number of the call. */
  readonly calls: Map<string, TracedCall>;
  readonly threads: Map<string, Group>;
}

/** A thread that called. */
export interface Caller {
  readonly program: string;
  readonly name: string;
  readonly id: number;
  readonly process: number;
}

/** Processes of a thread's name that are told. */
const maxProcesses = 16;

/** No sums. */
export function emptySums(): Sums {
  return { calls: new Map(), threads: new Map() };
}

/** The same sums, to go on from. */
export function copyOfSums({ calls, threads }: Sums): Sums {
  return {
    calls: new Map(calls),
    threads: new Map(
      [...threads].map(([group, { ids, processes }]) => [
        group,
        { ids: new Set(ids), processes: new Set(processes) },
      ]),
    ),
  };
}

/** Adds calls of one kind and outcome. */
export function addCall(
  sums: Sums,
  { program, name, id, process }: Caller,
  call: TracedCall,
): void {
  const group = `${program}\0${name}`;
  const key = `${group}\0${call.abi}\0${call.number}\0${call.name}`;
  const before = sums.calls.get(key);
  sums.calls.set(key, before === undefined ? call : joinCalls(before, call));
  const { ids, processes } = sums.threads.get(group) ?? { ids: new Set(), processes: new Set() };
  ids.add(id);
  if (processes.size < maxProcesses) processes.add(process);
  sums.threads.set(group, { ids, processes });
}

const total = (list: readonly TracedCall[]): number =>
  list.reduce((sum, { count }) => sum + count, 0);

/** The sums by program and thread, those that called most first. */
export function programsOf({ calls, threads }: Sums): readonly TracedProgram[] {
  const programs = new Map<string, Map<string, TracedCall[]>>();
  for (const [key, call] of calls) {
    const [path = '', name = ''] = key.split('\0');
    const byThread = programs.get(path) ?? new Map<string, TracedCall[]>();
    programs.set(path, byThread);
    const list = byThread.get(name) ?? [];
    byThread.set(name, list);
    list.push(call);
  }
  const all = (program: TracedProgram): number =>
    total(program.threads.flatMap((thread) => thread.calls));
  return [...programs]
    .map(([path, byThread]) => ({
      path,
      threads: [...byThread]
        .map(([name, list]) => {
          const group = threads.get(`${path}\0${name}`);
          return {
            name,
            threads: group?.ids.size ?? 0,
            processes: [...(group?.processes ?? [])],
            calls: list.toSorted((a, b) => b.count - a.count),
          };
        })
        .toSorted((a, b) => total(b.calls) - total(a.calls)),
    }))
    .toSorted((a, b) => all(b) - all(a));
}

/**
 * How long the calls of each name took, those that took the most time first.
 * @param bucketsOf the counted durations of a call; undefined where they are not kept
 */
export function latencies(
  { calls }: Sums,
  bucketsOf: (call: TracedCall) => Durations['buckets'] | undefined,
): readonly Latency[] {
  const joined = new Map<string, TracedCall>();
  for (const call of calls.values()) {
    if (call.leastNs === undefined || bucketsOf(call) === undefined) continue;
    const before = joined.get(call.name);
    joined.set(call.name, before === undefined ? call : joinCalls(before, call));
  }
  return [...joined.values()]
    .map((call) => {
      const { name, outcomes, totalNs, leastNs = 0, mostNs = 0 } = call;
      const finished = outcomes.filter(({ errno }) => errno !== 'unfinished');
      const count = finished.reduce((sum, one) => sum + one.count, 0);
      const buckets = bucketsOf(call) ?? [];
      return latencyOf({ call: name, count, totalNs, leastNs, mostNs, buckets });
    })
    .toSorted((a, b) => b.totalNs - a.totalNs);
}
