// An image in a registry, to be copied from there.
import { type BlobSource, bytesSource } from '../image/blob-source.ts';
import type { Descriptor } from '../image/image.ts';
import { formatImageName, type ImageName, manifestReference } from '../image/image-name.ts';
import type { FetchedManifest, Registry } from '../registry/registry.ts';
import type { ImageSource } from './image-source.ts';

/**
 * Asks for the image's manifest or index. The registry stays open: it is the caller's.
 * @throws PlimsollError as Registry.fetchManifest
 */
export async function openRegistrySource(
  registry: Registry,
  name: ImageName,
  signal: AbortSignal,
): Promise<ImageSource> {
  const top = await registry.fetchManifest(name, manifestReference(name), signal);
  const known = new Map<string, FetchedManifest>([[top.descriptor.digest, top]]);
  const manifest = (descriptor: Descriptor): BlobSource => {
    const there = known.get(descriptor.digest);
    if (there !== undefined) return bytesSource(there.bytes);
    return {
      size: descriptor.size,
      async *chunks(stop) {
        const fetched = await registry.fetchManifest(name, descriptor.digest, stop);
        known.set(descriptor.digest, fetched);
        yield fetched.bytes;
      },
    };
  };
  const read = (blob: Descriptor, from: number, stop: AbortSignal): AsyncGenerator<Buffer> =>
    registry.fetchBlob(name, blob, { from, signal: stop });
  return {
    reference: formatImageName(name),
    images: [{ top: top.descriptor, names: [name] }],
    parts: {
      manifest,
      blob: (blob) => ({ size: blob.size, chunks: (stop) => read(blob, 0, stop) }),
    },
    read,
    close: () => Promise.resolve(),
  };
}
