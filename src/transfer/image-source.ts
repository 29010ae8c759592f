// Where images come from: a layout, an archive, the store, a registry. What is copied is always the stored bytes, so
// that digests stay what they were.
import type { Descriptor } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';
import type { ImageParts } from '../image/image-parts.ts';

/** One image of a source: what a name points at there. */
export interface SourceImage {
  /** A manifest or an index. */
  readonly top: Descriptor;
  /** Names in full under which the source knows it. */
  readonly names: readonly ImageName[];
}

/** An opened source. Every source must be closed. */
export interface ImageSource {
  /** As the user named it. */
  readonly reference: string;
  readonly images: readonly SourceImage[];
  /** For what is small, and to tell what is there. */
  readonly parts: ImageParts;
  /**
   * Stored bytes of a blob from an offset on. They are not verified here: whoever takes them in does that.
   * @throws PlimsollError PL0106 where it is not there
   */
  read(blob: Descriptor, from: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}
