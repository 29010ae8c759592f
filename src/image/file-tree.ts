// One tree of files, wherever it comes from: a directory on disk, or the layers of an image merged as the OCI
// image specification says (whiteouts, opaque directories, later layers win). Paths are absolute, '/'-separated,
// normalised; nothing in a tree ever leads outside it. Names are bytes: what is not UTF-8 in them is kept as lone
// surrogates (src/lib/file-name.ts), so that different names stay different.

/** A node of a tree. */
export interface FileNode {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'block' | 'character' | 'fifo' | 'socket';
  /** Permission bits with setuid, setgid and sticky: 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes; 0 for anything but a file. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** Target of a symbolic link, as stored. */
  readonly linkTarget?: string;
  /** Device numbers of block and character devices. */
  readonly device?: { readonly major: number; readonly minor: number };
  /** Extended attributes (security.capability, user.* …), values as bytes. */
  readonly xattrs?: Readonly<Record<string, Uint8Array>>;
  /** The layer that the node comes from, 0 the lowest; absent outside images. */
  readonly layer?: number;
}

/** Files of an image or a host alike. Every method resolves symbolic links inside the tree only. */
export interface FileTree {
  /** The node at a path; with `follow` (the default) through symbolic links. Undefined where there is none, or on a link loop. */
  stat(path: string, options?: { readonly follow?: boolean }): FileNode | undefined;
  /** Names in a directory, sorted; empty where there is none. */
  list(path: string): readonly string[];
  /** All nodes, parents before children, siblings by name. */
  walk(): Iterable<FileNode>;
  /** The paths of `walk`, in its order, where a tree has them without making nodes. */
  paths?(): Iterable<string>;
  /**
   * A file's bytes up to `limit` (bytes; the whole file must fit). Undefined where there is no such file.
   * @throws PlimsollError PL0107 when the file is larger, PL0103 when it cannot be read.
   */
  read(path: string, limit: number): Promise<Uint8Array | undefined>;
  /** Whether a file of an image can be read without reading its layer for it. */
  isKept?(path: string): boolean;
  /** As `read` for several files, in one pass over the layers of an image; a path without a file is not visited. */
  readEach?(paths: readonly string[], limit: number, visit: VisitFile): Promise<void>;
}

/**
 * Takes the bytes of a file, which may be changed once it has returned. Called again for a path that an archive holds
 * twice: the last call counts.
 */
export type VisitFile = (path: string, bytes: Uint8Array) => void | Promise<void>;
