import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Digest } from '../../image/image.ts';
import { chainIdsOf } from './chain-id.ts';

const sha256 = (text: string): Digest =>
  `sha256:${createHash('sha256').update(text).digest('hex')}`;

test('a chainID is the digest of the one below and the diffID', () => {
  const [a, b, c] = [sha256('a'), sha256('b'), sha256('c')] as const;
  assert.deepEqual(chainIdsOf([]), []);
  assert.deepEqual(chainIdsOf([a]), [a]);
  const second = sha256(`${a} ${b}`);
  assert.deepEqual(chainIdsOf([a, b, c]), [a, second, sha256(`${second} ${c}`)]);
});
