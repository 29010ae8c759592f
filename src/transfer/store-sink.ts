// Images into the local store. A lease keeps what has come until the image record holds it.
import { bytesSource } from '../image/blob-source.ts';
import type { Lease, Store } from '../store/store.ts';
import type { ImageSink } from './image-sink.ts';
import { ingestBlob } from './ingest-blob.ts';
import type { PlannedManifest } from './plan-copy.ts';

/** How many blobs are taken in at once. */
const atOnce = 3;

/** Takes images into the store under a lease; both stay the caller's to end. */
export function openStoreSink(store: Store, lease: Lease): ImageSink {
  const putJson = async (
    { descriptor, bytes }: PlannedManifest,
    signal: AbortSignal,
  ): Promise<void> => {
    const source = bytesSource(bytes);
    const content = { size: bytes.length, chunks: () => source.chunks(signal) };
    await ingestBlob(store.content, descriptor, content, { signal, protection: lease });
  };
  return {
    parallel: atOnce,
    sparse: true,
    begin() {},
    putBlob: (blob, content, options) =>
      ingestBlob(store.content, blob, content, { ...options, protection: lease }),
    putManifest: putJson,
    async putImage({ top }, names, signal) {
      await putJson(top, signal);
      store.images.put(names, top.descriptor);
    },
    finish: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  };
}
