// A root file system as an image of one layer, as `docker import` makes it. The archive becomes the layer as it comes:
// compressed stays compressed, byte for byte.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { readTar } from '../formats/tar-reader.ts';
import { bytesSource } from '../image/blob-source.ts';
import type { ConfigJson } from '../image/config-change.ts';
import type { Descriptor, Digest, Platform } from '../image/image.ts';
import { compressionOf, inflate, sniff } from '../image/inflate.ts';
import { formatDescriptor } from '../image/layout-json.ts';
import { digestOf, hashFor } from '../lib/digest.ts';
import type { Limits } from '../lib/limits.ts';
import type { Lease, Store } from '../store/store.ts';
import type { ImageSource } from './image-source.ts';
import { openStoreSource } from './store-source.ts';

/** What becomes of the archive. */
export interface ImportOptions {
  readonly store: Store;
  readonly lease: Lease;
  readonly platform: Platform;
  /** The `config` of the image. */
  readonly config: ConfigJson;
  /** Told in the history. */
  readonly comment: string;
  /** When the image was made. */
  readonly created: Date;
  readonly limits: Limits;
  readonly signal: AbortSignal;
  /** Names the archive in errors. */
  readonly reference: string;
  /** Called with the bytes that came so far. */
  readonly onProgress?: (bytes: number) => void;
}

const oci = 'application/vnd.oci.image';

/**
 * Takes the archive into the store and makes configuration and manifest for it. The image has no name yet.
 * @throws PlimsollError PL0002, PL0107, PL0202, PL0203, PL0701, PL0702
 */
export async function importRoot(
  chunks: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<{ readonly source: ImageSource; readonly top: Descriptor }> {
  const { store, platform, config, comment, created, reference } = options;
  const { blob, diffId } = await takeLayer(chunks, options);
  const date = created.toISOString();
  const { os, architecture, variant } = platform;
  const configBytes = Buffer.from(
    JSON.stringify({
      created: date,
      architecture,
      ...(variant === undefined ? {} : { variant }),
      os,
      config,
      rootfs: { type: 'layers', diff_ids: [diffId] },
      history: [{ created: date, comment }],
    }),
  );
  const described = await takeBytes(configBytes, `${oci}.config.v1+json`, options);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: `${oci}.manifest.v1+json`,
      config: formatDescriptor(described),
      layers: [formatDescriptor(blob)],
    }),
  );
  const top = await takeBytes(manifest, `${oci}.manifest.v1+json`, options);
  return { source: openStoreSource(store, reference, [{ top, names: [] }]), top };
}

async function takeBytes(
  bytes: Buffer,
  mediaType: string,
  { store, lease, signal }: ImportOptions,
): Promise<Descriptor> {
  const blob = { mediaType, digest: digestOf(bytes) as Digest, size: bytes.length };
  const ingest = await store.content.ingest(blob, { signal, protection: lease });
  for await (const chunk of bytesSource(bytes).chunks(signal)) await ingest?.write(chunk);
  await ingest?.commit();
  return blob;
}

/** Stores the archive and reads it on the way: it must be one, and its digest inflated is the layer's diffID. */
async function takeLayer(
  chunks: AsyncIterable<Uint8Array>,
  { store, lease, limits, signal, reference, onProgress = () => {} }: ImportOptions,
): Promise<{ readonly blob: Descriptor; readonly diffId: Digest }> {
  const at = { target: reference };
  const ingest = await store.content.ingest(undefined, { signal, protection: lease });
  if (ingest === undefined) throw new TypeError('a blob without a digest cannot be there');
  try {
    const stored = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        await ingest.write(chunk);
        onProgress(ingest.size);
        yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      }
    };
    const sniffed = await sniff(stored());
    const compression = compressionOf(sniffed.head);
    const hash = hashFor('sha256:');
    const plain = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of inflate(compression, sniffed.chunks, at, signal)) {
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
    const suffix = compression === 'none' ? '' : `+${compression}`;
    const blob = await ingest.commit();
    return {
      blob: { ...blob, mediaType: `${oci}.layer.v1.tar${suffix}` },
      diffId: `sha256:${hash.digest('hex')}`,
    };
  } catch (error) {
    await ingest.discard();
    throw error;
  }
}
