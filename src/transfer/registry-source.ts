// An image in a registry, to be copied from there.
import type { Descriptor } from '../image/image.ts';
import { formatImageName, type ImageName, manifestReference } from '../image/image-name.ts';
import type { FetchedManifest, Registry } from '../registry/registry.ts';
import { registryParts } from '../registry/registry-parts.ts';
import type { ImageSource } from './image-source.ts';

/**
 * Asks for the image's manifest or index, unless `known` is it. The registry stays open: it is the caller's.
 * @throws PlimsollError as Registry.fetchManifest
 */
export async function openRegistrySource(
  registry: Registry,
  name: ImageName,
  signal: AbortSignal,
  known?: FetchedManifest,
): Promise<ImageSource> {
  const top = known ?? (await registry.fetchManifest(name, manifestReference(name), signal));
  return {
    reference: formatImageName(name),
    images: [{ top: top.descriptor, names: [name] }],
    parts: registryParts(registry, name, top),
    read: (blob: Descriptor, from, stop) =>
      registry.fetchBlob(name, blob, { from, signal: stop, verify: false }),
    close: () => Promise.resolve(),
  };
}
