import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFileName, encodeFileName } from './file-name.ts';
import { printable } from './printable.ts';

const cases: readonly [hex: string, shown: string][] = [
  ['6162', 'ab'],
  ['c3a4', 'ä'],
  ['f09f98802f', '😀/'],
  ['e4', '\\xe4'],
  ['61e462', 'a\\xe4b'],
  // A replacement character that really stands there.
  ['efbfbd', '\ufffd'],
  ['efbfbdff', '\ufffd\\xff'],
  // Overlong, a surrogate, beyond Unicode, cut off.
  ['c0af', '\\xc0\\xaf'],
  ['edb280', '\\xed\\xb2\\x80'],
  ['f4908080', '\\xf4\\x90\\x80\\x80'],
  ['e282', '\\xe2\\x82'],
  ['f09f98', '\\xf0\\x9f\\x98'],
  ['', ''],
];

for (const [hex, shown] of cases) {
  test(`bytes ${hex || 'none'}`, () => {
    const bytes = Buffer.from(hex, 'hex');
    const name = decodeFileName(bytes);
    assert.equal(printable(name).replace(/\\u\{fffd\}/g, '\ufffd'), shown);
    assert.equal(encodeFileName(name).toString('hex'), hex);
    assert.equal(decodeFileName(Buffer.from(`2f${hex}2f`, 'hex'), 1, 1 + bytes.length), name);
  });
}

test('all pairs of bytes give names of their own', () => {
  const names = new Set<string>();
  for (let pair = 0; pair < 65536; pair++) {
    const bytes = Buffer.of(pair >> 8, pair & 0xff);
    const name = decodeFileName(bytes);
    names.add(name);
    assert.ok(encodeFileName(name).equals(bytes));
  }
  assert.equal(names.size, 65536);
});
