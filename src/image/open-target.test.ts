import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import {
  dockerArchive,
  layoutArchive,
  makeLayout,
  writeLayout,
} from '../../test/builders/oci-layout.ts';
import { makeTar } from '../../test/builders/tar.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Target } from './image.ts';
import { indexLayers, mergeLayers } from './merge.ts';
import type { OpenTargetOptions } from './open-files.ts';
import { openTarget } from './open-target.ts';
import { parsePlatform } from './platform.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();

function fileOf(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Paths and texts of all files of the target's image. */
async function contentOf(target: Target): Promise<Readonly<Record<string, string>>> {
  assert.ok('layers' in target, `${target.kind} has no layers`);
  try {
    const inspect = async (entry: { read(): Promise<Uint8Array> }) =>
      Buffer.from(await entry.read()).toString();
    const { layers } = target;
    const tree = mergeLayers(await indexLayers(layers, { signal, inspect }), { layers, signal });
    const files = [...tree.walk()].filter(({ type }) => type === 'file');
    for (const { path } of files) {
      const read = await tree.read(path, 1000);
      assert.equal(Buffer.from(read ?? []).toString(), tree.payload(path), path);
    }
    return Object.fromEntries(files.map(({ path }) => [path, tree.payload(path) ?? '']));
  } finally {
    await target.close();
  }
}

async function rejects(
  reference: string,
  code: string,
  message: RegExp,
  options: Partial<OpenTargetOptions> = {},
): Promise<PlimsollError> {
  let caught: unknown;
  try {
    const target = await openTarget(reference, { signal, ...options });
    await contentOf(target);
  } catch (error) {
    caught = error;
  }
  assert.ok(caught instanceof PlimsollError, String(caught));
  assert.equal(caught.code, code, caught.message);
  const { at, notes = [], help } = caught.diagnostic;
  assert.match([caught.message, at?.path ?? '', ...notes, help ?? ''].join('\n'), message);
  return caught;
}

const lower = makeTar([{ name: 'a/' }, { name: 'a/x', body: 'low' }, { name: 'b', body: 'low' }]);
const upper = makeTar([
  { name: 'a/.wh.x' },
  { name: 'b', body: 'high' },
  { name: 'c', type: '1', linkName: 'b' },
]);
const merged = { '/b': 'high', '/c': 'high' };

/** One image with layers compressed by `pack`. */
function layoutOf(pack: (tar: Buffer) => Uint8Array, mediaType: string) {
  const layout = makeLayout();
  const layers = [lower, upper].map((tar) => ({ tar, stored: pack(tar), mediaType }));
  layout.index([
    { ...layout.image(layers), annotations: { 'org.opencontainers.image.ref.name': 'v1' } },
  ]);
  return layout;
}
const gzipped = layoutOf(gzipSync, 'application/vnd.oci.image.layer.v1.tar+gzip');

test('layouts and archives with plain, gzip, many-member gzip and zstd layers', async () => {
  const members = (tar: Buffer) =>
    Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]);
  const frames = (tar: Buffer) =>
    Buffer.concat([
      zstdCompressSync(tar.subarray(0, 700)),
      zstdCompressSync(tar.subarray(700)),
      Buffer.from('502a4d180400000001020304', 'hex'),
    ]);
  const packs: readonly [string, (tar: Buffer) => Uint8Array][] = [
    ['tar', (tar) => tar],
    ['tar+gzip', gzipSync],
    ['tar+gzip', members],
    ['tar+zstd', zstdCompressSync],
    ['tar+zstd', frames],
  ];
  for (const [at, [type, pack]] of packs.entries()) {
    const layout = layoutOf(pack, `application/vnd.oci.image.layer.v1.${type}`);
    const root = join(folder, `layout-${at}`);
    writeLayout(layout, root);
    for (const reference of [root, `oci:${root}`, `oci:${root}:v1`]) {
      const target = await openTarget(reference, { signal });
      assert.equal(target.kind, 'oci-layout');
      assert.deepEqual(await contentOf(target), merged, `${reference} ${type}`);
    }
    const archive = fileOf(`layout-${at}.tar`, layoutArchive(layout));
    const target = await openTarget(`oci-archive:${archive}:v1`, { signal });
    assert.equal(target.kind, 'oci-archive');
    assert.deepEqual(await contentOf(target), merged);
  }
});

test('docker archives, also compressed and from standard input; nothing is left behind', async () => {
  const bytes = dockerArchive([lower, upper]);
  const spools = join(folder, 'spools');
  mkdirSync(spools);
  for (const [name, packed] of [
    ['d.tar', bytes],
    ['d.tar.gz', gzipSync(bytes)],
    ['d.tar.zst', zstdCompressSync(bytes)],
  ] as const) {
    const target = await openTarget(`${fileOf(name, packed)}:debian:12`, {
      signal,
      temporaryFolder: spools,
    });
    assert.equal(target.kind, 'docker-archive');
    assert.deepEqual(await contentOf(target), merged);
    const stdin = (async function* () {
      for (let at = 0; at < packed.length; at += 1000) yield packed.subarray(at, at + 1000);
    })();
    assert.deepEqual(
      await contentOf(await openTarget('-', { signal, stdin, temporaryFolder: spools })),
      merged,
    );
  }
  assert.deepEqual(readdirSync(spools), []);
});

test('the oldest docker archives: repositories, and a chain of parents', async () => {
  const archive = makeTar([
    { name: 'repositories', body: JSON.stringify({ busybox: { latest: 'top' } }) },
    {
      name: 'top/json',
      body: JSON.stringify({
        id: 'top',
        parent: 'base',
        os: 'linux',
        architecture: 'amd64',
        config: { Cmd: ['sh'] },
      }),
    },
    { name: 'top/layer.tar', body: upper },
    { name: 'base/json', body: JSON.stringify({ id: 'base' }) },
    { name: 'base/layer.tar', body: lower },
  ]);
  const target = await openTarget(`docker-archive:${fileOf('old.tar', archive)}:busybox`, {
    signal,
  });
  assert.ok('config' in target);
  assert.deepEqual(target.config.cmd, ['sh']);
  assert.deepEqual(target.names, ['busybox:latest']);
  assert.deepEqual(await contentOf(target), merged);
});

test('platforms: nested indexes, variants, attestations; what there is is told', async () => {
  const layout = makeLayout();
  const image = (platform: Readonly<Record<string, string>>, text: string) => {
    const tar = makeTar([{ name: 'p', body: text }]);
    return { ...layout.image([{ tar, stored: tar }], platform), platform };
  };
  const inner = layout.json(
    {
      schemaVersion: 2,
      manifests: [
        image({ os: 'linux', architecture: 'amd64' }, 'amd64'),
        image({ os: 'linux', architecture: 'arm64', variant: 'v8' }, 'arm64'),
        image({ os: 'linux', architecture: 'arm', variant: 'v6' }, 'armv6'),
        {
          ...image({ os: 'unknown', architecture: 'unknown' }, 'proof'),
          annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
        },
      ],
    },
    'application/vnd.oci.image.index.v1+json',
  );
  layout.index([inner]);
  const root = join(folder, 'platforms');
  writeLayout(layout, root);
  const wanted: readonly [string, string][] = [
    ['amd64', 'amd64'],
    ['arm64', 'arm64'],
    ['linux/arm64/v8', 'arm64'],
    ['arm/v7', 'armv6'],
    ['x86_64', 'amd64'],
  ];
  for (const [text, expected] of wanted) {
    const platform = parsePlatform(text);
    assert.ok(platform);
    assert.deepEqual(await contentOf(await openTarget(root, { signal, platform })), {
      '/p': expected,
    });
  }
  for (const text of ['s390x', 'arm/v5']) {
    const platform = parsePlatform(text);
    assert.ok(platform);
    await rejects(root, 'PL0104', /linux\/amd64, linux\/arm64\/v8, linux\/arm\/v6/, { platform });
  }
  const single = makeLayout();
  const tar = makeTar([{ name: 'p', body: 's390x' }]);
  single.index([single.image([{ tar, stored: tar }], { os: 'linux', architecture: 's390x' })]);
  writeLayout(single, join(folder, 'foreign'));
  assert.deepEqual(await contentOf(await openTarget(join(folder, 'foreign'), { signal })), {
    '/p': 's390x',
  });
});

test('several images: by name, else the names are listed', async () => {
  const layout = makeLayout();
  layout.index(
    ['v1', 'v2'].map((name) => {
      const tar = makeTar([{ name: 'n', body: name }]);
      return {
        ...layout.image([{ tar, stored: tar }]),
        annotations: { 'org.opencontainers.image.ref.name': name },
      };
    }),
  );
  const path = fileOf('several.tar', layoutArchive(layout));
  await rejects(path, 'PL0101', /there are: v1, v2/);
  await rejects(`${path}:v3`, 'PL0101', /there are: v1, v2/);
  assert.deepEqual(await contentOf(await openTarget(`${path}:v2`, { signal })), { '/n': 'v2' });
});

const rootTar = makeTar([
  { name: './' },
  { name: './etc/' },
  { name: './etc/os-release', body: 'ID=x' },
  { name: './usr/bin/tool', body: 'tool' },
  { name: './bin', type: '2', linkName: 'usr/bin' },
  { name: './usr/bin/twin', type: '1', linkName: './usr/bin/tool' },
]);
const rootFiles = { '/etc/os-release': 'ID=x', '/usr/bin/tool': 'tool', '/usr/bin/twin': 'tool' };

test('root file systems as tar: compressed or not, from a file or standard input', async () => {
  for (const [name, bytes] of [
    ['r.tar', rootTar],
    ['r.tar.gz', gzipSync(rootTar)],
    ['r.tar.zst', zstdCompressSync(rootTar)],
    // The first member does not tell.
    ['odd-first.tar', makeTar([{ name: 'app/' }, { name: 'etc/' }, { name: 'etc/x', body: 'x' }])],
    ['odd-first.tar.gz', gzipSync(makeTar([{ name: 'app/x', body: 'y' }, { name: 'usr/y' }]))],
  ] as const) {
    const path = fileOf(name, bytes);
    const files = name.startsWith('r.')
      ? rootFiles
      : name.endsWith('gz')
        ? { '/app/x': 'y', '/usr/y': '' }
        : { '/etc/x': 'x' };
    for (const reference of [path, `tar:${path}`, '-', 'tar:-']) {
      const stdin = (async function* () {
        for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
      })();
      const target = await openTarget(reference, { signal, stdin, temporaryFolder: folder });
      assert.equal(target.kind, 'root-archive', reference);
      assert.deepEqual(await contentOf(target), files, reference);
    }
  }
});

test('tar: takes any archive as a root file system', async () => {
  const target = await openTarget(`tar:${fileOf('any.tar', makeTar([{ name: 'x', body: 'y' }]))}`, {
    signal,
  });
  assert.deepEqual(await contentOf(target), { '/x': 'y' });
  const image = fileOf('image.tar', layoutArchive(gzipped));
  for (const [reference, kind] of [
    [image, 'oci-archive'],
    [`tar:${image}`, 'root-archive'],
  ] as const) {
    const opened = await openTarget(reference, { signal });
    assert.ok('close' in opened);
    await opened.close();
    assert.equal(opened.kind, kind);
  }
});

test('a damaged root file system names the archive, not a layer', async () => {
  const cut = rootTar.subarray(0, 1400);
  const error = await rejects(fileOf('cut.tar', cut), 'PL0202', /expected a header/);
  assert.equal(error.diagnostic.at?.layer, undefined);
  assert.match(error.diagnostic.at?.target ?? '', /cut\.tar$/);
});

test('wrong references say what to do', async () => {
  const root = join(folder, 'wrong');
  mkdirSync(join(root, 'rootfs'), { recursive: true });
  await rejects(join(root, 'rotfs'), 'PL0101', /did you mean .*rootfs/);
  await rejects('redis:8', 'PL0101', /skopeo copy docker:\/\/redis:8/);
  await rejects('docker://redis', 'PL0101', /docker:\/\/redis/);
  await rejects(`oci:${root}`, 'PL0102', /expected oci-layout/);
  await rejects(fileOf('text', Buffer.from('hello '.repeat(200))), 'PL0102', /none of the kinds/);
  await rejects(fileOf('empty', Buffer.alloc(0)), 'PL0102', /found an empty file/);
  symlinkSync('nowhere', join(root, 'dangling'));
  await rejects(join(root, 'dangling'), 'PL0101', /symbolic link to nowhere/);
  symlinkSync('loop', join(root, 'loop'));
  await rejects(join(root, 'loop'), 'PL0101', /too many symbolic links/);
  await rejects(join(root, 'loop', 'x'), 'PL0101', /too many symbolic links/);
  const odd = fileOf('odd.tar', makeTar([{ name: 'app/x' }]));
  await rejects(odd, 'PL0102', /tar:.*odd\.tar/);
  await rejects(`tar:${odd}:v1`, 'PL0102', /no image named v1/);
  await rejects(`oci-archive:${fileOf('root.tar', rootTar)}`, 'PL0102', /no image/);
  await rejects(`tar:${fileOf('no.tar', Buffer.alloc(600, 1))}`, 'PL0202', /no tar archive/);
  await rejects(`tar:${root}`, 'PL0102', /is a directory/);
});

/** The gzip layout with one file changed. */
function changed(name: string, change: (files: Map<string, Buffer>) => void): string {
  const files = new Map(gzipped.files);
  change(files);
  return fileOf(name, layoutArchive({ ...gzipped, files }));
}

test('damage names the layer, the path and what was expected', async () => {
  const blobs = [...gzipped.files.keys()].filter((name) => name.startsWith('blobs/'));
  // Written in this order: configuration, layers, manifest.
  const [config = '', layer = '', , manifest = ''] = blobs;
  const bytes = (name: string) => Buffer.from(gzipped.files.get(name) ?? []);
  const digest = `sha256:${layer.slice('blobs/sha256/'.length)}`;
  await rejects(
    changed('1.tar', (files) => files.delete(layer)),
    'PL0106',
    new RegExp(layer),
  );
  await rejects(
    changed('2.tar', (files) => files.delete(manifest)),
    'PL0106',
    new RegExp(manifest),
  );
  await rejects(
    changed('3.tar', (files) => files.set(config, Buffer.from('{}'))),
    'PL0105',
    /expected sha256:/,
  );
  const cut = await rejects(
    changed('4.tar', (files) => files.set(layer, bytes(layer).subarray(0, 60))),
    'PL0105',
    /size of the layer/,
  );
  assert.equal(cut.diagnostic.at?.layer, digest.slice(7, 19));
  const flipped = bytes(layer);
  flipped[30] = (flipped[30] ?? 0) ^ 0x40;
  const damaged = await rejects(
    changed('5.tar', (files) => files.set(layer, flipped)),
    'PL0203',
    /gzip/,
  );
  assert.equal(damaged.diagnostic.at?.layer, digest.slice(7, 19));
  await rejects(
    changed('6.tar', (files) =>
      files.set(layer, gzipSync(lower, { level: 0 }).subarray(0, bytes(layer).length)),
    ),
    'PL0203',
    /gzip/,
  );
  await rejects(
    changed('7.tar', (files) => files.set('index.json', Buffer.from('{"manifests":[{}]}'))),
    'PL0108',
    /manifests\[0\]: expected a sha256/,
  );
  await rejects(
    changed('8.tar', (files) => files.set('index.json', Buffer.from('{'))),
    'PL0205',
    /expected JSON/,
  );
  await rejects(fileOf('9.tar', layoutArchive(gzipped).subarray(0, 1100)), 'PL0202', /expected/);
});

test('a layer that is not what its diffID says, and a schema 1 manifest', async () => {
  const layout = makeLayout();
  layout.index([layout.image([{ tar: upper, stored: lower }])]);
  await rejects(fileOf('diff.tar', layoutArchive(layout)), 'PL0105', /diffID of the layer/);
  const old = makeLayout();
  old.index([
    old.json(
      { schemaVersion: 1, fsLayers: [] },
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
    ),
  ]);
  await rejects(fileOf('schema1.tar', layoutArchive(old)), 'PL0108', /schema 1/);
});

test('a signal stops opening and reading', async () => {
  const stop = new AbortController();
  const never: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
  };
  const opening = openTarget('-', { signal: stop.signal, stdin: never, temporaryFolder: folder });
  setTimeout(() => stop.abort(), 20);
  await assert.rejects(opening, { code: 'PL0002' });
  const path = fileOf('stop.tar', dockerArchive([lower, upper]));
  await rejects(path, 'PL0002', /interrupted/, { signal: stop.signal });
});
