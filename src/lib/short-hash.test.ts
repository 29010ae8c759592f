import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortHash } from './short-hash.ts';

test('the hash is FNV-1a, as its authors give it for these texts', () => {
  // http://www.isthe.com/chongo/tech/comp/fnv/, test vectors.
  const cases: readonly (readonly [string, string])[] = [
    ['', '811c9dc5'],
    ['a', 'e40c292c'],
    ['foobar', 'bf9cf968'],
  ];
  for (const [text, expected] of cases) assert.equal(shortHash(text), expected);
});
