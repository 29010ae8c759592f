// Which calls the C libraries and run-times make, and whether they cope when one is not there. A program rarely makes a
// new call itself: it imports pthread_create, and its glibc tries clone3 first. What then happens hangs on the errno:
// ENOSYS says "older kernel" and is what libraries expect; EPERM, from a filter that has never heard of the call, is
// taken for an answer. Readable tables: tables/fallbacks.tsv, tables/minimum-kernels.tsv.
import { compareVersions } from '../lib/version.ts';
import type { Abi } from './abi.ts';
import data from './generated/fallbacks.json' with { type: 'json' };

/** What the program does on an errno; 'unknown': the errno goes to the caller, who alone knows. */
export type CallReaction = 'falls-back' | 'fails' | 'degrades' | 'unknown';

export interface RuntimeCall {
  /** glibc, musl, go, rust, libuv, cpython, openjdk, systemd. */
  readonly runtime: string;
  /**
   * Exported functions of the C library that lead to the call; "*": every program, at its start. For run-times: what in
   * them makes it, in their own words.
   */
  readonly symbols: readonly string[];
  readonly syscall: string;
  readonly onMissing: {
    readonly ENOSYS: CallReaction;
    readonly EPERM: CallReaction;
    readonly EINVAL: CallReaction;
  };
  /** What is seen when it fails. */
  readonly effect: string;
  /** What is done instead. */
  readonly fallback?: string;
  /** First version of the run-time that makes the call in this way. */
  readonly since: string;
  /** First version that no longer does. */
  readonly until?: string;
  readonly quality: string;
}

const narrow: ReadonlySet<Abi> = new Set(['i386', 'arm']);

function on(abis: readonly string[], abi: Abi | undefined): boolean {
  if (abis.length === 0 || abi === undefined) return true;
  return abis.includes(abi) || abis.includes(narrow.has(abi) ? '32' : '64');
}

function inRange(version: string, from: string, until: string | undefined): boolean {
  return (
    compareVersions(version, from) >= 0 &&
    (until === undefined || compareVersions(version, until) < 0)
  );
}

function reaction(text: string | undefined): CallReaction {
  return text === 'falls-back' || text === 'fails' || text === 'degrades' ? text : 'unknown';
}

function callOf(row: (typeof data.calls)[number]): RuntimeCall {
  const listed = row.runtime === 'glibc' || row.runtime === 'musl';
  const [enosys, eperm, einval] = row.onMissing;
  return {
    runtime: row.runtime,
    symbols: listed ? row.symbols.split(' ') : [row.symbols],
    syscall: row.syscall,
    onMissing: { ENOSYS: reaction(enosys), EPERM: reaction(eperm), EINVAL: reaction(einval) },
    effect: row.effect,
    ...(row.fallback === undefined ? {} : { fallback: row.fallback }),
    since: row.from,
    ...(row.until === undefined ? {} : { until: row.until }),
    quality: row.quality,
  };
}

/** The calls that a version of a run-time makes on an ABI, with what it does when they are missing. */
export function runtimeCalls(runtime: string, version: string, abi?: Abi): readonly RuntimeCall[] {
  return data.calls
    .filter(
      (row) =>
        row.runtime === runtime && on(row.abis, abi) && inRange(version, row.from, row.until),
    )
    .map(callOf);
}

/** The same for a C library: from the imported symbols of a program follow its calls. */
export function libcCalls(
  libc: 'glibc' | 'musl',
  version: string,
  abi: Abi = 'x86_64',
): readonly RuntimeCall[] {
  return runtimeCalls(libc, version, abi);
}

/** Every run-time, in every version, that makes a call; on one ABI, or on any. */
export function callersOf(syscall: string, abi?: Abi): readonly RuntimeCall[] {
  return data.calls.filter((row) => row.syscall === syscall && on(row.abis, abi)).map(callOf);
}

/** The oldest kernel that a version of a C library or run-time is made for. */
export interface MinimumKernel {
  readonly minimum: string;
  /** It stops on an older kernel ("FATAL: kernel too old"), whatever it needs of it. */
  readonly enforced: boolean;
  readonly note?: string;
}

/**
 * The minimum kernel of glibc, musl, go, rust, systemd or node in that version; undefined when the table has none.
 * A row for the ABI itself wins over one for all.
 */
export function minimumKernel(
  runtime: string,
  version: string,
  abi: Abi = 'x86_64',
): MinimumKernel | undefined {
  const rows = data.minimums.filter(
    (row) => row.runtime === runtime && on(row.abis, abi) && inRange(version, row.from, row.until),
  );
  const row = rows.find(({ abis }) => abis.length > 0) ?? rows[0];
  if (row === undefined) return undefined;
  return {
    minimum: row.minimum,
    enforced: row.enforced,
    ...(row.note === undefined ? {} : { note: row.note }),
  };
}
