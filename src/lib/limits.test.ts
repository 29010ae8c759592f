import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits, parseLimit, withLimits } from './limits.ts';

test('limits as text', () => {
  assert.deepEqual(parseLimit('entries=5'), { entries: 5 });
  assert.deepEqual(parseLimit('totalBytes=2g'), { totalBytes: 2 * 2 ** 30 });
  assert.deepEqual(parseLimit('fileBytes=3MiB'), { fileBytes: 3 * 2 ** 20 });
  for (const text of [
    'entries',
    'entries=',
    'entries=-1',
    'nothing=1',
    'toString=1',
    'entries=9999999999999999t',
  ]) {
    assert.equal(parseLimit(text), undefined, text);
  }
  assert.deepEqual(withLimits({ depth: 3 }), { ...defaultLimits, depth: 3 });
});
