// Disks that are full or read-only, folders of others, and several processes at once.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { putImage, scratchFolder, scratchStore } from '../../test/builders/stored-image.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Digest } from '../image/image.ts';
import { digestOf } from '../lib/digest.ts';
import { openStore, openStoreToRead } from './open-store.ts';
import { checkStore } from './store-check.ts';
import { storeLayout } from './store-layout.ts';

const { signal } = new AbortController();
const options = { signal, now: () => Date.now() };

const fails =
  (code: string, message = /./) =>
  (error: unknown) =>
    error instanceof PlimsollError && error.code === code && message.test(error.message);

/** A file system in memory that goes with the test. */
function mounted(context: TestContext, ...flags: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-mount-'));
  execFileSync('mount', ['-t', 'tmpfs', ...flags, 'tmpfs', folder]);
  context.after(() => {
    execFileSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}

test('a full disk says so, keeps what has come, and lets the rest in once there is room', async (context) => {
  const root = join(mounted(context, '-o', 'size=3m'), 'store');
  const store = await openStore(root, options);
  const filler = join(root, '..', 'filler');
  const blob = randomBytes(600_000);
  const descriptor = { digest: digestOf(blob) as Digest, size: blob.length, mediaType: '' };
  const lease = await store.lease();
  const start = () => store.content.ingest(descriptor, { signal, protection: lease });
  const ingest = await start();
  assert.ok(ingest);
  await ingest.write(blob.subarray(0, 300_000));
  writeFileSync(filler, '');
  assert.throws(() => writeFileSync(filler, Buffer.alloc(4_000_000)), /ENOSPC/);
  await assert.rejects(
    ingest.write(blob.subarray(300_000)),
    fails('PL0702', /a blob could not be written to the store: no space left on device/),
  );
  await ingest.keep();
  assert.equal(store.content.stat(descriptor.digest), undefined);
  rmSync(filler);
  const again = await start();
  assert.ok(again && again.offset >= 300_000);
  await again.write(blob.subarray(again.offset));
  await again.commit();
  assert.ok(store.content.read(descriptor.digest).equals(blob));
  // The database too: nothing is half there.
  writeFileSync(filler, '');
  assert.throws(() => writeFileSync(filler, Buffer.alloc(4_000_000)), /ENOSPC/);
  const digests = Array.from({ length: 3000 }, (_, at) => digestOf(Buffer.from(`${at}`)) as Digest);
  assert.throws(() => lease.protect(digests), fails('PL0702'));
  rmSync(filler);
  lease.protect(digests);
  lease.release();
  const { problems } = await checkStore(store, { ...options, quick: false, threads: 1 });
  assert.deepEqual(
    problems.map(({ severity }) => severity),
    ['note'],
  );
  store.close();
});

test('a read-only file system is read and not written', async (context) => {
  const folder = mounted(context, '-o', 'size=8m');
  const root = join(folder, 'store');
  const store = await openStore(root, options);
  await putImage(store, ['a:1'], ['x']);
  store.close();
  // A reader that was the last leaves log and shared memory behind; a writer that was the last does not.
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  await assert.rejects(openStore(root, options), fails('PL0701', /read-only file system/));
  await assert.rejects(
    openStore(join(folder, 'new'), options),
    fails('PL0701', /the store could not be made: read-only file system/),
  );
  const looked = openStoreToRead(root, options);
  assert.equal(looked?.images.list().length, 1);
  assert.equal(looked?.images.find('a:1')?.by, 'tag');
  looked?.close();
  assert.deepEqual(
    readdirSync(root).filter((name) => name.startsWith('store.db')),
    ['store.db', 'store.db.reserve'],
  );
});

test('folders of others and files in the place of folders are refused', async (context) => {
  const folder = scratchFolder(context);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await assert.rejects(openStore(join(file, 'store'), options), fails('PL0701', /not a directory/));
  await assert.rejects(openStore(file, options), fails('PL0701'));
  const open = join(folder, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  await assert.rejects(openStore(open, options), fails('PL0701', /everybody can write/));
  const mine = join(folder, 'mine');
  (await openStore(mine, options)).close();
  await assert.rejects(
    openStore(mine, { ...options, user: 12_345 }),
    fails('PL0701', /belongs to user/),
  );
  assert.equal(statSync(mine).mode & 0o777, 0o700);
  for (const name of readdirSync(mine)) {
    assert.equal(statSync(join(mine, name)).mode & 0o077, 0, `${name} is nobody else's`);
  }
});

test('a store of a newer program, and a database of another one, are refused', async (context) => {
  const root = scratchFolder(context);
  const store = await scratchStore(context, root);
  store.database.run('PRAGMA user_version = 999');
  store.close();
  await assert.rejects(openStore(root, options), fails('PL0703', /newer plimsoll: version 999/));
  assert.throws(() => openStoreToRead(root, options), fails('PL0703'));
});

test('opening to look makes nothing', (context) => {
  const root = join(scratchFolder(context), 'none');
  assert.equal(openStoreToRead(root, options), undefined);
  assert.ok(!existsSync(root));
  mkdirSync(root);
  assert.equal(openStoreToRead(root, options), undefined);
  assert.deepEqual(readdirSync(root), []);
});

test('eight processes put overlapping images into a store that none of them finds made', async (context) => {
  const root = join(scratchFolder(context), 'store');
  const builders = join(import.meta.dirname, '../../test/builders/stored-image.ts');
  const opener = join(import.meta.dirname, 'open-store.ts');
  const collector = join(import.meta.dirname, 'collect-garbage.ts');
  const program = `
    const { openStore } = await import(${JSON.stringify(opener)});
    const { putImage } = await import(${JSON.stringify(builders)});
    const { collectGarbage } = await import(${JSON.stringify(collector)});
    const me = Number(process.argv[1]);
    const { signal } = new AbortController();
    const store = await openStore(${JSON.stringify(root)}, { signal, now: Date.now });
    for (let at = 0; at < 8; at++) {
      // Each of the images is put by several, under a name of its own and one that all fight for.
      await putImage(store, ['p' + me + ':' + at, 'all:latest'], ['base', 'layer' + ((me + at) % 8)]);
      if (at % 3 === me % 3) await collectGarbage(store, { signal, now: Date.now() });
    }
    store.close();`;
  const children = Array.from({ length: 8 }, (_, me) =>
    spawn(process.execPath, ['--input-type=module', '-e', program, String(me)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  );
  await Promise.all(
    children.map(async (child) => {
      let said = '';
      child.stderr.on('data', (chunk: Buffer) => {
        said += String(chunk);
      });
      const [code] = await once(child, 'close');
      assert.equal(code, 0, said);
    }),
  );
  const store = await scratchStore(context, root);
  assert.equal(store.images.names().length, 65);
  assert.equal(store.images.list().length, 8);
  const { problems } = await checkStore(store, { ...options, quick: false, threads: 1 });
  assert.deepEqual(problems, []);
  for (const folder of [storeLayout(root).ingest, storeLayout(root).leases])
    assert.deepEqual(readdirSync(folder), []);
});
