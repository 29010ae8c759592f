import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { makeLayout } from '../../test/builders/oci-layout.ts';
import {
  descriptorOf,
  nameOf,
  putImage,
  scratchFolder,
  scratchStore,
  storeLayoutBlobs,
} from '../../test/builders/stored-image.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { familiarName } from '../image/image-name.ts';
import { thisPlatform } from '../image/platform.ts';
import { blobPath } from './store-layout.ts';

const fails =
  (code: string, message = /./) =>
  (error: unknown) =>
    error instanceof PlimsollError && error.code === code && message.test(error.message);

test('an image has names, an id, and is found by all of them', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const target = await putImage(store, ['redis:8', 'redis'], ['a', 'b'], { Labels: { x: 'y' } });
  store.images.put([nameOf(`redis@${target.digest}`)], target);
  const [image, ...more] = store.images.list();
  assert.ok(image);
  assert.deepEqual(more, []);
  assert.deepEqual(image.tags.map(familiarName), ['redis:8', 'redis:latest']);
  assert.deepEqual(image.digests.map(familiarName), [`redis@${target.digest}`]);
  assert.deepEqual(image.labels, { x: 'y' });
  assert.equal(
    image.contentBytes,
    store.content.list().reduce((sum, { size }) => sum + size, 0),
  );
  const cases: readonly (readonly [text: string, by: string | undefined])[] = [
    ['redis:8', 'tag'],
    ['redis', 'tag'],
    ['docker.io/library/redis:latest', 'tag'],
    [`redis@${target.digest}`, 'digest'],
    [`redis:other@${target.digest}`, 'digest'],
    [image.id, 'id'],
    [image.id.slice(7), 'id'],
    [image.id.slice(7, 12), 'id'],
    [image.id.slice(0, 12), 'id'],
    [target.digest, 'id'],
    ['redis:9', undefined],
    [`other@${target.digest}`, undefined],
    ['sha256:', undefined],
    ['Redis', undefined],
  ];
  for (const [text, by] of cases) {
    const found = store.images.find(text);
    assert.equal(found?.by, by, text);
    if (by !== undefined) assert.equal(found?.image.id, image.id, text);
  }
});

test('a tag that moves leaves a dangling image; removing names and targets', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const old = await putImage(store, ['a:1'], ['old']);
  const next = await putImage(store, ['a:1', 'a:2'], ['new']);
  const tagsOf = new Map(
    store.images.list().map(({ target, tags }) => [target.digest, tags.map(familiarName)]),
  );
  assert.deepEqual(tagsOf.get(old.digest), []);
  assert.deepEqual(tagsOf.get(next.digest), ['a:1', 'a:2']);
  assert.equal(store.images.removeName(nameOf('a:1')), true);
  assert.equal(store.images.removeName(nameOf('a:1')), false);
  assert.equal(store.images.get(nameOf('a:1')), undefined);
  assert.equal(store.images.get(nameOf('a:2'))?.target.digest, next.digest);
  assert.equal(store.images.removeTarget(next.digest), true);
  assert.deepEqual(store.images.names(), []);
  assert.deepEqual(
    store.images.list().map(({ target }) => target.digest),
    [old.digest],
  );
  const copy: { targets: unknown[] } = JSON.parse(readFileSync(store.layout.names, 'utf8'));
  assert.equal(copy.targets.length, 1);
});

test('the beginning of an id that fits several images names them', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  for (let at = 0; at < 17; at++) await putImage(store, [`a:${at}`], [`file${at}`]);
  const first = store.images.list().map(({ id }) => id[7] ?? '');
  const twice = first.find((digit, at) => first.indexOf(digit) !== at) ?? '';
  assert.throws(
    () => store.images.find(twice),
    fails('PL0708', /images have an id that begins with/),
  );
});

test('only what is complete can be put', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const target = await putImage(store, ['a'], ['x']);
  store.images.removeTarget(target.digest);
  const layer = store.content.list().find(({ size }) => size >= 1024);
  assert.ok(layer);
  rmSync(blobPath(store.layout, layer.digest));
  assert.throws(() => store.images.put([nameOf('a')], target), fails('PL0106'));
  assert.deepEqual(store.images.list(), []);
  assert.deepEqual(store.images.names(), []);
});

test('an index is kept whole with the platforms that are there', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const other = thisPlatform().architecture === 'arm64' ? 'amd64' : 'arm64';
  const layout = makeLayout();
  const layer = { stored: Buffer.alloc(1024), tar: Buffer.alloc(1024) };
  const manifests = [thisPlatform().architecture, other, 's390x'].map((architecture) => {
    const platform = { os: 'linux', architecture };
    return { ...layout.image([layer], platform, { Labels: { architecture } }), platform };
  });
  const index = layout.json(
    { schemaVersion: 2, manifests },
    'application/vnd.oci.image.index.v1+json',
  );
  layout.files.delete(`blobs/${manifests[2]?.digest.replace(':', '/')}`);
  const lease = await store.lease();
  await storeLayoutBlobs(store, lease, layout);
  store.images.put([nameOf('multi')], descriptorOf(index));
  lease.release();
  assert.equal(store.images.list().length, 2);
  const find = (architecture?: string) =>
    store.images.find('multi', architecture ? { os: 'linux', architecture } : undefined)?.image
      .platform.architecture;
  assert.equal(find(), thisPlatform().architecture);
  assert.equal(find(other), other);
  assert.throws(() => find('s390x'), fails('PL0104', /no image for linux\/s390x/));
  const direct = store.images.find(`multi@${manifests[1]?.digest}`);
  assert.equal(direct?.image.platform.architecture, other);
});
