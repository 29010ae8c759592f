// One blob into the content store: from where an earlier attempt ended, verified, in place by rename.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor } from '../image/image.ts';
import type { ContentStore, Ingest, Protection } from '../store/content-store.ts';
import type { BlobContent } from './image-sink.ts';

/** How a blob is taken in. */
export interface IngestBlobOptions {
  readonly signal: AbortSignal;
  readonly protection: Protection;
  /** Called with the file that grows; again when it has to begin from nothing. */
  readonly onStart?: (path: string) => void;
  /** Called with the bytes that are there, those of an earlier attempt included. */
  readonly onProgress?: (bytes: number) => void;
}

/**
 * Makes the blob be there. What has come stays for a later attempt when the stream breaks or the signal ends it.
 * @throws PlimsollError PL0105, PL0701, PL0702, PL0002, and what the stream throws
 */
export async function ingestBlob(
  store: ContentStore,
  blob: Descriptor,
  content: BlobContent,
  options: IngestBlobOptions,
): Promise<'copied' | 'exists'> {
  for (let first = true; ; first = false) {
    const ingest = await store.ingest(blob, options);
    if (ingest === undefined) return 'exists';
    const { offset } = ingest;
    options.onStart?.(ingest.path);
    await receive(ingest, blob, content, options);
    try {
      await ingest.commit();
      return 'copied';
    } catch (error) {
      // What was kept of an earlier attempt may have been wrong: the store has removed it.
      const again = first && offset > 0 && error instanceof PlimsollError;
      if (!again || error.code !== 'PL0105') throw error;
    }
  }
}

async function receive(
  ingest: Ingest,
  blob: Descriptor,
  content: BlobContent,
  { signal, onProgress = () => {} }: IngestBlobOptions,
): Promise<void> {
  try {
    onProgress(ingest.size);
    if (ingest.size < blob.size || blob.size === 0) {
      for await (const chunk of content.chunks(ingest.offset, signal)) {
        await ingest.write(chunk);
        onProgress(ingest.size);
      }
    }
  } catch (error) {
    const wrong = error instanceof PlimsollError && error.code === 'PL0105';
    await (wrong ? ingest.discard() : ingest.keep());
    throw error;
  }
}
