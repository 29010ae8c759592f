// Reads a directory: every file once, and a file that has not changed since (by device, inode, size and times) not
// again. What is kept of a directory is one value, under its path.
import { openDirectoryTree } from '../image/directory-tree.ts';
import type { FileEntry } from '../image/image.ts';
import type { PayloadTree } from '../image/payload-tree.ts';
import { decodeFacts, decodeJson, encodeFacts, encodeJson } from './facts-codec.ts';
import analyser from './generated/analyser-version.json' with { type: 'json' };
import type { ReadNeedsOptions } from './read-needs.ts';
import type { FileFacts } from './scan/file-facts.ts';
import { inspection } from './scan/inspect-file.ts';

const partKey = (root: string, part: string) => `directory/${analyser.version}/${part}${root}`;

/** The tree below a directory with the facts of its files. */
export async function readDirectory(
  root: string,
  { signal, cache, progress, limits }: ReadNeedsOptions,
): Promise<PayloadTree<FileFacts>> {
  const inspect = inspection();
  const identities = new Map<string, string>();
  const kept = new Map<string, FileFacts>();
  const before = new Map(
    cache === undefined
      ? []
      : (decodeJson<readonly (readonly [string, string])[]>(
          cache.get(partKey(root, 'identities')),
        ) ?? []),
  );
  const facts =
    before.size === 0 || cache === undefined
      ? undefined
      : decodeFacts(cache.get(partKey(root, 'facts')));
  let changed = facts === undefined;
  const tree = await openDirectoryTree<FileFacts>(root, {
    signal,
    ...(limits === undefined ? {} : { limits }),
    onProgress: (done) => progress?.({ done, what: 'files' }),
    async inspect(entry: FileEntry) {
      const { path } = entry.node;
      if (cache === undefined || entry.identity === undefined) return inspect(entry);
      identities.set(path, entry.identity);
      const same = facts !== undefined && before.get(path) === entry.identity;
      if (!same) changed = true;
      const found = same ? facts.get(path) : await inspect(entry);
      if (found !== undefined) kept.set(path, found);
      return found;
    },
  });
  if (cache !== undefined && (changed || identities.size !== before.size)) {
    cache.put([
      [partKey(root, 'identities'), encodeJson([...identities])],
      [partKey(root, 'facts'), encodeFacts(kept)],
    ]);
  }
  return tree;
}
