import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJsonObject, jsonExcerpt } from './json.ts';

test('objects, and what is none', () => {
  for (const [value, expected] of [
    [{}, true],
    [{ a: 1 }, true],
    [[], false],
    [null, false],
    ['{}', false],
    [undefined, false],
  ] as const)
    assert.equal(isJsonObject(value), expected);
});

test('values in messages', () => {
  const cases: readonly [value: unknown, expected: string][] = [
    [undefined, 'nothing'],
    [null, 'null'],
    ['x86', '"x86"'],
    [{ a: [1, 2] }, '{"a":[1,2]}'],
    ['x'.repeat(100), `"${'x'.repeat(58)}…`],
    [JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)), '[…'],
    [JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`), '{…'],
  ];
  for (const [value, expected] of cases) assert.equal(jsonExcerpt(value), expected);
});
