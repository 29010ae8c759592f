// The image that a container is made of: of the store, fetched where it is not there, its layers unpacked.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Platform } from '../image/image.ts';
import { formatImageName, type ImageName, withDefaultTag } from '../image/image-name.ts';
import type { StoredImage } from '../store/image-records.ts';
import { noSuchImage, openStoredImage, readStoredConfig } from '../store/open-stored-image.ts';
import type { Snapshotter } from '../store/snapshots/snapshotter.ts';
import type { Store } from '../store/store.ts';
import { blobPath } from '../store/store-layout.ts';
import { chooseRegistry, rememberChoice } from './choose-registry.ts';
import type { ImageForSettings } from './container-settings-of.ts';
import type { Context, Output } from './context.ts';
import type { RegistryChoice } from './open-registry.ts';

/** How the image is come by. */
export interface ImageToRunOptions extends RegistryChoice {
  /**
   * missing (the default), always, newer (always, and what is there does where no registry can be asked), never.
   */
  readonly pull?: string;
  readonly quiet?: boolean;
  readonly platform?: Platform;
}

/** What the image is needed from. */
export interface ImageStore {
  readonly store: Store;
  readonly snapshotter: () => Promise<Snapshotter>;
}

/**
 * Finds the image in the store, or pulls it.
 * @throws PlimsollError PL0707 where it may not be pulled, PL0708, what pulling and unpacking throw
 */
export async function imageToRun(
  { store, snapshotter }: ImageStore,
  reference: string,
  options: ImageToRunOptions,
  context: Context,
): Promise<ImageForSettings> {
  const found = await foundOrPulled(store, reference, options, context);
  if (found === undefined) throw noSuchImage(reference);
  await unpackWhereMissing(store, await snapshotter(), found, reference, context);
  return {
    id: found.id,
    name: reference,
    ...(found.chainId === undefined ? {} : { chainId: found.chainId }),
    config: readStoredConfig(store, found),
  };
}

async function foundOrPulled(
  store: Store,
  reference: string,
  options: ImageToRunOptions,
  context: Context,
): Promise<StoredImage | undefined> {
  const pull = options.pull ?? 'missing';
  const there =
    pull === 'always' ? undefined : await storedImage(store, reference, options, context);
  if (there !== undefined && pull !== 'newer') return there;
  if (pull === 'never') throw noSuchImage(reference);
  try {
    const wasMissing = pull !== 'always' && there === undefined;
    await pullFirst(store, reference, wasMissing, options, context);
  } catch (error) {
    // podman's "newer": what is there does where no registry tells of anything newer.
    const { isRegistryFailure } = await import('./open-image.ts');
    if (there === undefined || !isRegistryFailure(error)) throw error;
    return there;
  }
  return storedImage(store, reference, options, context);
}

/** By the name as docker reads it; else by what the configuration of registries makes of it. */
async function storedImage(
  store: Store,
  reference: string,
  { platform }: ImageToRunOptions,
  context: Context,
): Promise<StoredImage | undefined> {
  const found = store.images.find(reference, platform)?.image;
  if (found !== undefined || reference.includes('/')) return found;
  for (const name of await namesOf(reference, context)) {
    const other = store.images.find(formatImageName(withDefaultTag(name)), platform)?.image;
    if (other !== undefined) return other;
  }
  return undefined;
}

async function namesOf(reference: string, context: Context): Promise<readonly ImageName[]> {
  const { namesMeant } = await import('../registry/endpoints.ts');
  const { openRegistryFor } = await import('./open-registry.ts');
  const { registry, configuration } = await openRegistryFor({}, context);
  try {
    return namesMeant(reference, configuration);
  } catch (error) {
    // A text that is no name may have been an id.
    if (error instanceof PlimsollError) return [];
    throw error;
  } finally {
    registry.close();
  }
}

/** An output that nothing comes out of. */
const silent = (output: Output): Output => ({ ...output, write: () => {}, writeData: () => {} });

async function pullFirst(
  store: Store,
  reference: string,
  wasMissing: boolean,
  options: ImageToRunOptions,
  context: Context,
): Promise<void> {
  const { namesMeant } = await import('../registry/endpoints.ts');
  const { openRegistryFor } = await import('./open-registry.ts');
  const { firstOf } = await import('./open-image.ts');
  const { pullIntoStore } = await import('./pull-into-store.ts');
  const { registry, configuration } = await openRegistryFor(options, context);
  const { quiet = false, platform } = options;
  try {
    const meant = await chooseRegistry(
      namesMeant(reference, configuration),
      configuration,
      context,
    );
    if (wasMissing && !quiet) context.stderr.write(`Unable to find image '${reference}' locally\n`);
    await firstOf(meant.names, (name) =>
      pullIntoStore(name, {
        registry,
        store,
        context,
        options: { quiet, ...(platform === undefined ? {} : { platform }) },
        // Standard output is the container's.
        output: quiet ? silent(context.stderr) : context.stderr,
      }),
    );
    await rememberChoice(reference, meant, options, context);
  } finally {
    registry.close();
  }
}

/** Layers that were never unpacked, or were lost with the power. @throws PlimsollError as unpackLayers */
async function unpackWhereMissing(
  store: Store,
  snapshotter: Snapshotter,
  image: StoredImage,
  reference: string,
  context: Context,
): Promise<void> {
  const { chainId } = image;
  if (chainId === undefined || snapshotter.stat(chainId) !== undefined) return;
  const { unpackLayers } = await import('../store/unpack/unpack-layers.ts');
  // Nothing of it has to be closed.
  const { layers } = await openStoredImage(store, image, reference, { signal: context.signal });
  const wanted = layers.map(({ diffId, blob }) => {
    if (diffId === undefined || blob === undefined)
      throw new TypeError('a stored image with a chainID has diffIDs and blobs');
    const path = blobPath(store.layout, blob.digest);
    return { diffId, blob, open: () => Promise.resolve({ path, size: blob.size }) };
  });
  context.progress.update('unpacking layers');
  await unpackLayers(snapshotter, wanted, { signal: context.signal, target: reference });
  context.progress.clear();
}
