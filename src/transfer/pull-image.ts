// One image of a registry into the store. What the store has is asked for by HEAD only, which costs nothing where
// registries count fetched manifests.
import type { Descriptor, Platform } from '../image/image.ts';
import { type ImageName, withDefaultTag } from '../image/image-name.ts';
import type { ImageParts } from '../image/image-parts.ts';
import type { FetchedManifest, Registry } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';
import { type CopyPlan, planCopy } from './plan-copy.ts';
import { type ReceiveOptions, receiveImage } from './receive-image.ts';
import { openRegistrySource } from './registry-source.ts';

/** How an image is pulled. */
export interface PullOptions extends ReceiveOptions {
  readonly registry: Registry;
  /** Default: this machine's. */
  readonly platform?: Platform;
  /** Told of what will come, before it does. */
  readonly onPlan?: (plan: CopyPlan) => void;
}

/** What a pull came to. */
export interface PulledImage {
  /** What the name points at. */
  readonly target: Descriptor;
  /** Digest of the configuration: docker's image id; the manifest's where there is none. */
  readonly id: string;
  /** Whether the name pointed at this image already. */
  readonly upToDate: boolean;
}

/**
 * Pulls the image that the name means, under its tag (latest without one) or its digest.
 * @throws PlimsollError what the registry, planCopy and receiveImage throw
 */
export async function pullImage(name: ImageName, options: PullOptions): Promise<PulledImage> {
  const { registry, store, platform, limits, signal, onPlan = () => {} } = options;
  const full = withDefaultTag(name);
  const { domain, path, tag, digest } = full;
  const recorded: ImageName = {
    domain,
    path,
    ...(digest !== undefined ? { digest } : tag === undefined ? {} : { tag }),
  };
  const before = store.images.get(recorded)?.target;
  const known = before === undefined ? undefined : await knownManifest(full, before, options);
  const source = await openRegistrySource(registry, full, signal, known);
  const [image] = source.images;
  if (image === undefined) throw new TypeError('a registry source has one image');
  const parts = withStored(source.parts, store);
  const plan = await planCopy({ ...source, parts }, image.top, {
    platforms: platform,
    keepIndex: true,
    limits,
    signal,
  });
  const target = plan.top.descriptor;
  const id = plan.images[0]?.config?.digest ?? target.digest;
  const isWhole = store.images.byId(id).some((one) => one.target.digest === target.digest);
  const upToDate = before?.digest === target.digest && isWhole;
  onPlan(plan);
  const byDigest: ImageName = { domain, path, digest: target.digest };
  const names = digest === undefined ? [recorded, byDigest] : [byDigest];
  await receiveImage(source, plan, names, options);
  return { target, id, upToDate };
}

/** The manifest that the store has under this name, when the registry says that it is still the one. */
async function knownManifest(
  name: ImageName,
  before: Descriptor,
  { registry, store, signal }: PullOptions,
): Promise<FetchedManifest | undefined> {
  const descriptor = await registry.resolve(name, signal);
  if (descriptor.digest !== before.digest || store.content.stat(before.digest) === undefined)
    return undefined;
  return { descriptor: before, bytes: store.content.read(before.digest) };
}

/** Manifests and configurations come from the store where it has them. */
function withStored(parts: ImageParts, { content }: Store): ImageParts {
  return {
    manifest: (descriptor) => content.open(descriptor.digest) ?? parts.manifest(descriptor),
    blob: (descriptor) => content.open(descriptor.digest) ?? parts.blob(descriptor),
  };
}
