// The image that a container is made of: of the store, fetched where it is not there, its layers unpacked.

import { noSuchImage, openStoredImage } from '../store/open-stored-image.ts';
import type { Store } from '../store/store.ts';
import type { ImageForSettings } from './container-settings-of.ts';
import type { Context } from './context.ts';

/** Finds the image in the store. @throws PlimsollError PL0707, PL0708 and those of openStoredImage */
export async function imageToRun(
  store: Store,
  reference: string,
  context: Context,
): Promise<ImageForSettings> {
  const found = store.images.find(reference)?.image;
  if (found === undefined) throw noSuchImage(reference);
  const target = await openStoredImage(store, found, reference, { signal: context.signal });
  return {
    id: found.id,
    name: reference,
    ...(found.chainId === undefined ? {} : { chainId: found.chainId }),
    config: target.config,
  };
}
