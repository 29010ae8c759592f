import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallestChange } from './smallest-change.ts';

const candidates = Array.from({ length: 16 }, (_, index) => `c${index}`);

/** Finds the causes, in at most so many tries. */
async function check(causes: readonly string[], mostTries: number): Promise<void> {
  let tries = 0;
  const found = await smallestChange(candidates, async (chosen) => {
    tries++;
    return causes.every((cause) => chosen.includes(cause));
  });
  assert.deepEqual(found?.toSorted(), causes.toSorted());
  assert.ok(tries <= mostTries, `${causes}: ${tries} tries`);
}

test('one cause, wherever it stands', async () => {
  await check(['c0'], 1);
  for (const cause of candidates) await check([cause], 10);
});

test('two and three causes that hide each other', async () => {
  await check(['c0', 'c1'], 10);
  await check(['c0', 'c15'], 14);
  await check(['c3', 'c4'], 14);
  await check(['c2', 'c9', 'c14'], 22);
});

test('causes that are not among the candidates', async () => {
  assert.equal(await smallestChange(candidates, async () => false), undefined);
  assert.equal(await smallestChange([], async () => true), undefined);
});

test('either of two is enough: one of them', async () => {
  const found = await smallestChange(
    candidates,
    async (chosen) => chosen.includes('c5') || chosen.includes('c11'),
  );
  assert.equal(found?.length, 1);
});
