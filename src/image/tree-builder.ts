// The tree in memory behind every FileTree: directories are maps of names. Symbolic links are resolved inside the
// tree only, so nothing that a link says leads out of it.
import type { Diagnostic } from '../diag/diagnostic.ts';
import { limitError } from '../diag/limit-error.ts';
import type { Limits } from '../lib/limits.ts';
import type { FileNode, VisitFile } from './file-tree.ts';
import type { PayloadTree } from './payload-tree.ts';

/** Where a file's bytes are: the layer's position and the path that they have there. */
export interface StoredAt {
  readonly layer: number;
  readonly path: string;
}

interface Entry<P> {
  node: FileNode;
  payload?: P;
  /** Absent where the node's own path and layer say it: of nearly all. */
  stored?: StoredAt;
  children?: Map<string, Entry<P>>;
}

/** Links that may follow one another in one path: MAXSYMLINKS of Linux (include/linux/namei.h). */
const maximumLinks = 40;
/** Components walked for one path with all its links: links could else make each look-up as long as 40 paths. */
const maximumSteps = 1024;

const directoryNode = (path: string, layer?: number): FileNode => ({
  path,
  type: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0,
  ...(layer === undefined ? {} : { layer }),
});

/** Reads files of a finished tree by where they are stored; a file longer than `limit` throws PL0107. */
export type ReadStored = (
  files: readonly { readonly path: string; readonly stored: StoredAt }[],
  limit: number,
  visit: VisitFile,
) => Promise<void>;

/** Bounds of a tree, and who hears of what has no place in it. */
export interface TreeBuilderOptions {
  readonly limits: Limits;
  /** Told of a node that has no place, and of the file or link in its way. */
  readonly onBlocked?: (node: FileNode, by: string) => void;
}

/** Where a walk ended: at an entry, with the names that are not below it; or at what is no directory, or no end. */
type Place<P> =
  | { readonly entry: Entry<P>; readonly missing: readonly string[] }
  | { readonly blockedBy: string };

/** A tree while it is made. Paths are absolute and normalised. */
export class TreeBuilder<P> {
  readonly #options: TreeBuilderOptions;
  readonly #root: Entry<P> = { node: directoryNode('/'), children: new Map() };
  #size = 1;
  /** Where the last node was put: the next one most often goes there too. */
  #last: { readonly path: string; readonly entry: Entry<P> } | undefined;

  constructor(options: TreeBuilderOptions) {
    this.#options = options;
  }

  /**
   * Puts a node in place of what is there; directories keep their children. Missing parents are made. A parent that is
   * a symbolic link is followed, also where it leads to nothing: containerd (fs.RootPath, then mkparent) and umoci
   * (securejoin, then MkdirAll) make the directory that the link names, and so do we. Where a file or a link without end
   * stands in the way they give up on the image; here the node is left out and told.
   * @throws PlimsollError PL0107 when the tree has more nodes than the limit `entries`
   */
  put(node: FileNode, payload?: P, stored: StoredAt = storedAt(node)): void {
    if (node.path === '/') {
      this.#root.node = { ...node, type: 'directory' };
      return;
    }
    const slash = node.path.lastIndexOf('/');
    const name = node.path.slice(slash + 1);
    const found = this.#folder(node.path.slice(0, slash), node.layer);
    if ('blockedBy' in found) {
      this.#options.onBlocked?.(node, found.blockedBy);
      return;
    }
    const parent = found.entry;
    const path = join(parent.node.path, name);
    const placed = path === node.path ? node : { ...node, path };
    const old = parent.children?.get(name);
    if (old !== undefined && node.type === 'directory' && old.children !== undefined) {
      old.node = placed;
      return;
    }
    if (old !== undefined) {
      this.#size -= count(old);
      this.#last = undefined;
    }
    const entry: Entry<P> = { node: placed };
    if (node.type === 'directory') entry.children = new Map();
    if (payload !== undefined) entry.payload = payload;
    if (stored.path !== path || stored.layer !== layerOf(node)) entry.stored = stored;
    parent.children?.set(name, entry);
    this.#grow();
  }

  /** Makes `node.path` another name of the file at `target`. False when there is no such file. */
  link(node: FileNode, target: string): boolean {
    const found = this.#find(target, false);
    if (found === undefined || found.children !== undefined) return false;
    const { path: _, ...rest } = found.node;
    this.put(
      { ...rest, path: node.path, ...(node.layer === undefined ? {} : { layer: node.layer }) },
      found.payload,
      found.stored ?? storedAt(found.node),
    );
    return true;
  }

  /** Removes a path with all below it. */
  remove(path: string): void {
    const slash = path.lastIndexOf('/');
    const parent = this.#find(path.slice(0, slash) || '/', true);
    const name = path.slice(slash + 1);
    const old = parent?.children?.get(name);
    if (old === undefined) return;
    this.#size -= count(old);
    this.#last = undefined;
    parent?.children?.delete(name);
  }

  /** Removes all below a directory. */
  clear(path: string): void {
    const found = this.#find(path, true);
    if (found?.children === undefined) return;
    this.#size -= count(found) - 1;
    this.#last = undefined;
    found.children.clear();
  }

  /** The node at a path while the tree is made; a link at its end is not followed. */
  at(path: string): FileNode | undefined {
    return this.#find(path, false)?.node;
  }

  /** All nodes below a path, itself included, as they are now. */
  *from(path: string): Generator<FileNode> {
    const found = this.#find(path, false);
    if (found !== undefined) yield* walk(found);
  }

  /** Puts another node in the place of one that is there, keeping payload and children. */
  replace(node: FileNode): void {
    const found = this.#find(node.path, false);
    if (found !== undefined) found.node = node;
  }

  /** The finished tree; the builder must not be used afterwards. `isKept`: whether a file is at hand without its layer. */
  finish(
    readStored: ReadStored,
    problems: readonly Diagnostic[],
    isKept: (stored: StoredAt) => boolean = () => false,
  ): PayloadTree<P> {
    const find = (path: string, follow = true): Entry<P> | undefined =>
      this.#find(normalise(path), follow);
    const stored = (path: string): { path: string; stored: StoredAt } | undefined => {
      const entry = find(path);
      if (entry?.node.type !== 'file') return undefined;
      return { path, stored: entry.stored ?? storedAt(entry.node) };
    };
    const readEach = (paths: readonly string[], limit: number, visit: VisitFile) =>
      readStored(
        paths.map(stored).filter((item) => item !== undefined),
        limit,
        visit,
      );
    return {
      stat: (path, options) => find(path, options?.follow ?? true)?.node,
      list: (path) => [...(find(path)?.children?.keys() ?? [])].sort(),
      walk: () => walk(this.#root),
      payload: (path) => find(path)?.payload,
      async read(path, limit) {
        let found: Uint8Array | undefined;
        await readEach([path], limit, (_path, bytes) => {
          found = Uint8Array.from(bytes);
        });
        return found;
      },
      readEach,
      isKept(path) {
        const found = stored(path);
        return found !== undefined && isKept(found.stored);
      },
      problems,
      size: this.#size,
    };
  }

  #grow(): void {
    const { limits } = this.#options;
    // The root is no entry.
    const entries = this.#size++;
    if (entries <= limits.entries) return;
    throw limitError('entries', limits, 'files and directories of the tree', entries);
  }

  /** The directory at a path, made where it is missing. */
  #folder(path: string, layer: number | undefined): Place<P> {
    if (this.#last?.path === path) return { entry: this.#last.entry, missing: [] };
    const found = this.#walk(path, true, true);
    if ('blockedBy' in found) return found;
    let { entry } = found;
    if (entry.children === undefined) return { blockedBy: entry.node.path };
    for (const name of found.missing) {
      const node = directoryNode(join(entry.node.path, name), layer);
      const made: Entry<P> = { node, children: new Map() };
      entry.children?.set(name, made);
      this.#grow();
      entry = made;
    }
    this.#last = { path, entry };
    return { entry, missing: [] };
  }

  #find(path: string, follow: boolean): Entry<P> | undefined {
    const found = this.#walk(path, follow);
    return 'blockedBy' in found || found.missing.length > 0 ? undefined : found.entry;
  }

  /** Goes down a path; `beyond` what is there, it goes on by names alone. */
  #walk(path: string, follow: boolean, beyond = false): Place<P> {
    let links = 0;
    let steps = 0;
    let entry: Entry<P> = this.#root;
    const trail: Entry<P>[] = [];
    const missing: string[] = [];
    const parts = path.split('/').reverse();
    while (parts.length > 0) {
      const part = parts.pop() ?? '';
      if (part === '' || part === '.') continue;
      if (++steps > maximumSteps) return { blockedBy: entry.node.path };
      if (part === '..') {
        // What is missing is gone back on by name, as engines do.
        if (missing.pop() === undefined) entry = trail.pop() ?? this.#root;
        continue;
      }
      if (entry.children === undefined) return { blockedBy: entry.node.path };
      const next = missing.length > 0 ? undefined : entry.children.get(part);
      if (next === undefined) {
        missing.push(part);
        if (beyond) continue;
        return { entry, missing };
      }
      const target = next.node.type === 'symlink' ? next.node.linkTarget : undefined;
      if (target !== undefined && (follow || parts.length > 0)) {
        if (++links > maximumLinks) return { blockedBy: next.node.path };
        if (target.startsWith('/')) {
          entry = this.#root;
          trail.length = 0;
        }
        for (const name of target.split('/').reverse()) parts.push(name);
        continue;
      }
      trail.push(entry);
      entry = next;
    }
    return { entry, missing };
  }
}

const layerOf = ({ layer = 0 }: FileNode): number => layer;

function storedAt(node: FileNode): StoredAt {
  return { layer: layerOf(node), path: node.path };
}

function join(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

function normalise(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

function count<P>(entry: Entry<P>): number {
  let total = 1;
  for (const child of entry.children?.values() ?? []) total += count(child);
  return total;
}

function* walk<P>(root: Entry<P>): Generator<FileNode> {
  const pending: Entry<P>[] = [root];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    yield entry.node;
    if (entry.children === undefined) continue;
    const names = [...entry.children.keys()].sort().reverse();
    for (const name of names) {
      const child = entry.children.get(name);
      if (child !== undefined) pending.push(child);
    }
  }
}
