// Reads a directory: every file once, and a file that has not changed since (by device, inode, size and times) not
// again. Where nothing at all has changed, the needs of the whole are kept.
import { directoryDigest } from '../image/directory-digest.ts';
import { type DirectoryTree, openDirectoryTree, readBelow } from '../image/directory-tree.ts';
import { getcapIsThere } from '../image/file-capabilities.ts';
import type { FileEntry } from '../image/image.ts';
import type { AnalysisCache } from './cache.ts';
import { decodeFacts, decodeJson, encodeFacts, encodeJson } from './facts-codec.ts';
import analyser from './generated/analyser-version.json' with { type: 'json' };
import type { Needs } from './need.ts';
import type { ReadNeedsOptions } from './read-needs.ts';
import type { FileFacts } from './scan/file-facts.ts';
import { inspection } from './scan/inspect-file.ts';
import { decodeSnapshot, keepSnapshot } from './snapshot.ts';
import type { UserSpace } from './user-space.ts';

const partKey = (root: string, part: string) => `directory/${analyser.version}/${part}${root}`;

/** The tree below a directory with the facts of its files. */
export async function readDirectory(
  root: string,
  { signal, cache, progress, limits }: ReadNeedsOptions,
): Promise<DirectoryTree<FileFacts>> {
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

/** What an unchanged directory's needs are kept under: what getcap would tell counts as part of the directory. */
const wholeKey = (root: string, digest: string) =>
  partKey(root, `whole/${digest}${getcapIsThere() ? '' : '/no-getcap'}`);

/** The needs of a directory that was read before and in which nothing has changed. */
export async function keptDirectoryNeeds(
  root: string,
  target: UserSpace['target'],
  { cache, signal, limits }: ReadNeedsOptions,
): Promise<Needs | undefined> {
  const known = decodeJson<string>(cache?.get(partKey(root, 'digest')));
  if (cache === undefined || known === undefined) return undefined;
  const digest = await directoryDigest(root, {
    signal,
    ...(limits === undefined ? {} : { limits }),
  });
  if (digest !== known) return undefined;
  const read = (path: string, limit: number): Uint8Array | undefined => {
    const node = needs?.userSpace.tree.stat(path);
    return node === undefined ? undefined : readBelow(root, node.path, limit);
  };
  const needs = decodeSnapshot(wholeKey(root, digest), {
    cache,
    target,
    read: async (path, limit) => read(path, limit),
    async readEach(paths, limit, visit) {
      for (const path of paths) {
        const bytes = read(path, limit);
        if (bytes !== undefined) await visit(path, bytes);
      }
    },
  });
  return needs;
}

/** Keeps the needs of a directory that was just read; gives them with what is kept beside them. */
export function keepDirectoryNeeds(
  root: string,
  digest: string | undefined,
  needs: Needs,
  cache: AnalysisCache,
): Needs {
  if (digest === undefined) return needs;
  const kept = keepSnapshot(wholeKey(root, digest), needs, cache);
  cache.put([[partKey(root, 'digest'), encodeJson(digest)]]);
  return kept;
}
