import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GrowingReferences, rowsByKey } from './references.ts';

/** Rows that are pushed in this order of places, sorted from a row on. */
function sorted(places: readonly number[], first = 0): readonly (readonly number[])[] {
  const found = new GrowingReferences();
  for (const [at, place] of places.entries()) found.push(at % 7, place, at);
  found.sort(first);
  return Array.from({ length: found.count }, (_, at) => [
    found.from[at] ?? -1,
    found.to[at] ?? -1,
    found.kinds[at] ?? -1,
  ]);
}

/** By place, those of one place in their order. */
function expected(places: readonly number[], first = 0): readonly (readonly number[])[] {
  const rows = places.map((place, at) => [place, at, at % 7]);
  return [...rows.slice(0, first), ...rows.slice(first).sort(([a = 0], [b = 0]) => a - b)];
}

test('references come into the order of the code, few and many', () => {
  const many = Array.from({ length: 40_000 }, (_, at) => (at * 7919) % 10_007);
  const few = Array.from({ length: 30_000 }, (_, at) => (at % 1000 === 999 ? at >> 1 : at));
  for (const places of [[], [5], [1, 2, 2, 3], [3, 1, 2, 1], few, many])
    assert.deepEqual(sorted(places), expected(places));
  assert.deepEqual(sorted([9, 8, 5, 4], 2), expected([9, 8, 5, 4], 2));
});

test('rows are found by key', () => {
  const keys = [2, -1, 0, 2, 9, 2];
  const rows = rowsByKey(keys.length, 3, (row) => keys[row] ?? -1);
  assert.deepEqual(
    [0, 1, 2].map((key) => [...rows(key)]),
    [[2], [], [0, 3, 5]],
  );
});
