// An image with its plain layers compressed: what docker and podman do on every push, here when it is asked for, since
// the manifest gets another digest. Layers that are compressed stay as they are, and so does the configuration, so that
// the image's id does.
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { type BlobSource, bytesSource, partOfFile } from '../image/blob-source.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import { compressionOf, sniff } from '../image/inflate.ts';
import { formatDescriptor } from '../image/layout-json.ts';
import { isFault, parseJson } from '../image/oci-json.ts';
import { spool } from '../image/spool.ts';
import { digestOf, hashFor } from '../lib/digest.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import type { Limits } from '../lib/limits.ts';
import { asBuffers } from './as-buffers.ts';
import type { ImageSource } from './image-source.ts';
import type { CopyPlan, PlannedManifest } from './plan-copy.ts';
import { skipBytes } from './skip-bytes.ts';
import { verified } from './verified.ts';

/** How plain layers are compressed. */
export type LayerCompression = 'gzip' | 'zstd';

/** What compressing needs. */
export interface CompressOptions {
  readonly compression: LayerCompression;
  /** Where compressed layers are kept until they are copied: in files without names. */
  readonly temporaryFolder: string;
  readonly limits: Limits;
  readonly signal: AbortSignal;
  /** Called with a layer and the bytes of it that are compressed. */
  readonly onProgress?: (layer: Descriptor, bytes: number) => void;
}

/** What is copied in place of what was planned; it must be closed, the given source stays open. */
export interface CompressedImage {
  readonly source: ImageSource;
  readonly plan: CopyPlan;
  close(): Promise<void>;
}

/**
 * Compresses the plain layers of a plan with one image and no index above it.
 * @throws PlimsollError PL0001 for an index, PL0002, PL0103, PL0105, PL0107
 */
export async function compressLayers(
  source: ImageSource,
  plan: CopyPlan,
  options: CompressOptions,
): Promise<CompressedImage> {
  const [image, ...more] = plan.images;
  if (image === undefined || more.length > 0 || plan.manifests.length > 0) {
    throw new PlimsollError(
      'PL0001',
      'an index names its images by digest: they stay as they are',
      {
        help: 'name one with --platform, or leave out the compression',
      },
    );
  }
  const made = new Map<Digest, BlobSource>();
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing) await end();
  };
  try {
    const layers = new Map<Digest, Descriptor>();
    for (const layer of image.layers) {
      if (layers.has(layer.digest) || !(await isPlain(source, layer, options.signal))) continue;
      const { descriptor, blob, end } = await compressed(source, layer, options);
      closing.push(end);
      made.set(descriptor.digest, blob);
      layers.set(layer.digest, descriptor);
    }
    const replaced = (blob: Descriptor): Descriptor => layers.get(blob.digest) ?? blob;
    const top = manifestWith(plan.top, layers);
    return {
      plan: {
        ...plan,
        top,
        images: [{ ...image, manifest: top.descriptor, layers: image.layers.map(replaced) }],
        blobs: plan.blobs.map(replaced),
      },
      source: {
        ...source,
        images: [{ top: top.descriptor, names: source.images[0]?.names ?? [] }],
        parts: {
          manifest: (descriptor) =>
            descriptor.digest === top.descriptor.digest
              ? bytesSource(top.bytes)
              : source.parts.manifest(descriptor),
          blob: (blob) => made.get(blob.digest) ?? source.parts.blob(blob),
        },
        read(blob, from, signal) {
          const own = made.get(blob.digest);
          return own === undefined
            ? source.read(blob, from, signal)
            : skipBytes(own.chunks(signal), from);
        },
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Told from the first bytes, as everywhere: media types are what somebody wrote. */
async function isPlain(
  source: ImageSource,
  layer: Descriptor,
  signal: AbortSignal,
): Promise<boolean> {
  // Without a media type nothing would say what it has become.
  if (
    layer.size === 0 ||
    layer.mediaType === '' ||
    /[+.](gzip|zstd|encrypted)$/.test(layer.mediaType)
  )
    return false;
  const { head, chunks } = await sniff(asBuffers(source.read(layer, 0, signal)));
  await chunks.return(undefined);
  return compressionOf(head) === 'none';
}

/** The gzip level that docker and podman take. */
export const gzipLevel = 6;

async function compressed(
  source: ImageSource,
  layer: Descriptor,
  { compression, temporaryFolder, limits, signal, onProgress }: CompressOptions,
): Promise<{
  readonly descriptor: Descriptor;
  readonly blob: BlobSource;
  readonly end: () => Promise<void>;
}> {
  const at = { layer: layer.digest };
  const stream =
    compression === 'gzip'
      ? createGzip({ level: gzipLevel })
      : createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  const feed = async (): Promise<void> => {
    const plain = verified(layer, source.read(layer, 0, signal), (bytes) =>
      onProgress?.(layer, bytes),
    );
    for await (const chunk of plain) {
      if (stream.write(chunk)) continue;
      await new Promise<void>((resolve) => {
        stream.once('drain', resolve);
        stream.once('close', resolve);
      });
    }
    stream.end();
  };
  const feeding = feed().catch((error: unknown) => {
    stream.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  const hash = hashFor('sha256:');
  const hashed = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash.update(chunk);
      yield chunk;
    }
  };
  try {
    const file = await spool(hashed(), { folder: temporaryFolder, limits, signal, at });
    const { size } = await file.stat();
    return {
      descriptor: {
        ...layer,
        mediaType: `${layer.mediaType}${suffixFor(layer.mediaType, compression)}`,
        digest: `sha256:${hash.digest('hex')}`,
        size,
      },
      blob: partOfFile(file, 0, size),
      end: () => file.close(),
    };
  } finally {
    stream.destroy();
    await feeding;
  }
}

/** docker's media types have a dot where OCI's have a plus; docker has none for zstd, so that OCI's word is taken. */
function suffixFor(mediaType: string, compression: LayerCompression): string {
  return mediaType.startsWith('application/vnd.docker.') && compression === 'gzip'
    ? '.gzip'
    : `+${compression}`;
}

/** The manifest with other descriptors for some layers; all else stays as it was written. */
function manifestWith(
  { descriptor, bytes }: PlannedManifest,
  layers: ReadonlyMap<Digest, Descriptor>,
): PlannedManifest {
  if (layers.size === 0) return { descriptor, bytes };
  const parsed = parseJson(bytes);
  const manifest = !isFault(parsed) && isJsonObject(parsed.value) ? parsed.value : {};
  const old: readonly unknown[] = Array.isArray(manifest['layers']) ? manifest['layers'] : [];
  const entries = old.map((entry): unknown => {
    const digest = isJsonObject(entry) ? entry['digest'] : undefined;
    const made = typeof digest === 'string' ? layers.get(digest as Digest) : undefined;
    return made === undefined ? entry : { ...(entry as JsonObject), ...formatDescriptor(made) };
  });
  const written = Buffer.from(JSON.stringify({ ...manifest, layers: entries }));
  const digest = digestOf(written) as Digest;
  return { bytes: written, descriptor: { ...descriptor, digest, size: written.length } };
}
