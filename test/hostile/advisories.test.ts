// What made unpackers of tar archives and container images write, read or delete outside of their folder, or run out of
// memory, as one layer each. Nothing is unpacked here, so the question is what the tree then says: nothing outside of it
// is read or named, and nothing takes part in it that the archive does not hold. Where an advisory is known it is named;
// the archives follow its description, not its proof of concept.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { formatDiagnostic } from '../../src/diag/format-diagnostic.ts';
import { PlimsollError } from '../../src/diag/plimsoll-error.ts';
import { openDirectoryTree } from '../../src/image/directory-tree.ts';
import { indexLayers, mergeLayers } from '../../src/image/merge.ts';
import { openTarget } from '../../src/image/open-target.ts';
import type { PayloadTree } from '../../src/image/payload-tree.ts';
import { plainStyle } from '../../src/lib/style.ts';
import { layoutArchive, makeLayout } from '../builders/oci-layout.ts';
import { makeTar, type TarMember } from '../builders/tar.ts';
import { advisoryLayers, up } from './advisory-layers.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();

/** A file outside of every target, which no tree may show. */
const secret = join(folder, 'secret');
writeFileSync(secret, 'secret');

async function treeOf(layers: readonly (readonly TarMember[])[]): Promise<PayloadTree<string>> {
  const layout = makeLayout();
  layout.index([
    layout.image(
      layers.map((members) => {
        const tar = makeTar(members);
        return { tar, stored: tar };
      }),
    ),
  ]);
  const path = join(folder, 'image.tar');
  writeFileSync(path, layoutArchive(layout));
  const target = await openTarget(path, { signal });
  assert.ok('layers' in target);
  try {
    const inspect = async (entry: { read(limit: number): Promise<Uint8Array> }) =>
      Buffer.from(await entry.read(100)).toString();
    const tree = mergeLayers(await indexLayers(target.layers, { signal, inspect }), {
      layers: target.layers,
      signal,
    });
    for (const node of tree.walk()) {
      assert.notEqual(tree.payload(node.path), 'secret', node.path);
      if (node.type !== 'file') continue;
      const bytes = await tree.read(node.path, 1 << 20);
      assert.equal(
        Buffer.from(bytes ?? [])
          .toString()
          .slice(0, 100),
        tree.payload(node.path),
      );
    }
    return tree;
  } finally {
    await target.close();
  }
}

/** Files as "path=text", others as the path. */
function shown(tree: PayloadTree<string>): readonly string[] {
  return [...tree.walk()]
    .slice(1)
    .map(({ path, type }) => (type === 'file' ? `${path}=${tree.payload(path)}` : path));
}

for (const { title, layers, shown: expected, problems = [] } of advisoryLayers(secret)) {
  test(title, async () => {
    const tree = await treeOf(layers);
    assert.deepEqual(shown(tree), expected);
    assert.deepEqual(
      tree.problems.map(({ code }) => code),
      problems,
    );
  });
}

test('names with control characters reach no terminal as they are', async () => {
  const name = 'evil\x1b]0;owned\x07\x1b[2J\r\nok\u202e';
  const tree = await treeOf([
    [
      { name: 'f', body: '' },
      { name: `f/${name}`, body: 'x' },
      { name: `../${name}`, body: 'y' },
    ],
  ]);
  assert.ok(tree.stat(`/${name}`));
  const said = tree.problems.map((problem) => formatDiagnostic(problem, plainStyle)).join('');
  assert.match(said, /evil/);
  assert.doesNotMatch(said.replaceAll('\n', ''), /[\x00-\x1f\x7f\u202e]/);
});

/** What costs more than a reader has is refused at once, with the limit's name. */
const claims: readonly [title: string, members: readonly TarMember[], message: RegExp][] = [
  [
    'a file of 2^50 bytes by its base-256 size field (CVE-2022-48303 tar: fields of this form)',
    [{ name: 'x', size: 0, raw: { 124: '\x80\0\0\0\0\x04\0\0\0\0\0\0' } }],
    /fileBytes/,
  ],
  [
    'a PAX header of 8 GiB (CVE-2022-2879 Go)',
    [{ name: 'x', type: 'x', size: 0o77777777777 }],
    /headerBytes/,
  ],
  [
    'a GNU long name of 8 GiB',
    [{ name: '././@LongLink', type: 'L', size: 0o77777777777, magic: 'ustar  \0' }],
    /headerBytes/,
  ],
  [
    'a sparse file of 2^53 bytes with nothing in it',
    [
      {
        name: 'x',
        pax: {
          'GNU.sparse.major': '1',
          'GNU.sparse.minor': '0',
          'GNU.sparse.realsize': '9007199254740991',
        },
        body: '0\n'.padEnd(512, '\0'),
      },
    ],
    /totalBytes/,
  ],
  [
    'a sparse map of a billion pieces (CVE-2025-58183 Go)',
    [
      {
        name: 'x',
        pax: { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '10' },
        body: '1000000000\n'.padEnd(2 << 20, '0\n'),
      },
    ],
    /headerBytes/,
  ],
  [
    'a name of a hundred thousand folders',
    [{ name: 'x', pax: { path: 'a/'.repeat(100_000) } }],
    /pathBytes|depth/,
  ],
];

for (const [title, members, message] of claims) {
  test(title, async () => {
    await assert.rejects(treeOf([members]), (error) => {
      assert.ok(error instanceof PlimsollError, String(error));
      assert.equal(error.code, 'PL0107', error.message);
      assert.match(error.message, message);
      const { target, layer } = error.diagnostic.at ?? {};
      assert.ok(target !== undefined || layer !== undefined);
      return true;
    });
  });
}

test('folders without end by way of links: the tree has a limit of its own', async () => {
  const members = Array.from({ length: 9000 }, (_, at): readonly TarMember[] => [
    { name: `l${at}`, type: '2', linkName: `m${at}${'/d'.repeat(45)}${'/e'.repeat(2)}` },
    { name: `l${at}/x`, body: '' },
  ]).flat();
  const layout = makeLayout();
  const tar = makeTar(members);
  layout.index([layout.image([{ tar, stored: tar }])]);
  const path = join(folder, 'folders.tar');
  writeFileSync(path, layoutArchive(layout));
  const limits = { entries: 100_000 };
  const target = await openTarget(path, { signal, limits });
  assert.ok('layers' in target);
  try {
    const indexes = await indexLayers(target.layers, { signal, limits, inspect: () => undefined });
    assert.throws(() => mergeLayers(indexes, { limits }), /\(entries\)/);
  } finally {
    await target.close();
  }
});

test('a directory on disk whose links lead out shows nothing from there (CVE-2018-15664 docker cp)', async () => {
  const root = join(folder, 'root');
  mkdirSync(join(root, 'etc'), { recursive: true });
  symlinkSync(secret, join(root, 'etc/absolute'));
  symlinkSync('../../secret', join(root, 'etc/relative'));
  symlinkSync(folder, join(root, 'whole'));
  const tree = await openDirectoryTree(root, { signal, inspect: ({ node }) => node.path });
  assert.deepEqual(
    [...tree.walk()].map(({ path }) => path),
    ['/', '/etc', '/etc/absolute', '/etc/relative', '/whole'],
  );
  for (const path of [
    '/etc/absolute',
    '/etc/relative',
    '/whole/secret',
    `${up}${secret}`,
    secret,
  ]) {
    assert.equal(tree.stat(path), undefined, path);
    assert.equal(await tree.read(path, 100), undefined, path);
  }
});

test('blobs that an index names outside of its layout are not read (CVE-2024-3727 containers/image)', async () => {
  const layout = makeLayout();
  for (const digest of [`sha256:${up}${secret}`, `${up}${secret}`, 'sha256:../../secret', '']) {
    layout.index([{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 6 }]);
    const path = join(folder, 'digest.tar');
    writeFileSync(path, layoutArchive(layout));
    await assert.rejects(openTarget(path, { signal }), { code: 'PL0108' });
  }
});

test('image identifiers that are paths (CVE-2014-9358 docker load)', async () => {
  const path = join(folder, 'repositories.tar');
  for (const id of [`${up}${secret}`, '../secret', '/', '.']) {
    writeFileSync(
      path,
      makeTar([{ name: 'repositories', body: JSON.stringify({ image: { latest: id } }) }]),
    );
    await assert.rejects(openTarget(path, { signal }), { code: 'PL0106' });
  }
});

test('documents of archives that are larger than any honest one are not read (CVE-2023-25153 containerd)', async () => {
  const large = 9 * 1024 * 1024;
  const huge = Buffer.alloc(large, ' ');
  const manifest = Buffer.concat([Buffer.from('{"schemaVersion":2}'), huge]);
  const layout = makeLayout();
  layout.index([layout.blob(manifest, 'application/vnd.oci.image.manifest.v1+json')]);
  const config = makeLayout();
  const tar = makeTar([{ name: 'etc/' }]);
  config.index([config.image([{ tar, stored: tar }], { os: 'linux', pad: huge.toString() })]);
  const cases: readonly (readonly [title: string, archive: Buffer])[] = [
    [
      'index.json',
      makeTar([
        { name: 'oci-layout', body: '{}' },
        { name: 'index.json', body: huge },
      ]),
    ],
    ['manifest.json', makeTar([{ name: 'manifest.json', body: huge }])],
    ['repositories', makeTar([{ name: 'repositories', body: huge }])],
    ['a manifest', layoutArchive(layout)],
    ['a configuration', layoutArchive(config)],
  ];
  for (const [title, archive] of cases) {
    const path = join(folder, 'documents.tar');
    writeFileSync(path, archive);
    await assert.rejects(openTarget(path, { signal }), (error) => {
      assert.ok(error instanceof PlimsollError, title);
      assert.equal(error.code, 'PL0107', `${title}: ${error.message}`);
      assert.match(error.message, /jsonBytes/, title);
      return true;
    });
  }
});
