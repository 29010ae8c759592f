// Layers built to escape from the tree, or to cost more than a reader has.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { PlimsollError } from '../../src/diag/plimsoll-error.ts';
import { indexLayers, mergeLayers } from '../../src/image/merge.ts';
import { openTarget } from '../../src/image/open-target.ts';
import type { PayloadTree } from '../../src/image/payload-tree.ts';
import type { Limits } from '../../src/lib/limits.ts';
import { layoutArchive, makeLayout } from '../builders/oci-layout.ts';
import { makeTar, type TarMember } from '../builders/tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();

async function treeOf(
  layers: readonly (readonly TarMember[])[],
  limits: Partial<Limits> = {},
): Promise<PayloadTree<string>> {
  const layout = makeLayout();
  layout.index([
    layout.image(
      layers.map((members) => {
        const tar = makeTar(members);
        return {
          tar,
          stored: gzipSync(tar),
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        };
      }),
    ),
  ]);
  const path = join(folder, 'image.tar');
  writeFileSync(path, layoutArchive(layout));
  const target = await openTarget(path, { signal, limits });
  assert.ok('layers' in target);
  try {
    const inspect = async (entry: { read(limit: number): Promise<Uint8Array> }) =>
      Buffer.from(await entry.read(100)).toString();
    return mergeLayers(await indexLayers(target.layers, { signal, inspect }));
  } finally {
    await target.close();
  }
}

test('names that lead outside stay inside, and are told', async () => {
  const tree = await treeOf([
    [
      { name: '../../etc/passwd', body: 'p' },
      { name: '/abs', body: 'a' },
      { name: 'link', type: '1', linkName: '../../../etc/passwd' },
      { name: 'out', type: '2', linkName: '../../../../../..' },
      { name: 'out/through', body: 't' },
      { name: '.wh...', body: '' },
      { name: '.wh..', body: '' },
      { name: '.wh.', body: '' },
    ],
  ]);
  assert.deepEqual(
    [...tree.walk()].map(({ path }) => path),
    ['/', '/abs', '/etc', '/etc/passwd', '/link', '/out', '/through'],
  );
  assert.equal(tree.payload('/link'), 'p');
  assert.deepEqual(
    tree.problems.map(({ code }) => code),
    ['PL0206', 'PL0206', 'PL0206', 'PL0206', 'PL0206'],
  );
});

test('links that lead to one another end', async () => {
  const links = Array.from(
    { length: 100 },
    (_, at): TarMember => ({ name: `l${at}`, type: '2', linkName: `l${at + 1}/l${at + 1}` }),
  );
  const tree = await treeOf([[...links, { name: 'self', type: '2', linkName: 'self' }]]);
  assert.equal(tree.stat('/l0'), undefined);
  assert.equal(tree.stat('/self/x'), undefined);
  assert.equal(tree.size, 102);
});

const bombs: readonly [name: keyof Limits, limit: number, members: readonly TarMember[]][] = [
  ['totalBytes', 100_000, [{ name: 'z', body: Buffer.alloc(200_000) }]],
  ['layerBytes', 100_000, [{ name: 'z', body: Buffer.alloc(200_000) }]],
  ['fileBytes', 1000, [{ name: 'z', body: Buffer.alloc(2000) }]],
  ['entries', 10, Array.from({ length: 20 }, (_, at) => ({ name: `f${at}` }))],
  ['depth', 16, [{ name: 'd/'.repeat(20) }]],
  ['nameBytes', 200, [{ name: 'x', pax: { path: 'n'.repeat(201) } }]],
  ['pathBytes', 1000, [{ name: 'x', pax: { path: 'ab/'.repeat(400) } }]],
  ['headerBytes', 4000, [{ name: 'x', pax: { comment: 'c'.repeat(5000) } }]],
  ['metadataBytes', 50_000, [{ name: 'x', pax: { 'SCHILY.xattr.user.a': 'v'.repeat(60_000) } }]],
];

for (const [name, limit, members] of bombs) {
  test(`over the limit ${name}`, async () => {
    // The outer archive is small enough for each of these.
    const wide = name === 'fileBytes' || name === 'entries' ? [members, members] : [members];
    await assert.rejects(treeOf(wide, { [name]: limit }), (error) => {
      assert.ok(error instanceof PlimsollError, String(error));
      assert.equal(error.code, 'PL0107', error.message);
      assert.match(error.message, new RegExp(`\\(${name}\\)`));
      assert.match(error.diagnostic.help ?? '', new RegExp(`--limit ${name}=\\d+`));
      return true;
    });
  });
}

test('a stream that inflates out of proportion is stopped', async () => {
  const members = [{ name: 'z', body: Buffer.alloc(8_000_000) }];
  await assert.rejects(treeOf([members], { ratioFromBytes: 1_000_000, ratio: 50 }), /\(ratio\)/);
  assert.equal((await treeOf([members])).stat('/z')?.size, 8_000_000);
});
