// A store with images in it, made through the store's own doors.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Descriptor } from '../../src/image/image.ts';
import { parseImageName } from '../../src/image/image-name.ts';
import { isFault } from '../../src/image/oci-json.ts';
import { isDigest } from '../../src/lib/digest.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Lease, Store } from '../../src/store/store.ts';
import { type BlobRef, type Layout, makeLayout } from './oci-layout.ts';
import { makeTar } from './tar.ts';

/** An empty folder that goes with the test. */
export function scratchFolder(context: Pick<TestContext, 'after'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-store-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A store opened for a test. */
export async function scratchStore(
  context: Pick<TestContext, 'after'>,
  root: string,
): Promise<Store> {
  const { signal } = new AbortController();
  const store = await openStore(root, { now: () => Date.now(), signal });
  context.after(() => store.close());
  return store;
}

/** What the builders of layouts call a descriptor. */
export function descriptorOf({ mediaType, digest, size, platform }: BlobRef): Descriptor {
  if (!isDigest(digest)) throw new TypeError(digest);
  return {
    mediaType,
    digest,
    size,
    ...(platform === undefined ? {} : { platform: platform as Descriptor['platform'] & {} }),
  };
}

/** Stores bytes under a lease. */
export async function storeBytes(
  store: Store,
  lease: Lease,
  bytes: Uint8Array,
): Promise<Descriptor> {
  const { signal } = new AbortController();
  const ingest = await store.content.ingest(undefined, { signal, protection: lease });
  if (ingest === undefined) throw new TypeError('a blob without a digest cannot be there');
  await ingest.write(bytes);
  return ingest.commit();
}

/** Stores every blob of a layout. */
export async function storeLayoutBlobs(store: Store, lease: Lease, layout: Layout): Promise<void> {
  for (const [path, bytes] of layout.files) {
    if (path.startsWith('blobs/')) await storeBytes(store, lease, bytes);
  }
}

/** The image's name, in full. */
export function nameOf(
  text: string,
): Exclude<ReturnType<typeof parseImageName>, { fault: string }> {
  const name = parseImageName(text);
  if (isFault(name)) throw new TypeError(name.fault);
  return name as Exclude<typeof name, { fault: string }>;
}

/** Puts an image whose layers hold one file each into the store; what its names point at. */
export async function putImage(
  store: Store,
  names: readonly string[],
  files: readonly string[],
  config: unknown = {},
): Promise<Descriptor> {
  const layout = makeLayout();
  const tars = files.map((name) => makeTar([{ name, body: `the file ${name}` }]));
  const manifest = layout.image(
    tars.map((tar) => ({ stored: tar, tar })),
    undefined,
    config,
  );
  const lease = await store.lease();
  try {
    await storeLayoutBlobs(store, lease, layout);
    const target = descriptorOf(manifest);
    store.images.put(names.map(nameOf), target);
    return target;
  } finally {
    lease.release();
  }
}
