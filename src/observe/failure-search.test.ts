import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchFailure } from './failure-search.ts';

const candidates = Array.from({ length: 16 }, (_, index) => `c${index}`);

/**
 * Causes that stand one behind the other: the first that is not lifted is what the run shows. `hints`: candidates that a failure
 * speaks for.
 */
async function check(
  causes: readonly string[],
  hints: Readonly<Record<string, readonly string[]>>,
  mostTries: number,
): Promise<void> {
  let tries = 0;
  const failure = (lifted: readonly string[]) => {
    const met = causes.find((cause) => !lifted.includes(cause));
    return { works: met === undefined, evidence: met ?? 'fine' };
  };
  const found = await searchFailure(failure([]), {
    attempt: async (lifted: readonly string[]) => {
      tries++;
      return failure(lifted);
    },
    order: (evidence) => {
      const spoken = hints[evidence] ?? [];
      const rest = candidates.filter((one) => !spoken.includes(one));
      return { candidates: [...spoken, ...rest], spokenFor: spoken.length };
    },
  });
  assert.deepEqual(found?.toSorted(), causes.toSorted());
  assert.ok(tries <= mostTries, `${causes}: ${tries} tries`);
}

test('what the failure speaks for is tried first, and the next failure speaks for itself', async () => {
  await check(['c7'], { c7: ['c7'] }, 1);
  await check(['c7'], { c7: ['c1', 'c2', 'c7'] }, 3);
  await check(['c7', 'c3'], { c7: ['c7'], c3: ['c3'] }, 3);
  await check(['c7', 'c3', 'c9'], { c7: ['c7'], c3: ['c3'], c9: ['c9'] }, 5);
});

test('where nothing speaks for a cause, all are halved', async () => {
  await check(['c7'], {}, 10);
  await check(['c7', 'c3'], { c7: ['c7'] }, 12);
  await check(['c7', 'c3'], {}, 16);
});

test('what only changes the failure is left out, and what nothing helps is not found', async () => {
  let count = 0;
  const noisy = await searchFailure(
    { works: false, evidence: 'one' },
    {
      attempt: async (lifted: readonly string[]) => ({
        works: lifted.includes('b'),
        evidence: lifted.includes('a') ? 'two' : `one ${1000 + count++}`,
      }),
      order: () => ({ candidates: ['a', 'b'], spokenFor: 2 }),
    },
  );
  assert.deepEqual(noisy, ['b']);
  const none = await searchFailure(
    { works: false, evidence: '' },
    {
      attempt: async (_: readonly string[]) => ({ works: false, evidence: '' }),
      order: () => ({ candidates: ['a', 'b'], spokenFor: 0 }),
    },
  );
  assert.equal(none, undefined);
});
