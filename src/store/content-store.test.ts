import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { test } from 'node:test';
import { scratchFolder, scratchStore } from '../../test/builders/stored-image.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { bytesOf } from '../image/blob-source.ts';
import type { Digest } from '../image/image.ts';
import { digestOf } from '../lib/digest.ts';
import type { Ingest } from './content-store.ts';
import type { Store } from './store.ts';
import { blobPath, ingestPath } from './store-layout.ts';

const { signal } = new AbortController();
const bytes = Buffer.from('a blob of thirty-one bytes, yes');
const digest = digestOf(bytes) as Digest;
const blob = { digest, size: bytes.length, mediaType: 'text/plain' };

async function started(store: Store, wanted: typeof blob | 'unknown' = blob): Promise<Ingest> {
  const lease = await store.lease();
  const ingest = await store.content.ingest(wanted === 'unknown' ? undefined : wanted, {
    signal,
    protection: lease,
  });
  assert.ok(ingest);
  return ingest;
}

const fails =
  (code: string, message = /./) =>
  (error: unknown) =>
    error instanceof PlimsollError && error.code === code && message.test(error.message);

test('a blob comes in by parts, is verified and can be read', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const ingest = await started(store);
  assert.equal(ingest.offset, 0);
  await ingest.write(bytes.subarray(0, 5));
  await ingest.write(bytes.subarray(5));
  assert.equal(store.content.stat(digest), undefined, 'not there before it is whole');
  assert.deepEqual(await ingest.commit(), blob);
  assert.deepEqual(store.content.stat(digest), { size: bytes.length });
  assert.deepEqual(store.content.read(digest), bytes);
  const source = store.content.open(digest);
  assert.deepEqual(source && (await bytesOf(source, signal)), bytes);
  assert.deepEqual(store.content.list(), [{ digest, size: bytes.length }]);
  assert.equal(statSync(blobPath(store.layout, digest)).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(store.layout.ingest), []);
  const lease = await store.lease();
  assert.equal(await store.content.ingest(blob, { signal, protection: lease }), undefined);
  lease.release();
});

test('what was kept is continued, and hashed again', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const first = await started(store);
  await first.write(bytes.subarray(0, 9));
  await first.keep();
  const second = await started(store);
  assert.equal(second.offset, 9);
  await second.write(bytes.subarray(9));
  await second.commit();
  assert.deepEqual(store.content.read(digest), bytes);
});

test('without a descriptor the digest is found', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const ingest = await started(store, 'unknown');
  await ingest.write(bytes);
  assert.equal((await ingest.commit()).digest, digest);
  const again = await started(store, 'unknown');
  await again.write(bytes);
  assert.equal((await again.commit()).digest, digest);
  const dropped = await started(store, 'unknown');
  await dropped.write(bytes);
  await dropped.keep();
  assert.deepEqual(readdirSync(store.layout.ingest), [], 'what has no name is of no use later');
});

test('sha512 has a folder of its own', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const long = digestOf(bytes, 'sha512:') as Digest;
  const ingest = await started(store, { ...blob, digest: long });
  await ingest.write(bytes);
  await ingest.commit();
  assert.deepEqual(store.content.read(long), bytes);
  assert.deepEqual(store.content.list(), [{ digest: long, size: bytes.length }]);
});

test('wrong bytes never land', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const lies: readonly (readonly [what: string, sent: Buffer, message: RegExp])[] = [
    ['another digest', Buffer.alloc(bytes.length, 1), /digest of the blob: expected sha256:/],
    [
      'more bytes',
      Buffer.concat([bytes, bytes]),
      /size of the blob: expected 31 bytes, found more/,
    ],
  ];
  for (const [what, sent, message] of lies) {
    const ingest = await started(store);
    await assert.rejects(
      async () => {
        await ingest.write(sent);
        await ingest.commit();
      },
      fails('PL0105', message),
      what,
    );
    assert.equal(store.content.stat(digest), undefined, what);
    assert.ok(!existsSync(ingestPath(store.layout, digest)), `${what}: nothing of it is kept`);
  }
  const short = await started(store);
  await short.write(bytes.subarray(0, 3));
  await assert.rejects(short.commit(), fails('PL0105', /size of the blob: expected 31, found 3/));
  const rest = await started(store);
  assert.equal(rest.offset, 3, 'what came too short is continued');
  await rest.restart();
  await rest.write(bytes);
  await rest.commit();
});

test('a partial file that cannot be of the blob is started anew, a whole one is put in place', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  writeFileSync(ingestPath(store.layout, digest), Buffer.alloc(99));
  const ingest = await started(store);
  assert.equal(ingest.offset, 0);
  await ingest.discard();
  writeFileSync(ingestPath(store.layout, digest), bytes);
  const whole = await started(store);
  assert.equal(whole.offset, bytes.length);
  await whole.commit();
  assert.deepEqual(store.content.read(digest), bytes);
});

test('two writers of one blob: the second waits and finds it, or goes on', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const lease = await store.lease();
  const options = { signal, protection: lease };
  const first = await started(store);
  await first.write(bytes.subarray(0, 4));
  const second = store.content.ingest(blob, options);
  await first.keep();
  const next = await second;
  assert.equal(next?.offset, 4);
  const third = store.content.ingest(blob, options);
  await next?.write(bytes.subarray(4));
  await next?.commit();
  assert.equal(await third, undefined);
  assert.deepEqual(readdirSync(store.layout.ingest), []);
  const held = await started(store, { ...blob, digest: digestOf(Buffer.from('b')) as Digest });
  const short = AbortSignal.timeout(30);
  await assert.rejects(
    store.content.ingest(
      { ...blob, digest: digestOf(Buffer.from('b')) as Digest },
      { signal: short, protection: lease },
    ),
    fails('PL0002'),
  );
  await held.discard();
  lease.release();
});

test('links and folders under the names of blobs are not followed', async (context) => {
  const folder = scratchFolder(context);
  const store = await scratchStore(context, `${folder}/store`);
  const outside = `${folder}/outside`;
  writeFileSync(outside, bytes);
  symlinkSync(outside, blobPath(store.layout, digest));
  assert.equal(store.content.stat(digest), undefined);
  assert.equal(store.content.open(digest), undefined);
  assert.throws(() => store.content.read(digest), fails('PL0701'));
  symlinkSync(outside, ingestPath(store.layout, digest));
  const lease = await store.lease();
  await assert.rejects(store.content.ingest(blob, { signal, protection: lease }), fails('PL0701'));
  const other = digestOf(Buffer.from('other')) as Digest;
  mkdirSync(ingestPath(store.layout, other));
  await assert.rejects(
    store.content.ingest({ ...blob, digest: other }, { signal, protection: lease }),
    fails('PL0701'),
  );
  assert.deepEqual(readFileSync(outside), bytes);
  lease.release();
});

test('a blob that was changed on disk is told when it is read', async (context) => {
  const store = await scratchStore(context, scratchFolder(context));
  const ingest = await started(store);
  await ingest.write(bytes);
  await ingest.commit();
  writeFileSync(blobPath(store.layout, digest), 'damaged');
  assert.throws(() => store.content.read(digest), fails('PL0105'));
  assert.throws(() => store.content.read(digest, 3), fails('PL0107'));
  assert.throws(() => store.content.read(digestOf(Buffer.from('c')) as Digest), fails('PL0106'));
});
