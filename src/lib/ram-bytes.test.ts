import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRamBytes } from './ram-bytes.ts';

test('sizes of memory in docker’s words', () => {
  const check = (text: string, expected: number | undefined): void =>
    assert.equal(parseRamBytes(text), expected, text);
  check('32', 32);
  check('32b', 32);
  check('32kB', 32 * 1024);
  check('512m', 512 * 1024 ** 2);
  check('64MiB', 64 * 1024 ** 2);
  check('1.5g', 1.5 * 1024 ** 3);
  check('2 T', 2 * 1024 ** 4);
  for (const wrong of ['', 'm', '-1', '1x', '1mm', '1.', '9e3', '99999999p'])
    check(wrong, undefined);
});
