import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textSearch } from './text-search.ts';

const texts = ['GNU C Library (', '/rustc/', 'rustc-1', 'aaaaaaaa'].map((text) =>
  Buffer.from(text),
);

/** Every place of every text, found the slow way. */
const expected = (data: Buffer): string[] =>
  [...data.keys()].flatMap((at) =>
    [...texts.keys()]
      .filter((text) => data.indexOf(texts[text] ?? '', at) === at)
      .map((text) => `${text}@${at}`),
  );

const seen = (data: Buffer): string[] => {
  const all: string[] = [];
  textSearch(texts)(data, (text, at) => all.push(`${text}@${at}`));
  return all.sort();
};

test('texts are found at every place, whatever its alignment, and at both ends', () => {
  for (let shift = 0; shift < 8; shift++) {
    const text = '/rustc/rustc-1 GNU C Library (x) GNU C aaaaaaaaaa';
    const data = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]).subarray(shift);
    assert.equal(expected(data).length, 6, `shift ${shift}`);
    assert.deepEqual(seen(data), expected(data).sort(), `shift ${shift}`);
  }
});

test('nothing is found in too little data', () => {
  for (let length = 0; length < 7; length++)
    assert.deepEqual(seen(Buffer.from('/rustc/').subarray(0, length)), []);
});

test('short texts are refused', () => {
  assert.throws(() => textSearch([Buffer.from('uClibc')]), RangeError);
});
