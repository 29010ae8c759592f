// What the store takes on disk, and what of it images share.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../image/image.ts';
import { namesIn } from './content-files.ts';
import { groupImages, type ImageGroup } from './image-groups.ts';
import type { Store } from './store.ts';

/** What one image takes, blobs and unpacked layers together. Bytes. */
export interface ImageUsage {
  readonly group: ImageGroup;
  /** What other images use too. */
  readonly sharedBytes: number;
  /** What would be free without this image. */
  readonly uniqueBytes: number;
}

/** What the store takes on disk. Bytes. */
export interface DiskUsage {
  readonly images: readonly ImageUsage[];
  /** Blobs and unpacked layers that images need, each once. */
  readonly imageBytes: number;
  /** What would be free without the images that no tag names. */
  readonly danglingBytes: number;
  /** Blobs and unpacked layers that no image needs: of running pulls, or for the next collection. */
  readonly looseBytes: number;
  readonly loose: number;
  /** Downloads that were not finished. */
  readonly partial: number;
  readonly partialBytes: number;
}

interface Part {
  readonly bytes: number;
  readonly users: Set<Digest>;
}

/** Adds up what the store takes. @throws PlimsollError PL0701, PL0704, PL0706 */
export function diskUsage(store: Store): DiskUsage {
  const { content, database, images } = store;
  return database.read(() => {
    const parts = new Map<string, Part>(
      content.list().map(({ digest, size }) => [digest, { bytes: size, users: new Set() }]),
    );
    const parents = new Map<string, string>();
    for (const { driver, key, parent, bytes = 0, kind } of store.snapshotRows.list()) {
      if (kind !== 'committed') continue;
      parts.set(`${driver} ${key}`, { bytes, users: new Set() });
      if (parent !== undefined) parents.set(`${driver} ${key}`, `${driver} ${parent}`);
    }
    const drivers = new Set([...parts.keys()].flatMap((key) => /^(.*) /.exec(key)?.[1] ?? []));
    const children = new Map<string, string[]>();
    for (const row of database.all('SELECT parent, child FROM reference')) {
      const parent = String(row['parent']);
      children.set(parent, [...(children.get(parent) ?? []), String(row['child'])]);
    }
    const groups = groupImages(images.list());
    for (const { id, images: same } of groups) {
      for (const { target, chainId } of same) {
        use(target.digest, id, parts, (digest) => children.get(digest) ?? []);
        for (const driver of drivers) {
          const below = (key: string) => [parents.get(key)].filter((one) => one !== undefined);
          if (chainId !== undefined) use(`${driver} ${chainId}`, id, parts, below);
        }
      }
    }
    const dangling = new Set(groups.filter((group) => group.dangling).map(({ id }) => id));
    const all = [...parts.values()];
    const sum = (wanted: (part: Part) => boolean): number =>
      all.reduce((total, part) => total + (wanted(part) ? part.bytes : 0), 0);
    const partials = partialFiles(store);
    const shared = new Map<Digest, number>();
    const unique = new Map<Digest, number>();
    for (const { bytes, users } of all) {
      const sums = users.size === 1 ? unique : shared;
      for (const id of users) sums.set(id, (sums.get(id) ?? 0) + bytes);
    }
    return {
      images: groups.map((group) => ({
        group,
        sharedBytes: shared.get(group.id) ?? 0,
        uniqueBytes: unique.get(group.id) ?? 0,
      })),
      imageBytes: sum(({ users }) => users.size > 0),
      danglingBytes: sum(
        ({ users }) => users.size > 0 && [...users].every((id) => dangling.has(id)),
      ),
      looseBytes: sum(({ users }) => users.size === 0),
      loose: all.filter(({ users }) => users.size === 0).length,
      partial: partials.length,
      partialBytes: partials.reduce((total, bytes) => total + bytes, 0),
    };
  });
}

/** Notes the image as a user of a part and of all that it leads to. */
function use(
  start: string,
  id: Digest,
  parts: ReadonlyMap<string, Part>,
  next: (key: string) => readonly string[],
): void {
  const seen = new Set<string>();
  const open = [start];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    parts.get(key)?.users.add(id);
    open.push(...next(key));
  }
}

function partialFiles({ layout }: Store): readonly number[] {
  return namesIn(layout.ingest).flatMap((name) => {
    const stats = lstatSync(join(layout.ingest, name), { throwIfNoEntry: false });
    return stats?.isFile() ? [stats.size] : [];
  });
}
