// The parts of an image in a registry: each is fetched when it is read, manifests only once.
import { type BlobSource, bytesSource } from '../image/blob-source.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';
import type { ImageParts } from '../image/image-parts.ts';
import { digestOf } from '../lib/digest.ts';
import type { FetchedManifest, Registry } from './registry.ts';

/** Manifests and configurations that were read before, by their digests. */
export interface KeptDocuments {
  /** The bytes; they are held against the digest by whoever reads them. */
  get(digest: Digest): Uint8Array | undefined;
  put(digest: Digest, bytes: Uint8Array): void;
}

/** The parts of an image whose manifest or index is there. Layers name URLs of other places in vain: none is asked. */
export function registryParts(
  registry: Registry,
  name: ImageName,
  top: FetchedManifest,
  documents?: KeptDocuments,
): ImageParts {
  const known = new Map<string, FetchedManifest>([[top.descriptor.digest, top]]);
  const manifest = (descriptor: Descriptor): BlobSource => {
    const there = known.get(descriptor.digest)?.bytes ?? keptOf(descriptor, documents);
    if (there !== undefined) return bytesSource(there);
    return {
      size: descriptor.size,
      async *chunks(signal) {
        const fetched = await registry.fetchManifest(name, descriptor.digest, signal);
        known.set(descriptor.digest, fetched);
        documents?.put(descriptor.digest, fetched.bytes);
        yield fetched.bytes;
      },
    };
  };
  return {
    manifest,
    blob(blob) {
      // Layers are kept as what was found in them, if at all.
      const isDocument = blob.mediaType.endsWith('json');
      const there = isDocument ? keptOf(blob, documents) : undefined;
      if (there !== undefined) return bytesSource(there);
      return {
        size: blob.size,
        // Asked for by its digest, and held against it by whoever reads a layer or a configuration.
        identity: blob.digest,
        async *chunks(signal) {
          const chunks: Buffer[] = [];
          for await (const chunk of registry.fetchBlob(name, blob, {
            signal,
            verify: isDocument,
          })) {
            if (isDocument) chunks.push(chunk);
            yield chunk;
          }
          if (isDocument) documents?.put(blob.digest, Buffer.concat(chunks));
        },
      };
    },
  };
}

/** The bytes that are kept, when they still are what their digest says. */
function keptOf({ digest }: Descriptor, documents: KeptDocuments | undefined): Buffer | undefined {
  const bytes = documents?.get(digest);
  return bytes !== undefined && digestOf(bytes, digest) === digest ? Buffer.from(bytes) : undefined;
}
