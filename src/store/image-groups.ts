// Images as docker counts them: one for each id. Two targets can have one id, when the same image is in a registry in two
// compressions, or in an index and by itself.
import type { Digest } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';
import type { StoredImage } from './image-records.ts';

/** All that has one id. */
export interface ImageGroup {
  readonly id: Digest;
  /** Not empty. The first stands for all of them. */
  readonly images: readonly [StoredImage, ...StoredImage[]];
  readonly tags: readonly ImageName[];
  readonly digests: readonly ImageName[];
  /** Nobody named it: <none>. */
  readonly dangling: boolean;
}

/** Groups in the order in which their ids first come. */
export function groupImages(images: readonly StoredImage[]): readonly ImageGroup[] {
  const byId = new Map<Digest, [StoredImage, ...StoredImage[]]>();
  for (const image of images) {
    const group = byId.get(image.id);
    if (group === undefined) byId.set(image.id, [image]);
    else group.push(image);
  }
  return [...byId].map(([id, group]) => {
    const tags = group.flatMap((image) => image.tags);
    return {
      id,
      images: group,
      tags,
      digests: group.flatMap(({ digests }) => digests),
      dangling: tags.length === 0,
    };
  });
}

/** What an image takes: its files unpacked, where that is known, else its blobs. Bytes. */
export function imageBytes({ images: [image] }: ImageGroup): number {
  return image.unpackedBytes ?? image.contentBytes;
}
