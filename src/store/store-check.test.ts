import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { putImage, scratchFolder, scratchStore } from '../../test/builders/stored-image.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { formatImageName } from '../image/image-name.ts';
import { databaseFiles } from './database.ts';
import { openStoreToRead } from './open-store.ts';
import type { Store } from './store.ts';
import { checkStore } from './store-check.ts';
import { blobPath } from './store-layout.ts';
import { repairStore } from './store-repair.ts';

const { signal } = new AbortController();
const options = { signal, threads: 2, now: () => Date.now() };
const checked = (store: Store, quick = false) => checkStore(store, { ...options, quick });

/** "PL0105 error" of each problem, in order. */
const codesOf = async (store: Store, quick = false): Promise<readonly string[]> =>
  (await checked(store, quick)).problems.map(({ code, severity }) => `${code} ${severity}`).sort();

async function filled(root: string, context: TestContext): Promise<Store> {
  const store = await scratchStore(context, root);
  await putImage(store, ['a:1', 'a:2'], ['base', 'a']);
  await putImage(store, ['b:1'], ['base', 'b']);
  await putImage(store, [], ['base', 'nameless']);
  return store;
}

const namesOf = (store: Store | undefined) =>
  store?.images.names().map(({ name }) => formatImageName(name).replace('docker.io/library/', ''));

/** The largest blob that only the image of this name has. */
function ownLayer(store: Store, name: string): string {
  const { target } = store.images.find(name)?.image ?? {};
  const row = store.database
    .all(
      `SELECT child FROM reference WHERE parent = ? AND child NOT IN (SELECT child FROM reference WHERE parent != ?)`,
      target?.digest ?? '',
      target?.digest ?? '',
    )
    .map(({ child }) => store.content.list().find(({ digest }) => digest === child))
    .toSorted((a, b) => (b?.size ?? 0) - (a?.size ?? 0))[0];
  assert.ok(row);
  return blobPath(store.layout, row.digest);
}

test('a whole store has no problems', async (context) => {
  const store = await filled(scratchFolder(context), context);
  const { problems, images, blobs, bytes } = await checked(store);
  assert.deepEqual(problems, []);
  assert.deepEqual([images, blobs], [3, 10]);
  assert.ok(bytes > 8000);
  assert.deepEqual(readdirSync(store.layout.leases), []);
});

test('what is wrong is found, and repaired without the rest', async (context) => {
  const folder = scratchFolder(context);
  const cases: readonly (readonly [
    what: string,
    damage: (store: Store) => void,
    found: readonly string[],
    foundQuick: readonly string[],
    names: readonly string[],
  ])[] = [
    [
      'bytes of a layer changed',
      (store) => {
        const path = ownLayer(store, 'b:1');
        truncateSync(path, 100);
        appendFileSync(path, Buffer.alloc(2048 - 100, 1));
      },
      ['PL0105 error', 'PL0106 error'],
      [],
      ['a:1', 'a:2'],
    ],
    [
      'a layer cut off',
      (store) => truncateSync(ownLayer(store, 'b:1'), 10),
      ['PL0105 error', 'PL0106 error'],
      ['PL0106 error'],
      ['a:1', 'a:2'],
    ],
    [
      'a layer gone',
      (store) => rmSync(ownLayer(store, 'a:1')),
      ['PL0106 error'],
      ['PL0106 error'],
      ['b:1'],
    ],
    [
      'a link to another file in the place of a layer',
      (store) => {
        const path = ownLayer(store, 'a:1');
        rmSync(path);
        symlinkSync('/etc/hostname', path);
      },
      ['PL0106 error', 'PL0705 warning'],
      ['PL0106 error', 'PL0705 warning'],
      ['b:1'],
    ],
    [
      'foreign files',
      ({ layout }) => {
        writeFileSync(join(layout.content, 'sha256', 'README'), '');
        mkdirSync(join(layout.ingest, 'folder'));
        writeFileSync(join(layout.root, '.DS_Store'), '');
      },
      ['PL0705 note', 'PL0705 note', 'PL0705 note'],
      ['PL0705 note', 'PL0705 note', 'PL0705 note'],
      ['a:1', 'a:2', 'b:1'],
    ],
    [
      'a blob that no image needs',
      (store) => writeFileSync(blobPath(store.layout, `sha256:${'e'.repeat(64)}`), 'x'),
      ['PL0105 error', 'PL0705 note'],
      ['PL0705 note'],
      ['a:1', 'a:2', 'b:1'],
    ],
    [
      'a snapshot without its folder',
      ({ snapshotRows }) => {
        const below = `sha256:${'1'.repeat(64)}`;
        snapshotRows.insert({ driver: 'vfs', key: below, kind: 'committed', createdMs: 1 });
        snapshotRows.insert({
          driver: 'vfs',
          key: 'up',
          kind: 'active',
          createdMs: 1,
          parent: below,
        });
      },
      ['PL0723 error', 'PL0723 error'],
      ['PL0723 error', 'PL0723 error'],
      ['a:1', 'a:2', 'b:1'],
    ],
    [
      'the copy of the names lost',
      ({ layout }) => rmSync(layout.names),
      ['PL0705 note'],
      ['PL0705 note'],
      ['a:1', 'a:2', 'b:1'],
    ],
    [
      'references forgotten',
      ({ database }) => database.write(() => database.run('DELETE FROM reference')),
      [...Array(3).fill('PL0106 error'), ...Array(7).fill('PL0705 note')],
      [...Array(3).fill('PL0106 error'), ...Array(7).fill('PL0705 note')],
      ['a:1', 'a:2', 'b:1'],
    ],
  ];
  for (const [at, [what, damage, found, foundQuick, names]] of cases.entries()) {
    const root = `${folder}/${at}`;
    const store = await filled(root, context);
    damage(store);
    assert.deepEqual(await codesOf(store), found, what);
    assert.deepEqual(await codesOf(store, true), foundQuick, `${what}, quick`);
    store.close();
    const { after, lostNames } = await repairStore(root, options);
    assert.deepEqual(
      after.problems.filter(({ severity }) => severity !== 'note'),
      [],
      what,
    );
    const again = await scratchStore(context, root);
    assert.deepEqual(namesOf(again), names, what);
    assert.equal(lostNames.length + names.length, 3, what);
    assert.equal(
      again.images.list().some(({ tags }) => tags.length === 0),
      true,
      what,
    );
    again.close();
  }
});

test('a database that is damaged or lost is built again with its names', async (context) => {
  const folder = scratchFolder(context);
  const cases: readonly (readonly [what: string, damage: (store: Store) => void])[] = [
    [
      'lost',
      ({ layout }) =>
        databaseFiles(layout.database).forEach((file) => void rmSync(file, { force: true })),
    ],
    [
      'no database',
      ({ layout }) => writeFileSync(layout.database, 'no database at all, for sure'.repeat(99)),
    ],
    [
      'empty pages',
      ({ layout }) => {
        truncateSync(layout.database, 8192);
        rmSync(`${layout.database}-wal`, { force: true });
      },
    ],
    ['empty', ({ layout }) => truncateSync(layout.database, 0)],
  ];
  for (const [at, [what, damage]] of cases.entries()) {
    const root = `${folder}/${at}`;
    const store = await filled(root, context);
    store.close();
    damage(store);
    assert.throws(
      () => {
        const looked = openStoreToRead(root, { now: () => 0 });
        try {
          looked?.images.list();
          throw new Error('it opened');
        } finally {
          looked?.close();
        }
      },
      (error) => error instanceof PlimsollError && error.code === 'PL0704',
      what,
    );
    const { after, rebuilt, keptDatabase, lostNames } = await repairStore(root, options);
    assert.deepEqual(after.problems, [], what);
    assert.deepEqual(lostNames, [], what);
    assert.equal(rebuilt, true, what);
    if (what !== 'lost') assert.ok(keptDatabase && existsSync(keptDatabase), what);
    const again = await scratchStore(context, root);
    assert.deepEqual(namesOf(again), ['a:1', 'a:2', 'b:1'], what);
    assert.equal(again.images.list().length, 3, what);
    again.close();
  }
});

test('without the copy of the names too, images come back without names', async (context) => {
  const root = scratchFolder(context);
  const store = await filled(root, context);
  const { layout } = store;
  store.close();
  writeFileSync(layout.database, 'no database at all, for sure'.repeat(99));
  for (const suffix of ['-wal', '-shm']) rmSync(layout.database + suffix, { force: true });
  rmSync(layout.names);
  await repairStore(root, options);
  const again = await scratchStore(context, root);
  assert.deepEqual(namesOf(again), []);
  assert.equal(again.images.list().length, 3);
});

test('a repair works alone', async (context) => {
  const root = scratchFolder(context);
  const store = await filled(root, context);
  const waiting = repairStore(root, { ...options, signal: AbortSignal.timeout(200) });
  await assert.rejects(
    waiting,
    (error) => error instanceof PlimsollError && error.code === 'PL0002',
  );
  assert.equal(store.images.list().length, 3);
});
