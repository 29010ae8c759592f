import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  nameOf,
  putImage,
  scratchFolder,
  scratchStore,
  storeBytes,
} from '../../test/builders/stored-image.ts';
import { collectGarbage } from './collect-garbage.ts';
import type { Store } from './store.ts';
import { blobPath } from './store-layout.ts';

const { signal } = new AbortController();
const collect = (store: Store, more: Partial<Parameters<typeof collectGarbage>[1]> = {}) =>
  collectGarbage(store, { signal, now: Date.now(), ...more });
/** What `--all` does: nothing is kept for a pull that may go on. */
const collectAll = (store: Store) => collect(store, { unfinishedMs: -1000 });

const digests = (store: Store) => store.content.list().map(({ digest }) => digest);

test('what images name stays, what nobody names goes', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  await putImage(store, ['a'], ['shared', 'only in a']);
  const b = await putImage(store, ['b'], ['shared', 'only in b']);
  const before = digests(store).length;
  assert.deepEqual(await collect(store), { blobs: [], snapshots: [], bytes: 0 });
  store.images.removeName(nameOf('b'));
  assert.deepEqual((await collect(store)).blobs, [], 'dangling images stay');
  store.images.removeTarget(b.digest);
  const { blobs, bytes } = await collect(store);
  assert.equal(blobs.length, 3, 'manifest, configuration and the layer of its own');
  assert.equal(
    bytes,
    blobs.reduce((sum, { size }) => sum + size, 0),
  );
  assert.equal(digests(store).length, before - 3);
  assert.equal(store.images.list().length, 1);
  assert.equal(store.database.all('SELECT * FROM manifest').length, 1);
  assert.deepEqual(readdirSync(store.layout.trash), []);
});

test('leases keep blobs as long as their owner lives', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const lease = await store.lease();
  const { digest } = await storeBytes(store, lease, Buffer.from('x'));
  assert.deepEqual((await collectAll(store)).blobs, []);
  lease.release();
  assert.deepEqual((await collect(store)).blobs, [], 'a pull may go on with it');
  const tomorrow = Date.now() + 25 * 3600 * 1000;
  assert.equal((await collect(store, { now: tomorrow })).blobs.length, 1);
  writeFileSync(blobPath(store.layout, digest), 'x');
  assert.deepEqual(
    (await collectAll(store)).blobs.map((blob) => blob.digest),
    [digest],
  );
  assert.deepEqual(readdirSync(store.layout.leases), []);
  // As a killed process leaves it: a row, and a file that nobody has locked.
  const dead = 'd'.repeat(32);
  store.database.write(() => {
    store.database.run('INSERT INTO lease (id, created_ms) VALUES (?, 0)', dead);
    store.database.run('INSERT INTO lease_digest (lease, digest) VALUES (?, ?)', dead, digest);
  });
  writeFileSync(join(store.layout.leases, dead), '');
  const held = await store.lease();
  await storeBytes(store, held, Buffer.from('y'));
  writeFileSync(blobPath(store.layout, digest), 'x');
  assert.deepEqual(
    (await collectAll(store)).blobs.map((blob) => blob.digest),
    [digest],
  );
  assert.deepEqual(readdirSync(store.layout.leases), [held.id]);
  held.release();
});

test('partial downloads stay for a day, nameless ones and trash go at once', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const { ingest, trash } = store.layout;
  const [young, old, held] = ['a', 'b', 'c'].map((digit) =>
    join(ingest, `sha256-${digit.repeat(64)}`),
  );
  assert.ok(young && old && held);
  const twoDaysAgo = Date.now() / 1000 - 2 * 24 * 3600;
  writeFileSync(young, 'young');
  writeFileSync(old, 'old');
  utimesSync(old, twoDaysAgo, twoDaysAgo);
  writeFileSync(join(ingest, 'new-x'), 'of a killed process');
  mkdirSync(join(trash, 'folder/in'), { recursive: true });
  writeFileSync(join(trash, 'file'), '');
  const lease = await store.lease();
  const writer = await store.content.ingest(
    { digest: `sha256:${'c'.repeat(64)}`, size: 9, mediaType: '' },
    { signal, protection: lease },
  );
  utimesSync(held, twoDaysAgo, twoDaysAgo);
  const { bytes } = await collect(store);
  assert.equal(bytes, 'old'.length + 'of a killed process'.length);
  assert.deepEqual(readdirSync(trash), []);
  assert.deepEqual([young, old, held].map(existsSync), [true, false, true]);
  await collect(store, { unfinishedMs: -1000 });
  assert.deepEqual([young, held].map(existsSync), [false, true]);
  await writer?.discard();
  lease.release();
});

test('snapshots go with the images that they are of, the upper ones first', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const a = await putImage(store, ['a'], ['base', 'a']);
  const b = await putImage(store, ['b'], ['base', 'b', 'c']);
  const rows = store.snapshotRows;
  const chains = store.images.list().map(({ chainId = '' }) => chainId);
  const [, layersOfB] = [a, b].map(({ digest }) => digest);
  assert.ok(layersOfB);
  const add = (key: string, parent?: string, kind: 'committed' | 'active' = 'committed') =>
    rows.insert({
      driver: 'vfs',
      key,
      kind,
      bytes: 10,
      createdMs: 1,
      ...(parent === undefined ? {} : { parent }),
    });
  const base = `sha256:${'0'.repeat(64)}`;
  const middle = `sha256:${'1'.repeat(64)}`;
  const loose = `sha256:${'2'.repeat(64)}`;
  const topOf = (target: string) =>
    store.images.list().find((image) => image.target.digest === target)?.chainId ?? '';
  add(base);
  add(topOf(a.digest), base);
  add(middle, base);
  add(topOf(b.digest), middle);
  add(loose, base);
  add('container', loose, 'active');
  assert.equal(chains.length, 2);
  const removed: number[] = [];
  const healSnapshots = async () => removed.push(...healed(store));
  assert.deepEqual(await collect(store, { healSnapshots }), {
    blobs: [],
    snapshots: [],
    bytes: 0,
  });
  const unpacked = store.images.list().map(({ unpackedBytes }) => unpackedBytes);
  assert.deepEqual(unpacked.sort(), [20, 30]);
  const top = topOf(b.digest);
  store.images.removeTarget(b.digest);
  const { snapshots, bytes, blobs } = await collect(store, { healSnapshots });
  assert.deepEqual(snapshots, [top, middle]);
  assert.equal(removed.length, 2);
  assert.equal(bytes, blobs.reduce((sum, { size }) => sum + size, 0) + 20);
  assert.deepEqual(
    rows.list().map(({ key }) => key),
    [base, topOf(a.digest), loose, 'container'],
  );
});

/** What a snapshotter does with rows that are marked. */
function healed({ snapshotRows }: Store): readonly number[] {
  const marked = snapshotRows.list().filter(({ detail }) => detail === 'removing');
  return marked.map(({ id }) => id).filter(snapshotRows.remove);
}

test('a collection that was killed before it removed snapshots is finished by the next', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const rows = store.snapshotRows;
  const names = ['3', '4'].map((digit) => `sha256:${digit.repeat(64)}`);
  const [below, above] = names;
  assert.ok(below && above);
  rows.insert({ driver: 'vfs', key: below, kind: 'committed', createdMs: 1 });
  rows.insert({ driver: 'vfs', key: above, kind: 'committed', createdMs: 1, parent: below });
  await assert.rejects(
    collect(store, { healSnapshots: () => Promise.reject(new Error('killed')) }),
  );
  assert.deepEqual(
    names.map((name) => rows.get('vfs', name)),
    [undefined, undefined],
  );
  const { snapshots } = await collect(store, { healSnapshots: async () => healed(store) });
  assert.deepEqual(snapshots, [], 'they were told of before');
  assert.deepEqual(rows.list(), []);
});
