import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { makeLayout } from '../../test/builders/oci-layout.ts';
import {
  descriptorOf,
  nameOf,
  scratchFolder,
  scratchStore,
  storeLayoutBlobs,
} from '../../test/builders/stored-image.ts';
import { makeTar, type TarMember } from '../../test/builders/tar.ts';
import { checkLayers } from './check-layers.ts';
import { openSnapshots } from './snapshots/open-snapshots.ts';
import type { Store } from './store.ts';
import { checkStore } from './store-check.ts';
import { blobPath } from './store-layout.ts';
import { repairStore } from './store-repair.ts';
import { unpackLayers } from './unpack/unpack-layers.ts';

const { signal } = new AbortController();
const options = { signal, now: () => Date.now(), threads: 1 };

const members: readonly (readonly TarMember[])[] = [
  [
    { name: 'etc/' },
    { name: 'etc/a', body: 'first' },
    { name: 'etc/a', body: 'the last of a name counts' },
    { name: 'etc/link', type: '2', linkName: 'a' },
    { name: 'etc/hard', type: '1', linkName: 'etc/a' },
    { name: 'big', body: Buffer.alloc(3_000_000, 7) },
    { name: 'lib', type: '2', linkName: 'usr/lib' },
    { name: 'usr/lib/x', body: 'x' },
  ],
  [
    { name: 'etc/.wh.a' },
    { name: 'etc/b', body: 'b' },
    { name: 'lib/behind', body: 'a link' },
    { name: 'empty', body: '' },
  ],
];

/** An image that is unpacked by whatever driver works here. */
async function unpacked(context: TestContext, root: string): Promise<Store> {
  const store = await scratchStore(context, root);
  const layout = makeLayout();
  const tars = members.map((layer) => makeTar(layer));
  const manifest = layout.image(
    tars.map((tar) => ({
      stored: gzipSync(tar),
      tar,
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    })),
  );
  const lease = await store.lease();
  await storeLayoutBlobs(store, lease, layout);
  store.images.put([nameOf('a')], descriptorOf(manifest));
  const { snapshotter } = openSnapshots(store, { now: options.now, path: process.env['PATH'] });
  const json: { layers: { digest: `sha256:${string}`; size: number; mediaType: string }[] } =
    JSON.parse(String(store.content.read(descriptorOf(manifest).digest)));
  const diffs: { rootfs: { diff_ids: `sha256:${string}`[] } } = JSON.parse(
    String(store.content.read(store.images.find('a')?.image.id ?? 'sha256:')),
  );
  await unpackLayers(
    snapshotter,
    json.layers.map((blob, at) => ({
      blob,
      diffId: diffs.rootfs.diff_ids[at] ?? 'sha256:',
      open: async () => ({ path: blobPath(store.layout, blob.digest), size: blob.size }),
    })),
    { signal, target: 'a' },
  );
  lease.release();
  return store;
}

/** Where the file of a layer is. */
function fileOf({ layout, snapshotRows }: Store, path: string): string {
  const found = snapshotRows
    .list()
    .map(({ driver, id }) => join(layout.snapshots, driver, String(id), 'fs', path))
    .find((place) => existsSync(place));
  assert.ok(found, path);
  return found;
}

test('unpacked layers are what their blobs say, until somebody changes them', async (context) => {
  const folder = scratchFolder(context);
  const cases: readonly (readonly [what: string, damage: (store: Store) => void, note: RegExp])[] =
    [
      [
        'a file is empty',
        (store) => truncateSync(fileOf(store, 'etc/b'), 0),
        /^\/etc\/b has 0 bytes, expected 1$/,
      ],
      [
        'a file is gone',
        (store) => rmSync(fileOf(store, 'usr/lib/x')),
        /^\/usr\/lib\/x is missing$/,
      ],
      [
        'zeros at the end of a long file',
        (store) => {
          const path = fileOf(store, 'big');
          truncateSync(path, 2_990_000);
          appendFileSync(path, Buffer.alloc(10_000));
        },
        /^\/big has other bytes$/,
      ],
      [
        'a folder is gone',
        (store) => rmSync(dirname(fileOf(store, 'etc/hard')), { recursive: true }),
        /^\/etc is missing$/,
      ],
      [
        'a link leads elsewhere',
        (store) => {
          const path = fileOf(store, 'etc/link');
          rmSync(path);
          symlinkSync('/etc/shadow', path);
        },
        /^\/etc\/link leads elsewhere$/,
      ],
      [
        'a link in the place of a file',
        (store) => {
          const path = fileOf(store, 'empty');
          rmSync(path);
          symlinkSync('/etc/hostname', path);
        },
        /^\/empty is no file$/,
      ],
    ];
  for (const [at, [what, damage, note]] of cases.entries()) {
    const root = join(folder, String(at));
    const store = await unpacked(context, root);
    const whole = await checkLayers(store, { signal });
    assert.deepEqual(whole.problems, [], what);
    assert.equal(whole.layers, 2);
    assert.ok(whole.files >= 8, String(whole.files));
    damage(store);
    const { problems, torn } = await checkLayers(store, { signal });
    assert.equal(problems.length, 1, what);
    assert.match(problems[0]?.notes?.[0] ?? '', note, what);
    assert.equal(torn.length, 1, what);
    const quick = await checkStore(store, { ...options, quick: false });
    assert.deepEqual(quick.problems, [], 'blobs are whole');
    store.close();
    if (at > 0) continue;
    await repairStore(root, { ...options, layers: true });
    const again = await scratchStore(context, root);
    assert.deepEqual((await checkLayers(again, { signal })).problems, []);
    assert.equal(again.images.list().length, 1, 'the image stays');
    again.close();
  }
});

test('an image that is not unpacked has nothing to compare', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  mkdirSync(join(store.layout.snapshots, 'vfs'), { recursive: true });
  writeFileSync(join(store.layout.snapshots, 'vfs', 'x'), '');
  assert.deepEqual(await checkLayers(store, { signal }), {
    problems: [],
    torn: [],
    layers: 0,
    files: 0,
  });
});
