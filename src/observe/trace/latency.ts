// Percentiles of durations that were counted in buckets: four for each power of two, so that a bucket is at most a quarter
// wide and its middle at most an eighth off.
import type { Latency, Trace } from './trace.ts';

/** The middle of a bucket, in nanoseconds. */
function middleOf(bucket: number): number {
  if (bucket < 8) return bucket & 3;
  const power = bucket >> 2;
  const step = 2 ** (power - 2);
  return 2 ** power + (bucket & 3) * step + step / 2;
}

/** The bucket of a duration. */
export function bucketOf(ns: number, buckets: number): number {
  if (ns < 4) return Math.max(0, Math.floor(ns));
  const power = Math.floor(Math.log2(ns));
  const quarter = Math.floor((ns - 2 ** power) / 2 ** (power - 2));
  return Math.min(buckets - 1, (power << 2) | Math.min(3, quarter));
}

/** What is known of the calls of one name. */
export interface Durations {
  readonly call: string;
  readonly count: number;
  readonly totalNs: number;
  readonly leastNs: number;
  readonly mostNs: number;
  readonly buckets: readonly number[];
}

/** The line of the table for them. */
export function latencyOf({ call, count, totalNs, leastNs, mostNs, buckets }: Durations): Latency {
  const counted = buckets.reduce((sum, one) => sum + one, 0);
  const at = (share: number): number => {
    let seen = 0;
    const wanted = share * counted;
    for (const [bucket, here] of buckets.entries()) {
      seen += here;
      if (here > 0 && seen >= wanted)
        return Math.min(mostNs, Math.max(leastNs, Math.round(middleOf(bucket))));
    }
    return mostNs;
  };
  return {
    call,
    count,
    totalNs,
    meanNs: count === 0 ? 0 : Math.round(totalNs / count),
    leastNs,
    mostNs,
    p50Ns: at(0.5),
    p90Ns: at(0.9),
    p99Ns: at(0.99),
  };
}

/** A call in two traces. */
export interface LatencyChange {
  readonly call: string;
  readonly before?: Latency;
  readonly after?: Latency;
}

/** The calls of two traces side by side, those that took the longest first. */
export function compareLatency(before: Trace, after: Trace): readonly LatencyChange[] {
  const names = new Set([...before.latency, ...after.latency].map(({ call }) => call));
  const find = (trace: Trace, name: string): Latency | undefined =>
    trace.latency.find(({ call }) => call === name);
  const weight = ({ before: a, after: b }: LatencyChange): number =>
    Math.max(a?.totalNs ?? 0, b?.totalNs ?? 0);
  return [...names]
    .map((call): LatencyChange => {
      const [a, b] = [find(before, call), find(after, call)];
      return {
        call,
        ...(a === undefined ? {} : { before: a }),
        ...(b === undefined ? {} : { after: b }),
      };
    })
    .sort((a, b) => weight(b) - weight(a));
}
