import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketOf, latencyOf } from './latency.ts';

const buckets = 160;

test('percentiles of known durations are right within an eighth', () => {
  const durations = Array.from({ length: 1000 }, (_, index) => 100 + 37 * index);
  const counted = new Array<number>(buckets).fill(0);
  for (const one of durations) {
    const at = bucketOf(one, buckets);
    counted[at] = (counted[at] ?? 0) + 1;
  }
  const { meanNs, p50Ns, p90Ns, p99Ns } = latencyOf({
    call: 'read',
    count: 1000,
    totalNs: durations.reduce((sum, one) => sum + one, 0),
    leastNs: durations[0] ?? 0,
    mostNs: durations.at(-1) ?? 0,
    buckets: counted,
  });
  const near = (shown: number, right: number): void =>
    assert.ok(Math.abs(shown - right) <= right / 8, `${shown} for ${right}`);
  assert.equal(meanNs, Math.round(100 + 37 * 499.5));
  near(p50Ns, durations[499] ?? 0);
  near(p90Ns, durations[899] ?? 0);
  near(p99Ns, durations[989] ?? 0);
});

test('a single duration is all percentiles', () => {
  const counted = new Array<number>(buckets).fill(0);
  counted[bucketOf(12_345, buckets)] = 1;
  const line = latencyOf({
    call: 'x',
    count: 1,
    totalNs: 12_345,
    leastNs: 12_345,
    mostNs: 12_345,
    buckets: counted,
  });
  assert.deepEqual([line.p50Ns, line.p99Ns], [12_345, 12_345]);
});

test('durations beyond the last bucket are in it', () => {
  assert.equal(bucketOf(2 ** 50, buckets), buckets - 1);
  assert.equal(bucketOf(0, buckets), 0);
});
