// Removing images that are not used, as `image prune` and `system prune` do it.
import { imagesInUse } from '../engine/images-in-use.ts';
import { familiarName } from '../image/image-name.ts';
import { groupImages } from '../store/image-groups.ts';
import { removeGroup } from '../store/remove-image.ts';
import type { Store } from '../store/store.ts';
import { collect } from './collect.ts';
import type { Context } from './context.ts';
import { type ImageFilter, parseImageFilters } from './image-filters.ts';

/** Options of prune commands. */
export interface PruneOptions {
  readonly all?: boolean;
  readonly force?: boolean;
  readonly filter?: readonly string[];
}

/** What was removed. */
export interface Pruned {
  /** docker's lines: "untagged: …", "deleted: …". */
  readonly lines: readonly string[];
  readonly bytes: number;
}

/** Parses the filters of prune. @throws PlimsollError PL0001 */
export function pruneFilter(options: PruneOptions, context: Context): ImageFilter {
  return parseImageFilters(options.filter ?? [], {
    now: context.now().getTime(),
    images: undefined,
    keys: ['until', 'label', 'label!', 'dangling'],
  });
}

/** Removes dangling images, or all that no container uses, and everything that nothing needs. */
export async function pruneImages(
  store: Store,
  filter: ImageFilter,
  options: PruneOptions,
  context: Context,
): Promise<Pruned> {
  const lines: string[] = [];
  const users = imagesInUse(store.root);
  store.database.write(() => {
    for (const group of groupImages(store.images.list())) {
      const wanted = filter.saysDangling || options.all === true || group.dangling;
      if (!wanted || !filter.keeps(group) || users.has(group.id)) continue;
      const { untagged, deleted } = removeGroup(store, group);
      lines.push(...untagged.map((name) => `untagged: ${familiarName(name)}`));
      lines.push(`deleted: ${deleted}`);
    }
  });
  // --all also means downloads that could be continued.
  const { snapshots, bytes } = await collect(store, context, options.all === true ? 0 : undefined);
  return { lines: [...lines, ...snapshots.map((name) => `deleted: ${name}`)], bytes };
}
