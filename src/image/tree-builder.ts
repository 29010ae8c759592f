// The tree in memory behind every FileTree: directories are maps of names. Symbolic links are resolved inside the
// tree only, so nothing that a link says leads out of it.
import type { Diagnostic } from '../diag/diagnostic.ts';
import type { FileNode } from './file-tree.ts';
import type { PayloadTree } from './payload-tree.ts';

/** Where a file's bytes are: the layer's position and the path that they have there. */
export interface StoredAt {
  readonly layer: number;
  readonly path: string;
}

interface Entry<P> {
  node: FileNode;
  payload?: P;
  stored?: StoredAt;
  children?: Map<string, Entry<P>>;
}

/** Links that may follow one another in one path: MAXSYMLINKS of Linux (include/linux/namei.h). */
const maximumLinks = 40;

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

/** Reads files of a finished tree: paths as stored → bytes; a file longer than `limit` throws PL0107. */
export type ReadStored = (
  files: readonly { readonly path: string; readonly stored: StoredAt }[],
  limit: number,
) => Promise<ReadonlyMap<string, Uint8Array>>;

/** A tree while it is made. Paths are absolute and normalised. */
export class TreeBuilder<P> {
  readonly #root: Entry<P> = { node: directoryNode('/'), children: new Map() };
  #size = 1;

  /**
   * Puts a node in place of what is there; directories keep their children. Missing parents are made; a parent that
   * is a symbolic link is followed, as engines do when they unpack.
   */
  put(node: FileNode, payload?: P, stored?: StoredAt): void {
    if (node.path === '/') {
      this.#root.node = { ...node, type: 'directory' };
      return;
    }
    const { parent, name } = this.#parentOf(node.path, node.layer);
    const path = join(parent.node.path, name);
    const placed = path === node.path ? node : { ...node, path };
    const old = parent.children?.get(name);
    if (old !== undefined && node.type === 'directory' && old.children !== undefined) {
      old.node = placed;
      return;
    }
    if (old !== undefined) this.#size -= count(old);
    const entry: Entry<P> = { node: placed };
    if (node.type === 'directory') entry.children = new Map();
    if (payload !== undefined) entry.payload = payload;
    if (stored !== undefined) entry.stored = stored;
    parent.children?.set(name, entry);
    this.#size++;
  }

  /** Makes `node.path` another name of the file at `target`. False when there is no such file. */
  link(node: FileNode, target: string): boolean {
    const found = this.#find(target, false);
    if (found === undefined || found.children !== undefined) return false;
    const { path: _, ...rest } = found.node;
    this.put(
      { ...rest, path: node.path, ...(node.layer === undefined ? {} : { layer: node.layer }) },
      found.payload,
      found.stored,
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
    parent?.children?.delete(name);
  }

  /** Removes all below a directory. */
  clear(path: string): void {
    const found = this.#find(path, true);
    if (found?.children === undefined) return;
    this.#size -= count(found) - 1;
    found.children.clear();
  }

  /** Puts another node in the place of one that is there, keeping payload and children. */
  replace(node: FileNode): void {
    const found = this.#find(node.path, false);
    if (found !== undefined) found.node = node;
  }

  /** The finished tree; the builder must not be used afterwards. */
  finish(readStored: ReadStored, problems: readonly Diagnostic[]): PayloadTree<P> {
    const find = (path: string, follow = true): Entry<P> | undefined =>
      this.#find(normalise(path), follow);
    const stored = (path: string): { path: string; stored: StoredAt } | undefined => {
      const at = find(path)?.stored;
      return at === undefined ? undefined : { path, stored: at };
    };
    const readMany = (paths: readonly string[], limit: number) =>
      readStored(
        paths.map(stored).filter((item) => item !== undefined),
        limit,
      );
    return {
      stat: (path, options) => find(path, options?.follow ?? true)?.node,
      list: (path) => [...(find(path)?.children?.keys() ?? [])].sort(),
      walk: () => walk(this.#root),
      payload: (path) => find(path)?.payload,
      read: async (path, limit) => (await readMany([path], limit)).get(path),
      readMany,
      problems,
      size: this.#size,
    };
  }

  #parentOf(path: string, layer: number | undefined): { parent: Entry<P>; name: string } {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const folder = path.slice(0, slash);
    if (folder === '') return { parent: this.#root, name };
    const known = this.#find(folder, true);
    if (known?.children !== undefined) return { parent: known, name };
    // Something that is no directory stands in the way, or nothing is there: make the directory.
    this.put(directoryNode(folder, layer));
    const made = this.#find(folder, true);
    return { parent: made?.children === undefined ? this.#root : made, name };
  }

  #find(path: string, follow: boolean): Entry<P> | undefined {
    let links = 0;
    let entry: Entry<P> = this.#root;
    const trail: Entry<P>[] = [];
    const parts = path.split('/').reverse();
    while (parts.length > 0) {
      const part = parts.pop() ?? '';
      if (part === '' || part === '.') continue;
      if (part === '..') {
        entry = trail.pop() ?? this.#root;
        continue;
      }
      const next = entry.children?.get(part);
      if (next === undefined) return undefined;
      const target = next.node.type === 'symlink' ? next.node.linkTarget : undefined;
      if (target !== undefined && (follow || parts.length > 0)) {
        if (++links > maximumLinks) return undefined;
        if (target.startsWith('/')) {
          entry = this.#root;
          trail.length = 0;
        }
        parts.push(...target.split('/').reverse());
        continue;
      }
      trail.push(entry);
      entry = next;
    }
    return entry;
  }
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
