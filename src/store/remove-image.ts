// Names and images are removed as docker does it (moby daemon/images/image_delete.go): a name goes alone while the image
// has others; the last tag takes the digests of its repository and the image with it; an id takes everything, but only by
// force when the image has names in several places. Blobs and snapshots go with the next collection.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Digest } from '../image/image.ts';
import { familiarName, formatImageName, type ImageName } from '../image/image-name.ts';
import { shortDigest } from '../lib/digest.ts';
import { groupImages, type ImageGroup } from './image-groups.ts';
import { noSuchImage } from './open-stored-image.ts';
import type { Store } from './store.ts';

/** What a removal did. */
export interface RemovedImage {
  readonly untagged: readonly ImageName[];
  /** Id of the image when it has no name any more and is gone. */
  readonly deleted?: Digest;
}

/**
 * Removes a name, or an image by its id. `refuseInUse` is asked before an image goes with its last name, and throws.
 * @throws PlimsollError PL0707, PL0708, PL0709 when `force` is needed
 */
export function removeImage(
  store: Store,
  text: string,
  force: boolean,
  refuseInUse: (group: ImageGroup) => void = () => undefined,
): RemovedImage {
  const { images, database } = store;
  const remove = (group: ImageGroup): RemovedImage => {
    refuseInUse(group);
    return removeGroup(store, group);
  };
  return database.write(() => {
    const found = images.find(text);
    if (found === undefined) throw noSuchImage(text);
    const [group] = groupImages(images.byId(found.image.id));
    if (group === undefined) throw noSuchImage(text);
    const names = [...group.tags, ...group.digests];
    if (found.by === 'id') {
      if (!force && !isSingle(group)) throw referenced(group);
      return remove(group);
    }
    const named = names.filter((name) => isSame(name, found.name));
    if (named.length === 0) throw noSuchImage(text);
    const [{ tag } = {}] = named;
    const others = group.tags.filter((name) => !named.includes(name));
    // A digest without any tag in its repository is of no more use.
    const orphaned =
      tag === undefined
        ? []
        : group.digests.filter(
            (name) =>
              named.some((one) => inSameRepository(one, name)) &&
              !others.some((one) => inSameRepository(one, name)),
          );
    const going = [...named, ...orphaned];
    if (going.length === names.length) return remove(group);
    for (const name of going) images.removeName(name);
    dropNameless(store, group);
    return { untagged: going };
  });
}

/** Removes the image with all of its names. */
export function removeGroup({ images }: Store, group: ImageGroup): RemovedImage {
  for (const { target } of group.images) images.removeTarget(target.digest);
  return { untagged: [...group.tags, ...group.digests], deleted: group.id };
}

/** The same image under another digest, that lost its names, while the id has others. */
function dropNameless({ images }: Store, { id }: ImageGroup): void {
  const rest = images.byId(id);
  for (const { target, tags, digests } of rest) {
    if (tags.length + digests.length === 0) images.removeTarget(target.digest);
  }
}

function isSame(a: ImageName, b: ImageName | undefined): boolean {
  return b !== undefined && formatImageName(a) === formatImageName(b);
}

function inSameRepository(a: ImageName, b: ImageName): boolean {
  return a.domain === b.domain && a.path === b.path;
}

/** Whether the names are one tag, with digests of its own repository at most. */
function isSingle({ tags, digests }: ImageGroup): boolean {
  const [first = digests[0], ...more] = tags;
  return (
    more.length === 0 &&
    (first === undefined || digests.every((digest) => inSameRepository(first, digest)))
  );
}

function referenced({ id, tags, digests }: ImageGroup): PlimsollError {
  return new PlimsollError(
    'PL0709',
    `unable to delete ${shortDigest(id)}: several names point at it`,
    {
      at: { target: shortDigest(id) },
      notes: [`names: ${[...tags, ...digests].map(familiarName).join(', ')}`],
      help: 'remove them one by one, or all of them and the image with --force',
    },
  );
}
