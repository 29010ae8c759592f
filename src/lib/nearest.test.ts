import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearestNames } from './nearest.ts';

test('edit distance', () => {
  for (const [a, b, expected] of [
    ['', '', 0],
    ['', 'abc', 3],
    ['open', 'open', 0],
    ['opne', 'open', 1],
    ['opn', 'open', 1],
    ['pidfd_opn', 'pidfd_open', 1],
    ['kitten', 'sitting', 3],
  ] as const) {
    assert.equal(editDistance(a, b), expected, `${a} → ${b}`);
    assert.equal(editDistance(b, a), expected, `${b} → ${a}`);
  }
});

test('near names, nearest first', () => {
  const known = ['open', 'openat', 'openat2', 'read', 'pidfd_open'];
  assert.deepEqual(nearestNames('openta2', known), ['openat2', 'openat']);
  assert.deepEqual(nearestNames('OPEN', known), ['open', 'openat']);
  assert.deepEqual(nearestNames('openat2', known, 1), ['openat2']);
  assert.deepEqual(nearestNames('zzzzzzzz', known), []);
});
