// What every snapshotter promises, held against every driver that this machine can run: overlays of the kernel and of
// fuse-overlayfs, btrfs on a file of its own, plain copies.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { probeDriver } from '../../src/store/snapshots/probe-drivers.ts';
import type { DriverName, Mount } from '../../src/store/snapshots/snapshotter.ts';
import { mountAt, unmount } from '../../src/sys/mounts.ts';
import { inUserNamespace } from '../../src/sys/user-namespace.ts';
import { setAttributeOf } from '../../src/sys/xattrs.ts';
import { diskTree } from '../builders/disk-tree.ts';
import {
  openTestSnapshots,
  shownSnapshot,
  type TestSnapshots,
  unpackInto,
  withMounted,
} from '../builders/snapshots.ts';
import { makeTar, type TarMember } from '../builders/tar.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
const btrfs = join(folder, 'btrfs');

before(() => {
  execFileSync(join(import.meta.dirname, '../../scripts/test-tools.sh'), { stdio: 'inherit' });
  if (inUserNamespace()) return;
  mkdirSync(btrfs);
  const image = join(folder, 'btrfs.img');
  writeFileSync(image, '');
  truncateSync(image, 256 * 1024 * 1024);
  execFileSync('mkfs.btrfs', ['-q', image], { stdio: 'ignore' });
  execFileSync('mount', ['-o', 'loop', image, btrfs]);
});
after(() => {
  unmount(btrfs);
  rmSync(folder, { recursive: true });
});

/** Ordinary users cannot mount btrfs, nor have /dev/fuse everywhere; the suite is run as one too (test/cli/as-user.test.ts). */
const drivers: readonly DriverName[] = inUserNamespace()
  ? (['overlay', 'vfs', 'fuse-overlayfs'] as const).filter(
      (driver) => probeDriver(driver, folder, process.env['PATH']).works,
    )
  : ['overlay', 'vfs', 'btrfs', 'fuse-overlayfs'];

let count = 0;

/** A fresh place for snapshots on a file system that the driver works on. */
function placeFor(driver: DriverName): string {
  const place = join(driver === 'btrfs' ? btrfs : folder, `place-${count++}`);
  mkdirSync(place);
  return place;
}

/** Runs `change` with an active snapshot mounted. */
function changed(
  snapshots: TestSnapshots,
  [mount]: readonly Mount[],
  change: (root: string) => void,
): void {
  assert.ok(mount);
  const root = mkdtempSync(join(snapshots.folder, 'changed-'));
  mountAt(mount, root);
  try {
    change(root);
  } finally {
    unmount(root);
  }
}

const names = (snapshots: TestSnapshots): readonly string[] =>
  snapshots.snapshotter
    .list()
    .map(({ name }) => name)
    .sort();

/** What a crash left beside what is known: folders without a row. */
function strayFolders(snapshots: TestSnapshots, driver: DriverName): number {
  const folders = readdirSync(join(snapshots.folder, driver)).filter((name) => /^\d+$/.test(name));
  return folders.length - snapshots.snapshotter.list().length;
}

const lower: readonly TarMember[] = [
  { name: './', mode: 0o750, uid: 3, mtime: 1_500_000_000 },
  { name: 'd/', mode: 0o1777, uid: 5, gid: 6 },
  { name: 'd/a', body: 'a', mode: 0o4755, uid: 1 },
  { name: 'd/b', body: 'b', pax: { 'SCHILY.xattr.user.note': 'x', mtime: '1600000000.5' } },
  { name: 'd/hard', type: '1', linkName: 'd/b' },
  { name: 'e/' },
  { name: 'e/old', body: 'old' },
  { name: 'link', type: '2', linkName: 'd' },
  { name: 'null', type: '3', device: [1, 3] },
  { name: 'pipe', type: '6' },
];
const upper: readonly TarMember[] = [
  { name: 'd/.wh.a' },
  { name: 'link/c', body: 'through a link' },
  { name: 'e/.wh..wh..opq' },
  { name: 'e/new', body: 'new' },
  { name: 'again', type: '1', linkName: 'd/b' },
];

/** The tree of both layers, by an independent way: plain copies, in which nothing is hidden. */
async function expectedTree(): Promise<readonly string[]> {
  using plain = openTestSnapshots('vfs', placeFor('vfs'));
  const { top } = await unpackInto(plain, [{ tar: makeTar(lower) }, { tar: makeTar(upper) }]);
  return await shownSnapshot(plain, top);
}

/** Overlays leave other names of a file behind when one is copied up. */
const comparable = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => line.replace(/ = ".*?"/, ' '));

for (const driver of drivers) {
  describe(driver, () => {
    test('what is prepared can be changed, committed, built on and removed', async () => {
      using snapshots = openTestSnapshots(driver, placeFor(driver));
      const { snapshotter } = snapshots;
      changed(snapshots, await snapshotter.prepare('one'), (root) => {
        writeFileSync(join(root, 'file'), 'first');
        mkdirSync(join(root, 'folder'));
        writeFileSync(join(root, 'folder/inner'), 'inner');
        linkSync(join(root, 'file'), join(root, 'hard'));
        symlinkSync('file', join(root, 'soft'));
      });
      assert.equal(snapshotter.stat('one')?.kind, 'active');
      await snapshotter.commit('layer-1', 'one');
      assert.equal(snapshotter.stat('one'), undefined);
      assert.equal(snapshotter.stat('layer-1')?.kind, 'committed');
      changed(snapshots, await snapshotter.prepare('two', 'layer-1'), (root) => {
        assert.equal(readFileSync(join(root, 'folder/inner'), 'utf8'), 'inner');
        writeFileSync(join(root, 'file'), 'second');
        rmSync(join(root, 'folder'), { recursive: true });
        mkdirSync(join(root, 'folder'));
        writeFileSync(join(root, 'folder/other'), 'other');
        chmodSync(join(root, 'folder'), 0o711);
        chownSync(join(root, 'folder'), 12, 34);
        utimesSync(join(root, 'folder'), 1000, 2000);
      });
      // The parent is as it was.
      await withMounted(snapshots, 'layer-1', (root) => {
        assert.equal(readFileSync(join(root, 'file'), 'utf8'), 'first');
        assert.deepEqual(readdirSync(join(root, 'folder')), ['inner']);
        assert.throws(() => writeFileSync(join(root, 'file'), 'x'), { code: 'EROFS' });
      });
      await snapshotter.commit('layer-2', 'two');
      assert.equal(snapshotter.stat('layer-2')?.parent, 'layer-1');
      await withMounted(snapshots, 'layer-2', (root) => {
        assert.deepEqual(readdirSync(root).sort(), ['file', 'folder', 'hard', 'soft']);
        assert.deepEqual(readdirSync(join(root, 'folder')), ['other']);
        const { mode, uid, gid, mtimeMs } = statSync(join(root, 'folder'));
        assert.deepEqual([mode & 0o7777, uid, gid, mtimeMs], [0o711, 12, 34, 2_000_000]);
      });
      const { bytes } = await snapshotter.usage('layer-2');
      assert.ok(bytes > 0);
      await assert.rejects(snapshotter.remove('layer-1'), { code: 'PL0725' });
      await snapshotter.remove('layer-2');
      await snapshotter.remove('layer-1');
      await snapshotter.remove('layer-1');
      assert.deepEqual(names(snapshots), []);
      assert.equal(strayFolders(snapshots, driver), 0);
    });

    test('keys and parents are what they must be', async () => {
      using snapshots = openTestSnapshots(driver, placeFor(driver));
      const { snapshotter } = snapshots;
      await snapshotter.prepare('a');
      await assert.rejects(snapshotter.prepare('a'), { code: 'PL0722' });
      await assert.rejects(snapshotter.prepare('b', 'nowhere'), { code: 'PL0723' });
      await assert.rejects(snapshotter.prepare('b', 'a'), { code: 'PL0723' }, 'a is not committed');
      await assert.rejects(snapshotter.view('b', 'nowhere'), { code: 'PL0723' });
      await assert.rejects(snapshotter.mounts('nowhere'), { code: 'PL0723' });
      await assert.rejects(snapshotter.commit('c', 'nowhere'), { code: 'PL0723' });
      await assert.rejects(snapshotter.usage('nowhere'), { code: 'PL0723' });
      await snapshotter.commit('c', 'a');
      await assert.rejects(snapshotter.commit('d', 'c'), { code: 'PL0723' }, 'committed already');
      await snapshotter.prepare('again');
      await snapshotter.commit('c', 'again');
      assert.deepEqual(names(snapshots), ['c'], 'the second of one name is dropped');
      assert.deepEqual(await snapshotter.mounts('c').catch(() => 'none'), 'none');
      await snapshotter.view('v', 'c');
      assert.deepEqual(
        (await snapshotter.mounts('v')).map(({ options }) => options.includes('ro')),
        [true],
      );
      await snapshotter.remove('v');
      await snapshotter.remove('c');
      assert.equal(strayFolders(snapshots, driver), 0);
    });

    test('what is disposable is mounted as often as one likes and keeps what was written', async () => {
      using snapshots = openTestSnapshots(driver, placeFor(driver));
      const { snapshotter } = snapshots;
      await snapshotter.prepare('new');
      await snapshotter.commit('below', 'new');
      await snapshotter.prepare('a', 'below');
      for (const name of ['first', 'second']) {
        changed(snapshots, await snapshotter.mounts('a', { disposable: true }), (root) => {
          writeFileSync(join(root, name), name);
          assert.ok(existsSync(join(root, 'first')));
        });
      }
      const options = (await snapshotter.mounts('a', { disposable: true }))[0]?.options ?? [];
      assert.equal(options.includes('volatile'), driver === 'overlay', 'since Linux 5.10');
      await snapshotter.remove('a');
      await snapshotter.remove('below');
      assert.equal(strayFolders(snapshots, driver), 0);
    });

    test('unpacked layers are what they say: whiteouts, opaque folders, links, metadata', async () => {
      using snapshots = openTestSnapshots(driver, placeFor(driver));
      const { top } = await unpackInto(snapshots, [
        { tar: makeTar(lower) },
        { tar: makeTar(upper) },
      ]);
      const shown = {
        withoutAttributes: /^(trusted\.overlay|user\.overlay|user\.fuseoverlayfs)\./,
      };
      const found = await shownSnapshot(snapshots, top, shown);
      assert.deepEqual(comparable(found), comparable(await expectedTree()));
      // What a container then changes lies on top.
      changed(snapshots, await snapshots.snapshotter.prepare('run', top), (root) => {
        rmSync(join(root, 'e'), { recursive: true });
        writeFileSync(join(root, 'd/b'), 'changed');
        setAttributeOf(join(root, 'd/b'), 'user.more', Buffer.from('y'));
      });
      await snapshots.snapshotter.commit('changed', 'run');
      const lines = await shownSnapshot(snapshots, 'changed', shown);
      assert.ok(!lines.some((line) => line.startsWith('"/e')));
      assert.match(lines.find((line) => line.startsWith('"/d/b"')) ?? '', /user\.more=79/);
    });

    test('a hundred and thirty layers, each with a file of its own', async () => {
      using snapshots = openTestSnapshots(driver, placeFor(driver));
      const layers = Array.from({ length: 130 }, (_, at) => ({
        tar: makeTar([
          { name: `f${at}`, body: String(at) },
          ...(at > 0 ? [{ name: `.wh.g${at - 1}` }] : []),
          { name: `g${at}` },
        ]),
      }));
      const { top } = await unpackInto(snapshots, layers);
      await withMounted(snapshots, top, (root) => {
        assert.equal(readdirSync(root).length, 131);
        assert.equal(readFileSync(join(root, 'f7'), 'utf8'), '7');
      });
      changed(snapshots, await snapshots.snapshotter.prepare('run', top), (root) => {
        writeFileSync(join(root, 'new'), 'x');
        rmSync(join(root, 'f0'));
        assert.ok(!existsSync(join(root, 'f0')));
      });
      await snapshots.snapshotter.remove('run');
    });

    test('what a killed process was making is removed, what it had finished stays', async () => {
      const place = placeFor(driver);
      using snapshots = openTestSnapshots(driver, place);
      const { top } = await unpackInto(snapshots, [{ tar: makeTar(lower) }]);
      const child = spawn(process.execPath, [
        join(import.meta.dirname, 'half-made.ts'),
        driver,
        place,
        top,
      ]);
      child.stderr.pipe(process.stderr);
      await once(child.stdout, 'data');
      assert.equal(await snapshots.snapshotter.heal(), 0, 'it still works on them');
      assert.equal(names(snapshots).length, 3);
      child.kill('SIGKILL');
      await once(child, 'exit');
      assert.equal(await snapshots.snapshotter.heal(), 1);
      assert.deepEqual(names(snapshots), ['kept', top].sort());
      assert.equal(strayFolders(snapshots, driver), 0);
    });

    test('two processes that unpack the same layers at once share them', async () => {
      const place = placeFor(driver);
      const layers = [
        { tar: makeTar(lower) },
        { tar: makeTar(upper) },
        { tar: makeTar([{ name: 'x' }]) },
      ];
      using first = openTestSnapshots(driver, place);
      using second = openTestSnapshots(driver, place);
      const [one, two] = await Promise.all([
        unpackInto(first, layers),
        unpackInto(second, layers.slice(0, 2)),
      ]);
      assert.notEqual(one.top, two.top);
      assert.equal(names(first).length, 3);
      assert.equal(strayFolders(first, driver), 0);
      const shown = { withoutAttributes: /overlay/ };
      assert.deepEqual(
        comparable(await shownSnapshot(second, two.top, shown)),
        comparable(await expectedTree()),
      );
    });

    test('nothing stays mounted', () => {
      const left = readFileSync('/proc/self/mounts', 'utf8')
        .split('\n')
        .filter((line) => line.includes(folder) && !line.includes(' btrfs '));
      assert.deepEqual(left, []);
    });
  });
}

test('both ways to mount more layers than a page of options has room for show the same', async () => {
  using snapshots = openTestSnapshots('overlay', placeFor('overlay'));
  const layers = Array.from({ length: 90 }, (_, at) => ({
    tar: makeTar([{ name: `f${at}`, body: 'x' }]),
  }));
  const { top } = await unpackInto(snapshots, layers);
  const [mount] = await snapshots.snapshotter.view('v', top);
  assert.ok(mount);
  const root = join(snapshots.folder, 'root');
  mkdirSync(root);
  const seen = [false, true].map((shortened) => {
    mountAt(mount, root, { shortened });
    try {
      return diskTree(root).length;
    } finally {
      unmount(root);
    }
  });
  assert.deepEqual(seen, [91, 91]);
});
