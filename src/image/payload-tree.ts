import type { Diagnostic } from '../diag/diagnostic.ts';
import type { FileTree, VisitFile } from './file-tree.ts';
import type { FileEntry } from './image.ts';

/** A tree that carries a fact of the caller's for each file. */
export interface PayloadTree<P> extends FileTree {
  /** What `inspect` gave for the regular file at a path (symbolic links followed); hard links share it. */
  payload(path: string): P | undefined;
  readEach(paths: readonly string[], limit: number, visit: VisitFile): Promise<void>;
  /** What could not be read or was put right. */
  readonly problems: readonly Diagnostic[];
  /** Nodes in the tree. */
  readonly size: number;
}

/** Looks at one regular file as it passes; called for files only, never for other types. */
export type Inspect<P> = (entry: FileEntry) => P | undefined | Promise<P | undefined>;
