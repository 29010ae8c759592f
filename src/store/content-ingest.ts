// How a blob comes in. Its partial file is named by its digest, so that the next attempt finds it, and locked by who
// writes it (flock, which goes with the process). Taking the lock up again means: the earlier writer is gone, by commit
// (then the blob is there) or by death (then what it left is hashed and continued).
import { randomBytes } from 'node:crypto';
import {
  fdatasync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  read,
  renameSync,
  unlinkSync,
  write,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Digest } from '../image/image.ts';
import { interrupted } from '../image/interrupted.ts';
import { hashFor, isDigest } from '../lib/digest.ts';
import { type FileLock, lockFile, tryLockFile } from '../sys/file-lock.ts';
import type { BlobToStore, Ingest, IngestOptions } from './content-store.ts';
import { storeFailure } from './store-failure.ts';
import { blobPath, ingestPath, type StoreLayout } from './store-layout.ts';

const readAt = promisify(read);
const writeAt = promisify(write);
const flush = promisify(fdatasync);

const writing = 'a blob could not be written to the store';

/** See ContentStore.ingest. */
export async function startIngest(
  layout: StoreLayout,
  blob: BlobToStore | undefined,
  { signal, protection }: IngestOptions,
): Promise<Ingest | undefined> {
  if (signal.aborted) throw interrupted(signal);
  if (blob === undefined) return openIngest(layout, await lockNew(layout), undefined, protection);
  protection.protect([blob.digest]);
  if (isThere(layout, blob.digest)) return undefined;
  const lock = await lockPartial(layout, blob.digest, signal);
  try {
    if (isThere(layout, blob.digest)) {
      unlinkSync(lock.path);
      lock.release();
      return undefined;
    }
    const ingest = openIngest(layout, lock, blob, protection);
    await ingest.resume(signal);
    return ingest;
  } catch (error) {
    lock.release();
    throw storeFailure(error, writing, lock.path);
  }
}

/** Whether a blob is in place. */
function isThere(layout: StoreLayout, digest: Digest): boolean {
  return lstatSync(blobPath(layout, digest), { throwIfNoEntry: false })?.isFile() === true;
}

async function lockPartial(
  layout: StoreLayout,
  digest: Digest,
  signal: AbortSignal,
): Promise<FileLock> {
  const path = ingestPath(layout, digest);
  try {
    const lock = await lockFile(path, signal);
    if (fstatSync(lock.fd).isFile()) return lock;
    lock.release();
  } catch (error) {
    if (signal.aborted) throw interrupted(signal);
    throw storeFailure(error, writing, path);
  }
  throw new PlimsollError('PL0701', 'the store holds something else under the name of a blob', {
    at: { path },
    help: 'remove it: nothing that belongs to the store looks like that',
  });
}

async function lockNew(layout: StoreLayout): Promise<FileLock> {
  for (;;) {
    const path = join(layout.ingest, `new-${randomBytes(16).toString('hex')}`);
    try {
      const lock = tryLockFile(path);
      if (lock !== undefined) return lock;
    } catch (error) {
      throw storeFailure(error, writing, path);
    }
  }
}

/** Bytes read at a time when a hash is taken up again. */
const resumeBytes = 1024 * 1024;

function openIngest(
  layout: StoreLayout,
  lock: FileLock,
  blob: BlobToStore | undefined,
  protection: IngestOptions['protection'],
): Ingest & { resume(signal: AbortSignal): Promise<void> } {
  const { fd, path } = lock;
  const algorithm = blob?.digest ?? 'sha256:';
  let hash = hashFor(algorithm);
  let size = 0;
  let offset = 0;
  let ended = false;
  const guarded = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw storeFailure(error, writing, path);
    }
  };
  const end = (remove: boolean): void => {
    if (ended) return;
    ended = true;
    if (remove) {
      try {
        unlinkSync(path);
      } catch {
        // Left for the next collection.
      }
    }
    lock.release();
  };
  const wrong = (what: string, expected: string, found: string): PlimsollError => {
    end(true);
    return new PlimsollError(
      'PL0105',
      `${what} of the blob: expected ${expected}, found ${found}`,
      {
        at: { path: blob === undefined ? path : blobPath(layout, blob.digest) },
        help: 'what was sent is not what the image names: try again, or get it from somewhere else',
      },
    );
  };
  const short = (expected: number): PlimsollError => {
    // What has come may well be right: the next attempt goes on from there.
    end(false);
    return new PlimsollError('PL0105', `size of the blob: expected ${expected}, found ${size}`, {
      at: { path },
      help: 'the sender stopped early: try again, and the rest is fetched',
    });
  };
  return {
    path,
    get offset() {
      return offset;
    },
    get size() {
      return size;
    },
    async resume(signal) {
      const there = fstatSync(fd).size;
      // More than the blob has: nothing that we wrote for it.
      if (blob !== undefined && there > blob.size) {
        ftruncateSync(fd, 0);
        return;
      }
      const buffer = Buffer.allocUnsafe(Math.min(resumeBytes, there));
      while (size < there) {
        if (signal.aborted) throw interrupted(signal);
        const { bytesRead } = await readAt(fd, buffer, 0, buffer.length, size);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
        size += bytesRead;
      }
      offset = size;
    },
    async write(chunk) {
      if (blob !== undefined && size + chunk.length > blob.size) {
        throw wrong('size', `${blob.size} bytes`, 'more');
      }
      await guarded(async () => {
        // The file is written in another thread while this one hashes.
        const first = writeAt(fd, chunk, 0, chunk.length, size);
        hash.update(chunk);
        let { bytesWritten: done } = await first;
        while (done < chunk.length) {
          done += (await writeAt(fd, chunk, done, chunk.length - done, size + done)).bytesWritten;
        }
        size += chunk.length;
      });
    },
    restart: () =>
      guarded(() => {
        ftruncateSync(fd, 0);
        hash = hashFor(algorithm);
        size = 0;
        offset = 0;
      }),
    commit: () =>
      guarded(async () => {
        if (blob !== undefined && size < blob.size) throw short(blob.size);
        const found = `${algorithm.split(':')[0]}:${hash.digest('hex')}`;
        if (!isDigest(found)) throw new TypeError(`no digest: ${found}`);
        if (blob !== undefined && found !== blob.digest) throw wrong('digest', blob.digest, found);
        // A name must not come to the disk before the bytes that it stands for.
        await flush(fd);
        // Before it is in place: a collection that runs now must not take it.
        protection.protect([found]);
        const to = blobPath(layout, found);
        mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
        renameSync(path, to);
        end(false);
        return { mediaType: blob?.mediaType ?? 'application/octet-stream', digest: found, size };
      }),
    async keep() {
      end(blob === undefined);
    },
    async discard() {
      end(true);
    },
  };
}
