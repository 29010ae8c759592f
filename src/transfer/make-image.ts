// Images made here: a layer that is written, a configuration and a manifest around it, all under one lease. The image
// has no name yet.
import { createGzip } from 'node:zlib';
import { bytesSource } from '../image/blob-source.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import { formatDescriptor } from '../image/layout-json.ts';
import { digestOf, hashFor } from '../lib/digest.ts';
import type { JsonObject } from '../lib/json.ts';
import type { Lease, Store } from '../store/store.ts';
import { type ArchiveWriter, archiveWriter } from './archive-writer.ts';
import { gzipLevel } from './compress-layers.ts';
import type { ImageSource } from './image-source.ts';
import { openStoreSource } from './store-source.ts';

/** Where an image is made. */
export interface MakeImageOptions {
  readonly store: Store;
  readonly lease: Lease;
  readonly signal: AbortSignal;
  /** Names it in errors. */
  readonly reference: string;
}

/** Whose words configuration, manifest and layers have. */
export type ImageForm = 'oci' | 'docker';

/** The media types of both forms (OCI image specification, media-types.md; docker's image manifest v2, schema 2). */
export const imageMediaTypes = {
  oci: {
    config: 'application/vnd.oci.image.config.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar',
    gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
    zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  },
  docker: {
    config: 'application/vnd.docker.container.image.v1+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar',
    gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
    // docker has no word of its own.
    zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  },
} as const;

/** A layer of either form in the words of one. */
export function layerInForm(layer: Descriptor, form: ImageForm): Descriptor {
  const types = imageMediaTypes[form];
  const kind = (['layer', 'gzip', 'zstd'] as const).find((one) =>
    [imageMediaTypes.oci[one], imageMediaTypes.docker[one]].some(
      (type) => type === layer.mediaType,
    ),
  );
  return kind === undefined ? layer : { ...layer, mediaType: types[kind] };
}

/** A layer in the store. */
export interface MadeLayer {
  readonly blob: Descriptor;
  /** Digest of the plain archive. */
  readonly diffId: Digest;
}

/**
 * Stores what `fill` writes as a layer, compressed with gzip as all engines read it.
 * @throws PlimsollError PL0002, PL0701, PL0702, and what `fill` throws
 */
export async function storeLayer(
  fill: (archive: ArchiveWriter) => Promise<void>,
  { store, lease, signal }: MakeImageOptions,
): Promise<MadeLayer> {
  const ingest = await store.content.ingest(undefined, { signal, protection: lease });
  if (ingest === undefined) throw new TypeError('a blob without a digest cannot be there');
  const gzip = createGzip({ level: gzipLevel });
  const hash = hashFor('sha256:');
  const write = (chunk: Uint8Array): Promise<void> => {
    hash.update(chunk);
    // The chunk may be filled anew when this settles, so that room in the stream is not enough.
    return new Promise((settle, reject) =>
      gzip.write(chunk, (error) => (error ? reject(error) : settle())),
    );
  };
  let failure: { readonly error: unknown } | undefined;
  const filling = (async () => {
    const archive = archiveWriter({ write });
    await fill(archive);
    await archive.end();
    gzip.end();
  })().catch((error: unknown) => {
    failure ??= { error };
    gzip.destroy();
  });
  try {
    for await (const chunk of gzip as AsyncIterable<Buffer>)
      await ingest.write(chunk).catch((error: unknown) => {
        // Before the loop ends the stream, which would look like the failure.
        failure ??= { error };
        throw error;
      });
    await filling;
    if (failure !== undefined) throw failure.error;
    const blob = await ingest.commit();
    return {
      blob: { ...blob, mediaType: imageMediaTypes.oci.gzip },
      diffId: `sha256:${hash.digest('hex')}`,
    };
  } catch (error) {
    gzip.destroy();
    await filling;
    await ingest.discard();
    throw failure?.error ?? error;
  }
}

/**
 * Stores configuration and manifest of an image whose layers the store has.
 * @throws PlimsollError PL0002, PL0701, PL0702
 */
export async function storeImage(
  config: JsonObject,
  layers: readonly Descriptor[],
  options: MakeImageOptions,
  form: ImageForm = 'oci',
): Promise<{ readonly source: ImageSource; readonly top: Descriptor }> {
  const types = imageMediaTypes[form];
  const described = await storeJson(config, types.config, options);
  const manifest = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: formatDescriptor(described),
    layers: layers.map((layer) => formatDescriptor(layerInForm(layer, form))),
  };
  const top = await storeJson(manifest, types.manifest, options);
  return { source: openStoreSource(options.store, options.reference, [{ top, names: [] }]), top };
}

async function storeJson(
  value: JsonObject,
  mediaType: string,
  { store, lease, signal }: MakeImageOptions,
): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const blob = { mediaType, digest: digestOf(bytes) as Digest, size: bytes.length };
  const ingest = await store.content.ingest(blob, { signal, protection: lease });
  for await (const chunk of bytesSource(bytes).chunks(signal)) await ingest?.write(chunk);
  await ingest?.commit();
  return blob;
}
