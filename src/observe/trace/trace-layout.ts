// What the programs in the kernel and their reader share: how keys and values of the maps are laid out. All numbers are
// little-endian, as all machines that this runs on have them.
import { type BpfMap, createMap } from '../../sys/bpf/bpf-call.ts';

/** A thread that is known, by its number: value of the maps `slots` and `tasks`. */
export const task = {
  state: 0,
  /** Its number; 0: the slot is free. */
  thread: 96,
  process: 4,
  program: 8,
  /** Number of the call under way plus one, with the mark of its ABI; 0: none. */
  call: 12,
  started: 16,
  /** Six arguments, and one that is never set, so that every number of seven is one. */
  args: 24,
  /** Name of the thread, 16 bytes. */
  name: 80,
  bytes: 104,
} as const;

/** A thread waits for the program that is traced to be executed; is traced; has ended. */
export const taskStates = { waiting: 1, traced: 2, ended: 3 } as const;

/** Key of the map `counts`: thread, program, number of the call with the mark of its ABI, errno. */
export const countKey = { thread: 0, program: 4, call: 8, errno: 12, bytes: 16 } as const;

/** Value of the map `counts`; times in nanoseconds, the first one of the clock that runs since the start of the machine. */
export const countValue = {
  count: 0,
  total: 8,
  least: 16,
  most: 24,
  first: 32,
  bytes: 40,
} as const;

/** Value of the array `facts`, by number of call: which arguments are kept (number plus one, 0: none). */
export const facts = { values: 0, path: 3, path2: 4, pathFlags: 5, bytes: 8 } as const;

/** Key of the map `values`. */
export const valueKey = { program: 0, call: 4, errno: 8, pad: 12, values: 16, bytes: 40 } as const;

/** Key of the map `paths`. */
export const pathKey = { program: 0, call: 4, errno: 8, flags: 12, path: 16, bytes: 256 } as const;

/** Longest path of a program that is told from others. */
export const programPathBytes = 256;

/** Errno of a call that never came back: the thread ended in it. */
export const neverReturned = 4096;

/** Marks of the number of a call: of the 32-bit ABI of the machine. x32 has 0x40000000 itself. */
export const narrowMark = 0x80000000;

/** Calls whose arguments and durations are kept; those with higher numbers are counted only. */
export const callNumbers = 512;

/** Buckets of durations: four for each power of two of nanoseconds, up to 2^40. */
export const durationBuckets = 160;

/** Why something is missing, by its place in the array `lost`. */
export const losses = ['counts', 'values', 'paths', 'threads', 'programs', 'names'] as const;

/** Threads whose place is their number's last bits: a look into an array takes a twentieth of one into a hash. */
export const slots = 16384;

/** What the programs write. */
export interface TraceMaps {
  readonly slots: BpfMap;
  /** Threads whose slot another has, or had. */
  readonly tasks: BpfMap;
  readonly counts: BpfMap;
  readonly durations: BpfMap;
  readonly facts: BpfMap;
  readonly values: BpfMap;
  readonly paths: BpfMap;
  readonly programs: BpfMap;
  readonly lost: BpfMap;
  /** Room for keys that are too long for the stack. */
  readonly scratch: BpfMap;
}

/**
 * Makes the maps.
 * @param processors how many there can be
 * @throws SystemError EPERM where this user may not
 */
export function createTraceMaps(processors: number): TraceMaps {
  const number = 4;
  const made: BpfMap[] = [];
  const keep = (map: BpfMap): BpfMap => {
    made.push(map);
    return map;
  };
  const hash = (keyBytes: number, valueBytes: number, entries: number): BpfMap =>
    keep(createMap('hash', { keyBytes, valueBytes, entries }));
  const perProcessor = (valueBytes: number, entries: number): BpfMap =>
    keep(createMap('percpuArray', { keyBytes: number, valueBytes, entries }, processors));
  return {
    slots: keep(createMap('array', { keyBytes: number, valueBytes: task.bytes, entries: slots })),
    tasks: hash(number, task.bytes, 65536),
    counts: hash(countKey.bytes, countValue.bytes, 131072),
    durations: perProcessor(4 * durationBuckets, callNumbers),
    facts: keep(
      createMap('array', { keyBytes: number, valueBytes: facts.bytes, entries: callNumbers }),
    ),
    values: hash(valueKey.bytes, 8, 32768),
    paths: hash(pathKey.bytes, 8, 32768),
    programs: hash(programPathBytes, number, 8192),
    lost: perProcessor(8, losses.length),
    scratch: perProcessor(512, 1),
  };
}

/** A number as a key. */
export function numbered(value: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32LE(value >>> 0);
  return key;
}
