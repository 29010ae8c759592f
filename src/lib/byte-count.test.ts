import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes } from './byte-count.ts';

test('sizes in the unit that fits', () => {
  for (const [bytes, text] of [
    [0, '0 kB'],
    [1, '1 kB'],
    [999_000, '999 kB'],
    [31_400_000, '31 MB'],
    [2_500_000_000, '2.5 GB'],
  ] as const)
    assert.equal(formatBytes(bytes), text);
});
