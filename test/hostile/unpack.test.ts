// The layers of advisory-layers.ts, unpacked: the files are those of the analysis's tree, and nothing outside of the
// snapshot is made, changed, followed or removed.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { PlimsollError } from '../../src/diag/plimsoll-error.ts';
import { encodeFileName } from '../../src/lib/file-name.ts';
import type { Limits } from '../../src/lib/limits.ts';
import { inUserNamespace } from '../../src/sys/user-namespace.ts';
import { diskTree } from '../builders/disk-tree.ts';
import { openTestSnapshots, unpackInto, withMounted } from '../builders/snapshots.ts';
import { makeTar, type TarMember } from '../builders/tar.ts';
import { advisoryLayers, up } from './advisory-layers.ts';

/** What layers try to reach: a file and folders that are no part of any store. */
const outside = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
/** Where the stores are. */
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => {
  rmSync(outside, { recursive: true });
  rmSync(folder, { recursive: true });
});
const secret = join(outside, 'secret');
writeFileSync(secret, 'secret', { mode: 0o600 });
mkdirSync(join(outside, 'other'));
writeFileSync(join(outside, 'other/file'), 'other');
const before = diskTree(outside);

/** Files as "path=text", others as the path. */
function shownFiles(root: string): readonly string[] {
  return diskTree(root)
    .slice(1)
    .map((line) => {
      const [, path = '', type] = /^("(?:[^"\\]|\\.)*") (\S+)/.exec(line) ?? [];
      const name = JSON.parse(path) as string;
      const text = (): string =>
        readFileSync(Buffer.concat([Buffer.from(root), encodeFileName(name)])).toString();
      return type === 'file' ? `${name}=${text().slice(0, 100)}` : name;
    });
}

let count = 0;

async function check(
  driver: 'overlay' | 'vfs',
  layers: readonly (readonly TarMember[])[],
  expected: readonly string[] | { readonly refused: string },
): Promise<void> {
  const place = join(folder, String(count++));
  mkdirSync(place);
  using snapshots = openTestSnapshots(driver, place);
  const tars = layers.map((members) => ({ tar: makeTar(members) }));
  const unpacking = unpackInto(snapshots, tars);
  if ('refused' in expected) {
    await assert.rejects(unpacking, { code: expected.refused });
    // Only layers below the one that failed are kept, and nothing half made.
    assert.ok(snapshots.snapshotter.list().every(({ kind }) => kind === 'committed'));
  } else {
    const { top } = await unpacking;
    const found = await withMounted(snapshots, top, shownFiles);
    assert.deepEqual([...found].sort(), [...expected].sort());
  }
  assert.deepEqual(diskTree(outside), before, 'nothing outside has changed');
}

/** Devices are left out for ordinary users. */
const withoutDevices = inUserNamespace() ? /^\/dev\/./ : /^$/;

for (const { title, layers, shown, refused } of advisoryLayers(secret)) {
  test(`unpacked: ${title}`, async () => {
    const expected =
      refused === undefined ? shown.filter((path) => !withoutDevices.test(path)) : { refused };
    for (const driver of ['overlay', 'vfs'] as const) await check(driver, layers, expected);
  });
}

test('names that are no names for the kernel are refused', async () => {
  for (const pax of [{ path: `x\0${up}${secret}` }, { linkpath: 'a\0b' }] as const) {
    await check('overlay', [[{ name: 'x', type: '2', linkName: 'y', pax }]], { refused: 'PL0202' });
  }
});

test('attributes and devices that steer overlays are left out', async () => {
  using snapshots = openTestSnapshots('overlay', mkdtempSync(join(folder, 'steer-')));
  const steering = {
    'SCHILY.xattr.trusted.overlay.redirect': '/other',
    'SCHILY.xattr.trusted.overlay.opaque': 'y',
    'SCHILY.xattr.user.overlay.metacopy': 'x',
    'SCHILY.xattr.user.fuseoverlayfs.opaque': 'y',
    'SCHILY.xattr.user.kept': 'x',
  };
  const { top, problems } = await unpackInto(snapshots, [
    {
      tar: makeTar([{ name: 'd/' }, { name: 'd/below', body: 'x' }, { name: 'hidden', body: 'y' }]),
    },
    {
      tar: makeTar([
        { name: 'd/', pax: steering },
        { name: 'hidden', type: '3', device: [0, 0] },
      ]),
    },
  ]);
  assert.deepEqual(
    problems.map(({ code }) => code),
    problems.map(() => 'PL0729'),
  );
  assert.equal(problems.length, 5);
  const lines = await withMounted(snapshots, top, diskTree);
  assert.deepEqual(
    lines.map((line) => line.split(' ')[0]),
    ['"/"', '"/d"', '"/d/below"', '"/hidden"'],
  );
  assert.match(lines[1] ?? '', / user\.kept=78$/);
});

test('a file with a hole of terabytes takes no room; limits hold', async () => {
  const holes = (size: number): readonly TarMember[] => [
    {
      name: 'x',
      pax: {
        'GNU.sparse.major': '1',
        'GNU.sparse.minor': '0',
        'GNU.sparse.realsize': String(size),
      },
      body: '0\n'.padEnd(512, '\0'),
    },
  ];
  using snapshots = openTestSnapshots('overlay', mkdtempSync(join(folder, 'holes-')));
  const size = 2 ** 36;
  const { top } = await unpackInto(snapshots, [{ tar: makeTar(holes(size)) }]);
  const file = statSync(join(snapshots.snapshotter.directory(top), 'x'));
  assert.equal(file.size, size);
  assert.ok(file.blocks < 16);
  const refused = async (
    members: readonly TarMember[],
    limits: Partial<Limits>,
    name: RegExp,
  ): Promise<void> => {
    const tar = makeTar(members);
    await assert.rejects(
      unpackInto(snapshots, [{ tar, stored: gzipSync(tar) }], limits),
      (error) => {
        assert.ok(error instanceof PlimsollError);
        assert.equal(error.code, 'PL0107');
        assert.match(error.message, name);
        return true;
      },
    );
    assert.deepEqual(
      snapshots.snapshotter.list().map((one) => one.name),
      [top],
    );
  };
  await refused(holes(2 ** 45), {}, /totalBytes/);
  await refused(
    [{ name: 'big', body: Buffer.alloc(1 << 20) }],
    { ratio: 10, ratioFromBytes: 1000 },
    /ratio/,
  );
  await refused(
    [{ name: 'big', body: Buffer.alloc(1 << 20) }],
    { layerBytes: 100_000 },
    /layerBytes/,
  );
  const many = Array.from({ length: 50 }, (_, at) => ({ name: `f${at}` }));
  await refused(many, { entries: 20 }, /entries/);
  await refused([{ name: 'x', pax: { path: 'a/'.repeat(300) } }], {}, /depth/);
});

test('a layer that is not what its diffID says leaves nothing behind', async () => {
  using snapshots = openTestSnapshots('overlay', mkdtempSync(join(folder, 'lie-')));
  const tar = makeTar([{ name: 'a', body: 'x' }]);
  const other = makeTar([{ name: 'a', body: 'y' }]);
  const good = makeTar([{ name: 'b', body: 'b' }]);
  await assert.rejects(
    unpackInto(snapshots, [{ tar: good }, { tar, stored: other }, { tar: good }]),
    {
      code: 'PL0105',
    },
  );
  assert.ok(snapshots.snapshotter.list().length <= 1);
  const cut = gzipSync(tar).subarray(0, -20);
  await assert.rejects(unpackInto(snapshots, [{ tar, stored: cut }]), { code: 'PL0203' });
  assert.ok(snapshots.snapshotter.list().every(({ kind }) => kind === 'committed'));
});

test('nobody else can look into a store: setuid programs of images are in no reach (CVE-2021-41091 moby)', async () => {
  const place = mkdtempSync(join(folder, 'modes-'));
  using snapshots = openTestSnapshots('overlay', place);
  await unpackInto(snapshots, [{ tar: makeTar([{ name: 'su', mode: 0o4755, body: 'x' }]) }]);
  assert.equal(statSync(join(place, 'overlay')).mode & 0o077, 0);
});
