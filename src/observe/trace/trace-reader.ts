// Reads what the programs in the kernel have counted. Counts of threads that have ended are taken out now and then, so that
// the maps do not fill up with them.
import type { Abi } from '../../kernel/abi.ts';
import { argumentName } from '../../kernel/argument-names.ts';
import { syscallNumbered } from '../../kernel/syscalls.ts';
import { watchedArguments } from '../../needs/code/file/call-arguments.ts';
import {
  deleteElement,
  readArray,
  readElement,
  readElements,
  setElement,
} from '../../sys/bpf/bpf-call.ts';
import { errnoName } from '../../sys/errno.ts';
import { pathArguments } from './path-arguments.ts';
import { addCall, copyOfSums, emptySums, latencies, programsOf, type Sums } from './sums.ts';
import type { Losses, Trace, TracedCall, TracedPath, TracedValues } from './trace.ts';
import {
  callNumbers,
  countKey,
  countValue,
  durationBuckets,
  losses,
  narrowMark,
  neverReturned,
  numbered,
  pathKey,
  slots,
  type TraceMaps,
  task,
  taskStates,
  valueKey,
} from './trace-layout.ts';

/** Ended threads that are kept in the kernel before their counts are taken out. */
const maxEnded = 2048;

const text = (bytes: Buffer): string => {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
};

const big = (bytes: Buffer, at: number): number => Number(bytes.readBigUInt64LE(at));

interface Thread {
  readonly process: number;
  readonly name: string;
  readonly state: number;
  /** The call that it is in, with its mark; undefined: none. */
  readonly call?: number;
  /** When that began, by the machine's clock in nanoseconds. */
  readonly started: number;
  readonly program: number;
  /** Where it is not in `tasks`. */
  readonly slot?: number;
}

type Counted = Pick<Trace, 'programs' | 'values' | 'paths' | 'latency' | 'losses'>;

/** What the kernel calls the first thread of a program: 15 bytes of its file's name. */
const nameOfProgram = (path: string): string =>
  Buffer.from(path.slice(path.lastIndexOf('/') + 1)).toString('utf8', 0, 15);

/** Reads the maps of a trace that began at that time of the machine's clock, in nanoseconds. */
export function traceReader(
  maps: TraceMaps,
  abi: Abi,
  began: number,
): { readonly read: () => Counted; readonly alive: () => number } {
  const kept = emptySums();
  const narrow = abi === 'x86_64' ? 'i386' : 'arm';

  const callOf = (
    marked: number,
  ): { readonly abi: Abi; readonly number: number; readonly name: string } => {
    const own =
      marked >= narrowMark ? narrow : abi === 'x86_64' && (marked & 0x40000000) !== 0 ? 'x32' : abi;
    const number = marked & (own === 'x32' ? 0x3fffffff : 0x7fffffff);
    const name = syscallNumbered(own, number)?.name ?? `call_${number}`;
    return { abi: own, number, name };
  };

  const readThreads = (): ReadonlyMap<number, Thread> => {
    const threads = new Map<number, Thread>();
    const take = (value: Buffer, slot?: number): void => {
      const thread = value.readUInt32LE(task.thread);
      if (thread === 0) return;
      const call = value.readUInt32LE(task.call);
      threads.set(thread, {
        process: value.readUInt32LE(task.process),
        name: text(value.subarray(task.name, task.name + 16)),
        state: value.readUInt32LE(task.state),
        program: value.readUInt32LE(task.program),
        ...(call === 0 ? {} : { call: call - 1 }),
        started: big(value, task.started),
        ...(slot === undefined ? {} : { slot }),
      });
    };
    const all = readArray(maps.slots, slots);
    for (let slot = 0; slot < slots; slot += 1)
      take(all.subarray(task.bytes * slot, task.bytes * (slot + 1)), slot);
    // What stands here is the newer one, where a number stands in both.
    for (const [, value] of readElements(maps.tasks)) take(value);
    return threads;
  };

  const programNames = (): ReadonlyMap<number, string> =>
    new Map(
      [...readElements(maps.programs)].map(([key, value]) => [value.readUInt32LE(0), text(key)]),
    );

  const callOfCount = (key: Buffer, value: Buffer): TracedCall => {
    const errno = key.readUInt32LE(countKey.errno);
    const count = big(value, countValue.count);
    const unfinished = errno === neverReturned;
    const outcome = unfinished ? 'unfinished' : errno === 0 ? undefined : errnoName(errno);
    return {
      ...callOf(key.readUInt32LE(countKey.call)),
      count,
      errors: errno === 0 || unfinished ? 0 : count,
      outcomes: [{ ...(outcome === undefined ? {} : { errno: outcome }), count }],
      totalNs: big(value, countValue.total),
      ...(unfinished
        ? {}
        : { leastNs: big(value, countValue.least), mostNs: big(value, countValue.most) }),
      firstNs: Math.max(0, big(value, countValue.first) - began),
    };
  };

  const readCalls = (): Sums => {
    const threads = readThreads();
    const names = programNames();
    const sums = copyOfSums(kept);
    const ended = [...threads.values()].filter(({ state }) => state === taskStates.ended).length;
    const takeOut = ended > maxEnded;
    for (const [key, value] of readElements(maps.counts)) {
      const id = key.readUInt32LE(countKey.thread);
      const thread = threads.get(id);
      const number = key.readUInt32LE(countKey.program);
      const program = names.get(number) ?? '';
      // A name that it got with another program is not that of this one.
      const named = thread?.program === number ? thread.name : nameOfProgram(program);
      const where = {
        program,
        name: named,
        id,
        process: thread?.process ?? id,
      };
      const call = callOfCount(key, value);
      addCall(sums, where, call);
      if (!takeOut || thread?.state !== taskStates.ended) continue;
      addCall(kept, where, call);
      deleteElement(maps.counts, key);
    }
    for (const [id, { state, call, started, program, name, process, slot }] of threads) {
      if (state === taskStates.ended) {
        if (!takeOut) continue;
        if (slot === undefined) deleteElement(maps.tasks, numbered(id));
        else setElement(maps.slots, numbered(slot), Buffer.alloc(task.bytes));
      } else if (state === taskStates.traced && call !== undefined) {
        // It waits in this call: told, though it has not come back.
        addCall(
          sums,
          { program: names.get(program) ?? '', name, id, process },
          {
            ...callOf(call),
            count: 1,
            errors: 0,
            outcomes: [{ errno: 'unfinished', count: 1 }],
            totalNs: 0,
            firstNs: Math.max(0, started - began),
          },
        );
      }
    }
    return sums;
  };

  const readValues = (names: ReadonlyMap<number, string>): readonly TracedValues[] =>
    [...readElements(maps.values)].map(([key, value]) => {
      const { name } = callOf(key.readUInt32LE(valueKey.call));
      const errno = key.readUInt32LE(valueKey.errno);
      const given = Object.values(watchedArguments[name] ?? {}).map((argument, index) => {
        const number = big(key, valueKey.values + 8 * index);
        const named = argumentName(abi, name, argument, number) ?? String(number);
        return [argument, { value: number, name: named }] as const;
      });
      return {
        program: names.get(key.readUInt32LE(valueKey.program)) ?? '',
        call: name,
        ...(errno === 0 ? {} : { errno: errnoName(errno) }),
        arguments: Object.fromEntries(given),
        count: big(value, 0),
      };
    });

  const readPaths = (names: ReadonlyMap<number, string>): readonly TracedPath[] =>
    [...readElements(maps.paths)].map(([key, value]) => {
      const { name } = callOf(key.readUInt32LE(pathKey.call));
      const errno = key.readUInt32LE(pathKey.errno);
      const path = text(key.subarray(pathKey.path));
      const cut = Buffer.byteLength(path) >= pathKey.bytes - pathKey.path - 1;
      const flags =
        pathArguments.get(name)?.flags === undefined
          ? undefined
          : argumentName(abi, name, 'flags', key.readUInt32LE(pathKey.flags));
      return {
        program: names.get(key.readUInt32LE(pathKey.program)) ?? '',
        call: name,
        path,
        ...(cut ? { cut } : {}),
        ...(flags === undefined ? {} : { flags }),
        ...(errno === 0 ? {} : { errno: errnoName(errno) }),
        count: big(value, 0),
      };
    });

  const bucketsOf = (number: number): readonly number[] => {
    const all = readElement(maps.durations, numbered(number));
    return Array.from({ length: durationBuckets }, (_, bucket) => {
      let sum = 0;
      for (let copy = 0; copy < maps.durations.copies && all !== undefined; copy += 1)
        sum += all.readUInt32LE(4 * (copy * durationBuckets + bucket));
      return sum;
    });
  };

  const readLosses = (): Losses =>
    Object.fromEntries(
      losses.flatMap((name, index) => {
        const all = readElement(maps.lost, numbered(index)) ?? Buffer.alloc(0);
        let sum = 0;
        for (let at = 0; at < all.length; at += 8) sum += big(all, at);
        return sum === 0 ? [] : [[name, sum] as const];
      }),
    );

  return {
    read: () => {
      const sums = readCalls();
      const names = programNames();
      return {
        programs: programsOf(sums),
        values: readValues(names).toSorted((a, b) => b.count - a.count),
        paths: readPaths(names).toSorted((a, b) => b.count - a.count),
        latency: latencies(sums, (call) =>
          call.abi === abi && call.number < callNumbers ? bucketsOf(call.number) : undefined,
        ),
        losses: readLosses(),
      };
    },
    alive: () =>
      [...readThreads().values()].filter(({ state }) => state !== taskStates.ended).length,
  };
}
