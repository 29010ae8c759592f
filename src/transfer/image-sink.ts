// Where images go: a layout, an archive, the store, a registry.
import type { Descriptor } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';
import type { CopyPlan, PlannedManifest } from './plan-copy.ts';

/** A blob's stored bytes; they may be asked for again, from any offset. */
export interface BlobContent {
  readonly size: number;
  chunks(from: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** How a blob came to be there. */
export type PutBlob = 'copied' | 'exists' | 'mounted';

/** How a blob is put. */
export interface PutBlobOptions {
  readonly signal: AbortSignal;
  /** Called with the bytes of the blob so far, those of an earlier attempt included. */
  readonly onProgress: (bytes: number) => void;
}

/** An opened destination. `finish` or `abort` ends it; nothing can be seen of an image before its `putImage`. */
export interface ImageSink {
  /** How many blobs may be put at once. */
  readonly parallel: number;
  /** Whether an index may name manifests that are not there. */
  readonly sparse: boolean;
  /** Told of each image before its blobs come. */
  begin(plan: CopyPlan): void;
  /**
   * Makes the blob be there, verified. Configurations come before layers.
   * @throws PlimsollError PL0105
   */
  putBlob(blob: Descriptor, content: BlobContent, options: PutBlobOptions): Promise<PutBlob>;
  /** Puts a manifest or index whose references are there. */
  putManifest(manifest: PlannedManifest, signal: AbortSignal): Promise<void>;
  /** Puts the manifest or index on top and makes the names point at it. */
  putImage(plan: CopyPlan, names: readonly ImageName[], signal: AbortSignal): Promise<void>;
  /** Completes what needs a last word: the index of an archive. */
  finish(): Promise<void>;
  /** Gives up and removes what would be of no use. Never throws. */
  abort(): Promise<void>;
}
