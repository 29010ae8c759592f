// A few thousand inputs for every target in each test run; `node test/fuzz/run.ts --count 1000000` for many.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutated } from './mutate.ts';
import { fuzz, fuzzTargets } from './run.ts';

for (const name of fuzzTargets()) {
  test(`fuzz ${name}`, { timeout: 120_000 }, async () => {
    const result = await fuzz(name, { count: 2000, seed: 20260101 });
    assert.equal(result.failure, undefined);
    assert.equal(result.runs, 2000);
  });
}

test('there are targets, and mutations depend on the seed alone', () => {
  assert.ok(fuzzTargets().length >= 1);
  const seeds = [new Uint8Array(600).fill(7)];
  for (let at = 0; at < 50; at++) {
    assert.deepEqual(mutated(seeds, 3, at), mutated(seeds, 3, at));
  }
  const distinct = new Set(
    Array.from({ length: 50 }, (_, at) => Buffer.from(mutated(seeds, 3, at)).toString('hex')),
  );
  assert.ok(distinct.size > 40);
});
