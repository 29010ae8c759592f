// The parts of an image in a registry: each is fetched when it is read, manifests only once.
import { type BlobSource, bytesSource } from '../image/blob-source.ts';
import type { Descriptor } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';
import type { ImageParts } from '../image/image-parts.ts';
import type { FetchedManifest, Registry } from './registry.ts';

/** The parts of an image whose manifest or index is there. Layers name URLs of other places in vain: none is asked. */
export function registryParts(
  registry: Registry,
  name: ImageName,
  top: FetchedManifest,
): ImageParts {
  const known = new Map<string, FetchedManifest>([[top.descriptor.digest, top]]);
  const manifest = (descriptor: Descriptor): BlobSource => {
    const there = known.get(descriptor.digest);
    if (there !== undefined) return bytesSource(there.bytes);
    return {
      size: descriptor.size,
      async *chunks(signal) {
        const fetched = await registry.fetchManifest(name, descriptor.digest, signal);
        known.set(descriptor.digest, fetched);
        yield fetched.bytes;
      },
    };
  };
  return {
    manifest,
    blob: (blob) => ({
      size: blob.size,
      // Asked for by its digest, and held against it by whoever reads a layer or a configuration.
      identity: blob.digest,
      chunks: (signal) => registry.fetchBlob(name, blob, { signal, verify: false }),
    }),
  };
}
