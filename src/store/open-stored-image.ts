// An image of the store as a target: the same as one in an archive, read from its blobs.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { BlobSource } from '../image/blob-source.ts';
import { budgetOf } from '../image/budget.ts';
import type { Descriptor, ImageConfig, ImageTarget, Platform } from '../image/image.ts';
import { familiarName } from '../image/image-name.ts';
import { openImageParts } from '../image/image-parts.ts';
import { isFault, parseImageConfig, parseJson } from '../image/oci-json.ts';
import { type Limits, withLimits } from '../lib/limits.ts';
import type { StoredImage } from './image-records.ts';
import type { Store } from './store.ts';
import { blobPath } from './store-layout.ts';

/** How a stored image is opened. */
export interface OpenStoredOptions {
  readonly signal: AbortSignal;
  readonly limits?: Partial<Limits>;
}

/**
 * Opens an image of the store; closing the target leaves the store open.
 * @param reference as the user named it
 * @throws PlimsollError PL0105 to PL0108, PL0205
 */
export async function openStoredImage(
  { content }: Pick<Store, 'content'>,
  image: StoredImage,
  reference: string,
  { signal, limits }: OpenStoredOptions,
): Promise<ImageTarget> {
  const blob = ({ digest }: Descriptor): BlobSource | undefined => content.open(digest);
  const found = await openImageParts(
    {
      parts: { manifest: blob, blob },
      reference,
      // The manifest is chosen already: whatever it is for, it is the one.
      budget: budgetOf(withLimits(limits)),
      signal,
    },
    [image.manifest],
  );
  const names = [...image.tags, ...image.digests].map(familiarName);
  return { kind: 'stored', reference, ...found, names, close: () => Promise.resolve() };
}

/**
 * The configuration of an image of the store, without what else there is to an image.
 * @throws PlimsollError PL0106 to PL0108
 */
export function readStoredConfig(
  { content, layout }: Pick<Store, 'content' | 'layout'>,
  { id }: Pick<StoredImage, 'id'>,
): ImageConfig {
  const json = parseJson(content.readAsKept(id));
  const config = isFault(json) ? json : parseImageConfig(json.value);
  if (!isFault(config)) return config;
  throw new PlimsollError('PL0108', config.fault, { at: { path: blobPath(layout, id) } });
}

/**
 * What someone means by a name, a digest or an id in the store; undefined where it has no such image.
 * @throws PlimsollError PL0104, PL0708 and those of openStoredImage
 */
export async function openFromStore(
  store: Store,
  reference: string,
  options: OpenStoredOptions & { readonly platform?: Platform },
): Promise<ImageTarget | undefined> {
  const found = store.images.find(reference, options.platform);
  return found === undefined ? undefined : openStoredImage(store, found.image, reference, options);
}

/** PL0707 for what the store does not have. */
export function noSuchImage(reference: string): PlimsollError {
  return new PlimsollError('PL0707', `no such image: ${reference}`, {
    at: { target: reference },
    help: `plimsoll images lists what is there; plimsoll pull ${reference} fetches it`,
  });
}
