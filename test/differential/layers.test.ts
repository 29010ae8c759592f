// The merged tree of an image against what umoci unpacks of the same image, node by node, and across skopeo's
// conversion to docker's archive.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readTar } from '../../src/formats/tar-reader.ts';
import { openDirectoryTree } from '../../src/image/directory-tree.ts';
import { indexLayers, mergeLayers } from '../../src/image/merge.ts';
import { openTarget } from '../../src/image/open-target.ts';
import type { PayloadTree } from '../../src/image/payload-tree.ts';
import { defaultLimits } from '../../src/lib/limits.ts';
import { insidePath } from '../../src/lib/path.ts';
import { makeLayout, writeLayout } from '../builders/oci-layout.ts';
import { makeTar, type TarMember } from '../builders/tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));
before(() =>
  execFileSync(join(import.meta.dirname, '../../scripts/test-tools.sh'), { stdio: 'inherit' }),
);
const { signal } = new AbortController();
const inspect = async (entry: { read(): Promise<Uint8Array> }) =>
  Buffer.from(await entry.read()).toString('base64');

/** What must be the same: everything but the times and owners of directories that nobody described. */
function shown(tree: PayloadTree<string>): readonly string[] {
  return [...tree.walk()]
    .slice(1)
    .map(({ path, type, mode, uid, gid, size, linkTarget = '' }) =>
      [
        path,
        type,
        type === 'symlink' ? '' : mode.toString(8),
        uid,
        gid,
        size,
        linkTarget,
        type === 'file' ? tree.payload(path) : '',
      ].join(' '),
    );
}

async function imageTree(reference: string): Promise<PayloadTree<string>> {
  const target = await openTarget(reference, { signal });
  assert.ok('layers' in target);
  try {
    return mergeLayers(await indexLayers(target.layers, { signal, inspect }));
  } finally {
    await target.close();
  }
}

const long = `${'n'.repeat(120)}`;
const base: readonly TarMember[] = [
  { name: './' },
  { name: 'usr/' },
  { name: 'usr/lib/' },
  { name: 'lib', type: '2', linkName: 'usr/lib' },
  { name: 'usr/lib/one', body: 'one' },
  { name: 'dir/' },
  { name: 'dir/a', body: 'a', mode: 0o4755 },
  { name: 'dir/b', body: 'b', uid: 1000, gid: 33 },
  { name: 'dir/sub/' },
  { name: 'dir/sub/c', body: 'c' },
  { name: 'x', pax: { path: `dir/${long}` }, body: 'long' },
  { name: 'file', body: 'file' },
  { name: 'other', type: '1', linkName: 'dir/a' },
  { name: 'pipe', type: '6' },
];

const images: readonly {
  readonly name: string;
  readonly layers: readonly (readonly TarMember[])[];
}[] = [
  { name: 'base', layers: [base] },
  {
    name: 'whiteouts',
    layers: [
      base,
      [
        { name: 'dir/.wh.a' },
        { name: '.wh.file' },
        { name: 'dir/.wh.sub' },
        { name: 'new', body: 'new' },
      ],
    ],
  },
  {
    name: 'opaque',
    layers: [base, [{ name: 'dir/' }, { name: 'dir/.wh..wh..opq' }, { name: 'dir/z', body: 'z' }]],
  },
  {
    name: 'replaced',
    layers: [
      base,
      [{ name: 'file/' }, { name: 'file/in', body: 'in' }, { name: 'dir', body: 'now a file' }],
    ],
  },
  {
    name: 'through links',
    layers: [
      base,
      [
        { name: 'lib/two', body: 'two' },
        { name: 'up', type: '1', linkName: 'lib/one' },
      ],
    ],
  },
  {
    name: 'through links to nothing',
    layers: [
      [
        ...base,
        { name: 'dangling', type: '2', linkName: 'not/there' },
        { name: 'absolute', type: '2', linkName: '/far/../away' },
        { name: 'out', type: '2', linkName: '../../outside' },
      ],
      [
        { name: 'dangling/x', body: 'x' },
        { name: 'absolute/y/z', body: 'z' },
        { name: 'out/w', body: 'w' },
      ],
    ],
  },
  {
    name: 'names that are not UTF-8',
    layers: [
      [
        { name: '?', raw: { 0: '\xe4' }, body: 'first' },
        { name: '?', raw: { 0: '\xe5' }, body: 'second' },
        { name: 'x', pax: { path: Buffer.from('d\xff/\xfe', 'latin1') }, body: 'third' },
        { name: 'link', type: '2', linkName: '?', raw: { 157: '\xe4' } },
        { name: 'twin', type: '1', linkName: '?', raw: { 157: '\xe5' } },
      ],
      [{ name: '.wh.?', raw: { 4: '\xe4' } }],
    ],
  },
  {
    name: 'hard links of lower files',
    layers: [
      base,
      [
        { name: 'dir/a', body: 'changed', mode: 0o600 },
        { name: 'again', type: '1', linkName: 'other' },
      ],
    ],
  },
  {
    name: 'holes',
    layers: [
      base,
      [
        {
          name: 'GNUSparseFile.0/s',
          body: `${'1\n4096\n5\n'.padEnd(512, '\0')}hello`,
          pax: {
            'GNU.sparse.major': '1',
            'GNU.sparse.minor': '0',
            'GNU.sparse.name': 'sparse',
            'GNU.sparse.realsize': '9000',
          },
        },
      ],
    ],
  },
];

for (const [at, { name, layers }] of images.entries()) {
  test(`${name}: the same tree as umoci and skopeo make`, async () => {
    const layout = makeLayout();
    const stored = layers.map((members) => {
      const tar = makeTar(members);
      return {
        tar,
        stored: gzipSync(tar),
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      };
    });
    layout.index([
      { ...layout.image(stored), annotations: { 'org.opencontainers.image.ref.name': 'tag' } },
    ]);
    const root = join(folder, `image-${at}`);
    writeLayout(layout, root);
    const ours = shown(await imageTree(`oci:${root}:tag`));

    const bundle = join(folder, `bundle-${at}`);
    execFileSync('umoci', ['unpack', '--image', `${root}:tag`, bundle], { stdio: 'pipe' });
    const unpacked = await openDirectoryTree(join(bundle, 'rootfs'), { signal, inspect });
    assert.deepEqual(ours, shown(unpacked));

    const archive = join(folder, `docker-${at}.tar`);
    execFileSync('skopeo', [
      '--insecure-policy',
      'copy',
      '-q',
      `oci:${root}:tag`,
      `docker-archive:${archive}:plimsoll/test:1`,
    ]);
    assert.deepEqual(shown(await imageTree(`${archive}:plimsoll/test:1`)), ours);
  });
}

/** Extended attributes by path, as tar finds them in a directory. */
async function attributesOnDisk(root: string): Promise<ReadonlyMap<string, unknown>> {
  const archive = execFileSync('tar', [
    ...['--xattrs', '--xattrs-include=*', '--format=posix'],
    ...['-C', root, '-cf', '-', '.'],
  ]);
  const found = new Map<string, unknown>();
  for await (const { name, xattrs } of readTar([archive], {
    limits: defaultLimits,
    at: {},
  })) {
    if (xattrs !== undefined) found.set(insidePath(name).path, xattrs);
  }
  return found;
}

test('extended attributes are those that umoci sets', async () => {
  // cap_net_raw=ep in the form of revision 2, and in that of revision 3 with the owner of a user namespace.
  const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
  const owned = Buffer.from('010000030020000000000000000000000000000010270000', 'hex');
  const lower: readonly TarMember[] = [
    {
      name: 'ping',
      body: 'p',
      mode: 0o755,
      pax: { 'SCHILY.xattr.security.capability': capability },
    },
    { name: 'owned', body: 'o', pax: { 'SCHILY.xattr.security.capability': owned } },
    { name: 'note/', pax: { 'SCHILY.xattr.user.note': 'a directory', 'SCHILY.xattr.user.b': '' } },
    { name: 'bytes', pax: { 'SCHILY.xattr.user.bytes': Buffer.from('00ff0a3d', 'hex') } },
    { name: 'twin', type: '1', linkName: 'ping' },
    { name: 'plain', body: 'n', pax: { 'SCHILY.xattr.user.gone': 'x' } },
    { name: 'kept/', pax: { 'SCHILY.xattr.user.old': 'x' } },
  ];
  const upper: readonly TarMember[] = [
    { name: 'plain', body: 'without' },
    { name: 'ping', body: 'q', pax: { 'SCHILY.xattr.user.other': 'y' } },
  ];
  const layout = makeLayout();
  const stored = [lower, upper].map((members) => {
    const tar = makeTar(members);
    return { tar, stored: tar };
  });
  layout.index([
    { ...layout.image(stored), annotations: { 'org.opencontainers.image.ref.name': 'tag' } },
  ]);
  const root = join(folder, 'attributes');
  writeLayout(layout, root);
  const bundle = join(folder, 'attributes-bundle');
  execFileSync('umoci', ['unpack', '--image', `${root}:tag`, bundle], { stdio: 'pipe' });
  const tree = await imageTree(`${root}:tag`);
  const ours = new Map(
    [...tree.walk()].flatMap(({ path, xattrs }) =>
      xattrs === undefined ? [] : [[path, xattrs] as const],
    ),
  );
  assert.ok(ours.size >= 5);
  assert.deepEqual(ours, await attributesOnDisk(join(bundle, 'rootfs')));
});

test('zstd layers have the same tree as gzip layers', async () => {
  const tar = makeTar(base);
  const trees: (readonly string[])[] = [];
  for (const [type, pack] of [
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const) {
    const layout = makeLayout();
    layout.index([
      layout.image([
        { tar, stored: pack(tar), mediaType: `application/vnd.oci.image.layer.v1.tar+${type}` },
      ]),
    ]);
    writeLayout(layout, join(folder, type));
    trees.push(shown(await imageTree(join(folder, type))));
  }
  assert.deepEqual(trees[0], trees[1]);
  assert.ok((trees[0]?.length ?? 0) > 10);
});
