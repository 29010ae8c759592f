// Images of the local store, to be copied from there. Of an index only those manifests count whose blobs are there.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { BlobSource } from '../image/blob-source.ts';
import type { Descriptor } from '../image/image.ts';
import { blobPath } from '../image/image-parts.ts';
import type { Store } from '../store/store.ts';
import type { ImageSource, SourceImage } from './image-source.ts';
import { skipBytes } from './skip-bytes.ts';

/** The given images of the store, which stays the caller's to close. */
export function openStoreSource(
  store: Store,
  reference: string,
  images: readonly SourceImage[],
): ImageSource {
  const blob = ({ digest }: Descriptor): BlobSource | undefined => store.content.open(digest);
  return {
    reference,
    images,
    parts: { manifest: blob, blob },
    read(descriptor, from, signal) {
      const source = blob(descriptor);
      if (source === undefined) {
        throw new PlimsollError('PL0106', `${blobPath(descriptor.digest)} is missing`, {
          at: { target: reference },
          help: 'pull the image again: what is there is not fetched twice',
        });
      }
      const chunks = source.chunks(signal);
      return from === 0 ? chunks : skipBytes(chunks, from);
    },
    close: () => Promise.resolve(),
  };
}
