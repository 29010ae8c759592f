// Pushes images to a repository of a registry: blobs that are there are not sent, those that another repository of the
// registry has are mounted.
import type { Digest } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';
import { manifestReference } from '../image/image-name.ts';
import type { PushedBlob, Registry } from '../registry/registry.ts';
import type { ImageSink, PutBlob } from './image-sink.ts';
import type { PlannedManifest } from './plan-copy.ts';

/** As many uploads at once as docker makes (max-concurrent-uploads). */
const atOnce = 5;

/** What is known of the registry. */
export interface RegistrySinkOptions {
  /** A repository of the same registry that is known to have the blob. */
  readonly mountFrom?: (digest: Digest) => string | undefined;
}

const outcomes: Readonly<Record<PushedBlob, PutBlob>> = {
  pushed: 'copied',
  exists: 'exists',
  mounted: 'mounted',
};

/** Pushes to `name`, whatever names the images have elsewhere. The registry stays the caller's to close. */
export function openRegistrySink(
  registry: Registry,
  name: ImageName,
  { mountFrom = () => undefined }: RegistrySinkOptions = {},
): ImageSink {
  const put = async (
    { descriptor, bytes }: PlannedManifest,
    reference: string,
    signal: AbortSignal,
  ): Promise<void> => {
    const { mediaType } = descriptor;
    await registry.pushManifest(name, reference, { bytes, mediaType }, signal);
  };
  return {
    parallel: atOnce,
    sparse: false,
    begin() {},
    async putBlob(blob, content, { signal, onProgress }) {
      const from = mountFrom(blob.digest);
      const options = { signal, onProgress, ...(from === undefined ? {} : { mountFrom: from }) };
      return outcomes[await registry.pushBlob(name, blob, content, options)];
    },
    putManifest: (manifest, signal) => put(manifest, manifest.descriptor.digest, signal),
    putImage: ({ top }, _names, signal) => put(top, manifestReference(name), signal),
    finish: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  };
}
