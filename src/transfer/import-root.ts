// A root file system as an image of one layer, as `docker import` makes it. The archive becomes the layer as it comes:
// gzip and zstd stay as they are, byte for byte. Layers of images are not compressed in other ways: xz and bzip2 are
// inflated, and the layer is plain.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { readTar } from '../formats/tar-reader.ts';
import type { ConfigJson } from '../image/config-change.ts';
import type { Descriptor, Platform } from '../image/image.ts';
import { compressionOf, inflate, sniff } from '../image/inflate.ts';
import { hashFor } from '../lib/digest.ts';
import type { Limits } from '../lib/limits.ts';
import { asBuffers } from './as-buffers.ts';
import type { ImageSource } from './image-source.ts';
import {
  imageMediaTypes,
  type MadeLayer,
  type MakeImageOptions,
  storeImage,
} from './make-image.ts';

/** What becomes of the archive. */
export interface ImportOptions extends MakeImageOptions {
  readonly platform: Platform;
  /** The `config` of the image. */
  readonly config: ConfigJson;
  /** Told in the history. */
  readonly comment: string;
  /** When the image was made. */
  readonly created: Date;
  readonly limits: Limits;
  /** Called with the bytes that came so far. */
  readonly onProgress?: (bytes: number) => void;
}

/**
 * Takes the archive into the store and makes configuration and manifest for it. The image has no name yet.
 * @throws PlimsollError PL0002, PL0107, PL0202, PL0203, PL0207, PL0701, PL0702
 */
export async function importRoot(
  chunks: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<{ readonly source: ImageSource; readonly top: Descriptor }> {
  const { platform, config, comment, created } = options;
  const { blob, diffId } = await takeLayer(chunks, options);
  const date = created.toISOString();
  const { os, architecture, variant } = platform;
  const json = {
    created: date,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    os,
    config,
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created: date, comment }],
  };
  return storeImage(json, [blob], options);
}

/** Stores the archive and reads it on the way: it must be one, and its digest inflated is the layer's diffID. */
async function takeLayer(
  chunks: AsyncIterable<Uint8Array>,
  { store, lease, limits, signal, reference, onProgress = () => {} }: ImportOptions,
): Promise<MadeLayer> {
  const at = { target: reference };
  const ingest = await store.content.ingest(undefined, { signal, protection: lease });
  if (ingest === undefined) throw new TypeError('a blob without a digest cannot be there');
  try {
    const sniffed = await sniff(asBuffers(chunks));
    const compression = compressionOf(sniffed.head);
    const isPlain = compression === 'none' || compression === 'xz' || compression === 'bzip2';
    const kept = async function* (all: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of all) {
        await ingest.write(chunk);
        onProgress(ingest.size);
        yield chunk;
      }
    };
    const stored = isPlain ? sniffed.chunks : kept(sniffed.chunks);
    const inflated = inflate(compression, stored, at, signal);
    const hash = hashFor('sha256:');
    const plain = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of isPlain ? kept(inflated) : inflated) {
        hash.update(chunk);
        yield chunk;
      }
    };
    let entries = 0;
    for await (const _ of readTar(plain(), { limits, at })) entries++;
    if (entries === 0) {
      throw new PlimsollError(
        'PL0102',
        'expected a root file system, found an archive without files',
        {
          at,
          help: 'give what docker export, podman export, mmdebstrap or tar -C DIR -c . write',
        },
      );
    }
    const suffix = isPlain ? '' : `+${compression}`;
    const blob = await ingest.commit();
    return {
      blob: { ...blob, mediaType: `${imageMediaTypes.oci.layer}${suffix}` },
      diffId: `sha256:${hash.digest('hex')}`,
    };
  } catch (error) {
    await ingest.discard();
    throw error;
  }
}
