import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { printable } from './printable.ts';

test('what steers a terminal is shown as an escape', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['plain text, ümläute, 日本語, 👍🏽', 'plain text, ümläute, 日本語, 👍🏽'],
    ['\x1b[2J', '\\x1b[2J'],
    ['a\nb\tc\rd', 'a\\nb\\tc\\rd'],
    ['\x9b31m', '\\x9b31m'],
    ['exe.\u202etxt', 'exe.\\u{202e}txt'],
    ['zero\u200bwidth', 'zero\\u{200b}width'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\ud800', '\\u{d800}'],
  ];
  for (const [text, shown] of cases) assert.equal(printable(text), shown);
});

test('no text gives a control character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(
        printable(text),
        /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f]/,
      );
      assert.ok(printable(text).isWellFormed());
    }),
  );
});
