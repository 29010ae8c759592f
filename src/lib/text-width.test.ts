import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutFrontToWidth, cutToWidth, padToWidth, textWidth, wrapText } from './text-width.ts';

test('columns of a text', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['', 0],
    ['plimsoll', 8],
    ['日本語', 6],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['→ ✓', 3],
    ['ｆｕｌｌ', 8],
  ];
  for (const [text, width] of cases) assert.equal(textWidth(text), width, text);
});

test('wrapping keeps words, breaks what is too long, and leaves addresses whole', () => {
  const cases: readonly (readonly [string, number, readonly string[]])[] = [
    ['one two three', 7, ['one two', 'three']],
    ['abcdefgh', 3, ['abc', 'def', 'gh']],
    ['日本語日本語', 5, ['日本', '語日', '本語']],
    [
      'see https://example.org/long/address now',
      10,
      ['see', 'https://example.org/long/address', 'now'],
    ],
    ['', 10, ['']],
    ['日', 1, ['日']],
  ];
  for (const [text, width, lines] of cases) assert.deepEqual(wrapText(text, width), lines, text);
});

test('cutting and padding', () => {
  assert.equal(cutToWidth('plimsoll', 5), 'plim…');
  assert.equal(cutToWidth('日本語', 4), '日…');
  assert.equal(cutFrontToWidth('/usr/lib/libc.so.6', 8), '…bc.so.6');
  assert.equal(padToWidth('日', 4), '日  ');
  assert.equal(padToWidth('long enough', 4), 'long enough');
});
