// A directory on disk as a tree: never out of its root, whatever its symbolic links say.
import type { Limits } from '../lib/limits.ts';
import type { Inspect, PayloadTree } from './payload-tree.ts';

export interface DirectoryTreeOptions<P> {
  readonly signal: AbortSignal;
  /** Called once for each inode of a regular file. */
  readonly inspect: Inspect<P>;
  readonly limits?: Partial<Limits>;
  /** Nodes seen so far. */
  readonly onProgress?: (nodes: number) => void;
}

/** Reads the tree below `root`. What cannot be read becomes a problem. @throws PlimsollError PL0101, PL0107 */
export async function openDirectoryTree<P>(
  _root: string,
  _options: DirectoryTreeOptions<P>,
): Promise<PayloadTree<P>> {
  throw new Error('not written yet');
}
