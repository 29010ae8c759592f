// An image of the store to a registry. A registry takes an index only when all that it names is there; of one that is
// here in part, a single image can be pushed.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor, Digest, Platform } from '../image/image.ts';
import { formatImageName, type ImageName } from '../image/image-name.ts';
import { isIndexType, parseReferences } from '../image/manifest-references.ts';
import { isFault, parseJson } from '../image/oci-json.ts';
import { formatPlatform } from '../image/platform.ts';
import type { Limits } from '../lib/limits.ts';
import type { Registry } from '../registry/registry.ts';
import type { FoundStoredImage } from '../store/image-records.ts';
import type { Store } from '../store/store.ts';
import { type CompressOptions, compressLayers } from './compress-layers.ts';
import { type CopyOptions, copyImage } from './copy-image.ts';
import { type CopyPlan, planCopy } from './plan-copy.ts';
import { openRegistrySink } from './registry-sink.ts';
import { openStoreSource } from './store-source.ts';

/** How an image is pushed. */
export interface PushOptions extends CopyOptions {
  readonly registry: Registry;
  readonly store: Store;
  readonly limits: Limits;
  /** One image of an index. */
  readonly platform?: Platform;
  /** Compresses layers that are plain; needs a folder for them. */
  readonly compress?: Pick<CompressOptions, 'compression' | 'temporaryFolder'>;
  /** Told of what will be sent, before it is. */
  readonly onPlan?: (plan: CopyPlan) => void;
  /** Told when one image goes without the index that it is part of. */
  readonly onPart?: (says: string) => void;
}

/**
 * Pushes what was found in the store to the name in its registry; what the name points at there now.
 * @throws PlimsollError PL0104, PL0106, and what the registry throws
 */
export async function pushImage(
  { image, by }: FoundStoredImage,
  to: ImageName,
  options: PushOptions,
): Promise<Descriptor> {
  const {
    registry,
    store,
    platform,
    limits,
    signal,
    onPlan = () => {},
    onPart = () => {},
  } = options;
  const reference = formatImageName(to);
  const top = by === 'id' ? image.manifest : image.target;
  const source = openStoreSource(store, reference, [{ top, names: [] }]);
  const plan = (platforms: 'all' | Platform | undefined, of = top): Promise<CopyPlan> =>
    planCopy(source, of, { platforms, keepIndex: false, limits, signal });
  const planned = async (): Promise<CopyPlan> => {
    if (platform !== undefined) return plan(platform);
    try {
      return await plan('all');
    } catch (error) {
      const inPart = error instanceof PlimsollError && error.code === 'PL0106';
      if (!inPart || !isIndexType(top.mediaType)) throw error;
      const here = store.images.list().filter(({ target }) => target.digest === top.digest);
      const platforms = here.map((one) => formatPlatform(one.platform));
      if (here.length !== 1) {
        throw new PlimsollError('PL0106', 'not all that the index names is in the store', {
          at: { target: reference },
          notes: [`there are: ${platforms.join(', ')}`],
          help: 'name one of these with --platform, or pull the others first',
        });
      }
      onPart(
        `the index of this image names more than is here: ${platforms[0]} is pushed alone, with a digest of its own`,
      );
      return plan(undefined, image.manifest);
    }
  };
  const found = await planned();
  const { compress } = options;
  const sent =
    compress === undefined
      ? { source, plan: found, close: () => Promise.resolve() }
      : await compressLayers(source, found, { ...compress, limits, signal });
  try {
    onPlan(sent.plan);
    const sink = openRegistrySink(registry, to, { mountFrom: mountsOf(store, to) });
    await copyImage(sent.source, sent.plan, sink, [to], options);
    return sent.plan.top.descriptor;
  } finally {
    await sent.close();
  }
}

/** Of layers, the repositories of the same registry that images of the store came from or were pushed to. */
function mountsOf(store: Store, to: ImageName): (digest: Digest) => string | undefined {
  let known: Map<Digest, string> | undefined;
  const read = (): Map<Digest, string> => {
    const mounts = new Map<Digest, string>();
    for (const { digests, manifest } of store.images.list()) {
      const from = digests.find(({ domain, path }) => domain === to.domain && path !== to.path);
      if (from === undefined) continue;
      const parsed = parseJson(store.content.read(manifest.digest));
      const references = isFault(parsed) ? parsed : parseReferences(parsed.value);
      if (isFault(references)) continue;
      const { config, layers } = references;
      for (const { digest } of [...layers, ...(config === undefined ? [] : [config])])
        mounts.set(digest, from.path);
    }
    return mounts;
  };
  return (digest) => {
    known ??= read();
    return known.get(digest);
  };
}
