// ContentStore on files: see content-store.ts for the rule that keeps it safe.
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { type BlobSource, wholeFile } from '../image/blob-source.ts';
import type { Digest } from '../image/image.ts';
import { fileIdentity } from '../image/stored-files.ts';
import { digestOf, isDigest } from '../lib/digest.ts';
import { defaultLimits } from '../lib/limits.ts';
import type { ContentStore } from './content-store.ts';
import { errnoOf, storeFailure } from './store-failure.ts';
import { blobPath, type StoreLayout } from './store-layout.ts';

/** The blobs of a store. It needs nothing but the layout, so that a worker thread can open it too. */
export function openContent(layout: StoreLayout): ContentStore {
  return {
    stat(digest) {
      const stats = statBlob(layout, digest);
      return stats === undefined ? undefined : { size: Number(stats.size) };
    },
    open: (digest) => openBlob(layout, digest),
    read: (digest, limit) => verified(layout, digest, readBlob(layout, digest, limit)),
    readAsKept: (digest, limit) => readBlob(layout, digest, limit),
    async ingest(blob, options) {
      const { startIngest } = await import('./content-ingest.ts');
      return startIngest(layout, blob, options);
    },
    list: () => listBlobs(layout),
  };
}

/** A link or a folder under a blob's name is not one of ours. */
function statBlob(layout: StoreLayout, digest: Digest): BigIntStats | undefined {
  const path = blobPath(layout, digest);
  try {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    return stats?.isFile() ? stats : undefined;
  } catch (error) {
    throw storeFailure(error, 'the content of the store could not be read', path);
  }
}

function openBlob(layout: StoreLayout, digest: Digest): BlobSource | undefined {
  const stats = statBlob(layout, digest);
  return stats === undefined
    ? undefined
    : wholeFile(blobPath(layout, digest), Number(stats.size), fileIdentity(stats));
}

function readBlob(
  layout: StoreLayout,
  digest: Digest,
  limit: number = defaultLimits.jsonBytes,
): Buffer {
  const path = blobPath(layout, digest);
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = fstatSync(fd);
      if (size > limit) {
        throw new PlimsollError('PL0107', `the blob has ${size} bytes, at most ${limit} are read`, {
          at: { path },
          help: 'raise the limit with --limit if the image is really so',
        });
      }
      return readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw missingBlob(layout, digest);
    throw storeFailure(error, 'a blob of the store could not be read', path);
  }
}

function verified(layout: StoreLayout, digest: Digest, bytes: Buffer): Buffer {
  const found = digestOf(bytes, digest);
  if (found === digest) return bytes;
  throw new PlimsollError('PL0105', `digest of the blob: expected ${digest}, found ${found}`, {
    at: { path: blobPath(layout, digest) },
    help: 'the store was damaged: plimsoll store check tells what else is, --repair drops it; then pull again',
  });
}

/** PL0106 for a blob that an image of the store needs. */
export function missingBlob(layout: StoreLayout, digest: Digest): PlimsollError {
  return new PlimsollError('PL0106', `the store has no blob ${digest}`, {
    at: { path: blobPath(layout, digest) },
    help: 'pull or load the image again',
  });
}

function listBlobs(layout: StoreLayout): { digest: Digest; size: number }[] {
  const found: { digest: Digest; size: number }[] = [];
  for (const algorithm of ['sha256', 'sha512']) {
    for (const name of namesIn(`${layout.content}/${algorithm}`)) {
      const digest = `${algorithm}:${name}`;
      if (!isDigest(digest)) continue;
      const stats = statBlob(layout, digest);
      if (stats !== undefined) found.push({ digest, size: Number(stats.size) });
    }
  }
  return found;
}

/** Names in a folder of the store; none where it is not there. @throws PlimsollError PL0701 */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw storeFailure(error, 'a folder of the store could not be read', folder);
  }
}
