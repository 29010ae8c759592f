import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoized } from './memo.ts';

test('an answer is worked out once, and memory stays bounded', () => {
  const asked: string[] = [];
  const length = memoized((text) => {
    asked.push(text);
    return text.length;
  }, 2);
  assert.deepEqual([length('a'), length('a'), length('bb'), length('a')], [1, 1, 2, 1]);
  assert.deepEqual(asked, ['a', 'bb']);
  length('ccc');
  length('a');
  assert.deepEqual(asked, ['a', 'bb', 'ccc', 'a']);
  const long = 'x'.repeat(100);
  assert.equal(length(long), length(long));
  assert.equal(asked.filter((text) => text === long).length, 2);
});
