// How commands that look at images open what they are given, and what they have in common.
import { type Command, Option } from 'commander';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { ImageTarget, Platform, Target } from '../image/image.ts';
import { parsePlatform } from '../image/platform.ts';
import { formatBytes } from '../lib/byte-count.ts';
import { type AnalysisCache, openCache } from '../needs/cache.ts';
import { layerSizes } from '../needs/layer-sizes.ts';
import type { Context } from './context.ts';
import { type OpenImageOptions, openImage } from './open-image.ts';
import { addRegistryOptions, type RegistryChoice } from './open-registry.ts';
import { addStoreOption, type StoreOption } from './store-option.ts';

/** Options of commands that look at images. */
export interface ViewOptions extends StoreOption, RegistryChoice {
  readonly platform?: string;
  readonly cache?: boolean;
}

/** What such a command takes as its argument, for its help. */
export const imageArgument =
  'a name or id of the store, a name in a registry, an OCI layout (oci:DIR[:TAG]), an OCI or docker archive, or -';

/** Adds `--platform`, `--root` and `--no-cache`. */
export function addViewOptions(command: Command): Command {
  command
    .addOption(
      new Option(
        '--platform <os/arch>',
        "which image of a multi-platform one (default: this machine's)",
      ),
    )
    .option('--no-cache', 'read everything again, and keep nothing');
  return addRegistryOptions(addStoreOption(command));
}

/** The platform of `--platform`. @throws PlimsollError PL0001 */
export function platformOf({ platform }: ViewOptions): Platform | undefined {
  if (platform === undefined) return undefined;
  const parsed = parsePlatform(platform);
  if (parsed !== undefined) return parsed;
  throw new PlimsollError('PL0001', `'${platform}' is no platform`, {
    help: "write it as the image's index does: linux/amd64, linux/arm64, linux/arm/v7",
  });
}

async function* bytesOf(stream: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

/** Opens a target, hands it on, and closes it. @throws PlimsollError as openImage */
export async function withTarget<T>(
  reference: string,
  options: ViewOptions,
  context: Context,
  use: (target: Target) => Promise<T>,
): Promise<T> {
  const platform = platformOf(options);
  const opening: OpenImageOptions = {
    store: options,
    registry: options,
    ...(platform === undefined ? {} : { platform }),
    ...(reference === '-' ? { stdin: bytesOf(context.stdin()) } : {}),
    onProgress: ({ bytes }) => context.progress.update(`receiving: ${formatBytes(bytes)}`),
  };
  const target = await openImage(reference, opening, context);
  try {
    return await use(target);
  } finally {
    if ('close' in target) await target.close();
  }
}

/** As withTarget, for what has a configuration. @throws PlimsollError PL0761 and as openTarget */
export function withImage<T>(
  reference: string,
  options: ViewOptions,
  context: Context,
  use: (image: ImageTarget) => Promise<T>,
): Promise<T> {
  return withTarget(reference, options, context, (target) => {
    if ('config' in target) return use(target);
    throw new PlimsollError(
      'PL0761',
      `${reference} has files, but no configuration: it is no image`,
      {
        at: { target: reference },
        help: 'give what docker save, podman save or skopeo copy wrote, or the name of an image',
      },
    );
  });
}

/** Opens the cache of facts, hands it on, and closes it; none with `--no-cache`. */
export async function withCache<T>(
  { cache: wanted }: ViewOptions,
  { cacheDirectory, user, now }: Context,
  use: (cache: AnalysisCache | undefined) => Promise<T>,
): Promise<T> {
  if (wanted === false) return use(undefined);
  const cache = openCache(cacheDirectory, {
    now: () => now().getTime(),
    ...(user === undefined ? {} : { user }),
  });
  try {
    return await use(cache);
  } finally {
    cache.close();
  }
}

/**
 * The size of each layer: unpacked, but of images in a registry as they are stored there, since nothing of them is
 * fetched to be measured.
 * @throws PlimsollError as Layer.entries
 */
export function sizesOf(
  { kind, layers }: ImageTarget,
  options: ViewOptions,
  context: Context,
): Promise<readonly number[]> {
  if (kind === 'registry') return Promise.resolve(layers.map(({ blob }) => blob?.size ?? 0));
  return withCache(options, context, (cache) =>
    layerSizes(layers, {
      signal: context.signal,
      ...(cache === undefined ? {} : { cache }),
      onProgress: (bytes) => context.progress.update(`measuring layers: ${formatBytes(bytes)}`),
    }),
  );
}
