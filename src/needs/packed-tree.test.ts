import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryTree } from '../../test/builders/memory-tree.ts';
import { decodeJson, encodeTree, type PackedEntries } from './facts-codec.ts';
import { baseNamesOf } from './name-pattern.ts';
import { packedTree } from './packed-tree.ts';

test('a packed tree answers as the tree that it was made of', async () => {
  const tree = await memoryTree(
    {
      '/usr/bin/dash': 'x',
      '/usr/bin/sh': { link: 'dash' },
      '/bin': { link: 'usr/bin' },
      '/etc/alternatives/awk': { link: '/usr/bin/mawk' },
      '/usr/bin/awk': { link: '/etc/alternatives/awk' },
      '/usr/bin/mawk': {
        content: 'y',
        mode: 0o4755,
        xattrs: { 'user.a': new Uint8Array([0, 255]) },
      },
      '/loop/a': { link: 'b' },
      '/loop/b': { link: 'a' },
      '/up': { link: '../../../usr' },
      '/dangling': { link: 'nowhere' },
    },
    () => undefined,
  );
  const packed = decodeJson<PackedEntries>(encodeTree(tree.walk()));
  assert.ok(packed);
  const again = packedTree(packed, tree.read);
  assert.deepEqual([...again.walk()], [...tree.walk()]);
  assert.deepEqual(
    [...(again.paths?.() ?? [])],
    [...tree.walk()].map(({ path }) => path),
  );
  assert.deepEqual(baseNamesOf(again), baseNamesOf(tree));
  for (const path of [
    '/',
    '/bin/sh',
    '/usr/bin/awk',
    '/bin/awk',
    '/up/bin/dash',
    '/loop/a',
    '/dangling',
    '/none',
    '/usr/bin/',
    '/usr/../etc',
    '/bin',
  ]) {
    assert.deepEqual(again.stat(path), tree.stat(path), path);
    assert.deepEqual(again.stat(path, { follow: false }), tree.stat(path, { follow: false }), path);
    assert.deepEqual(again.list(path), tree.list(path), path);
  }
  const nothing = decodeJson<PackedEntries>(encodeTree([]));
  assert.ok(nothing);
  assert.deepEqual([...packedTree(nothing, tree.read).walk()], []);
});
