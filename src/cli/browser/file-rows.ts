// The files that the browser shows as a tree: what one layer changed, or all that is there when it is done.
import type { LayerAnalysis } from '../../image/analyse-layers.ts';
import type { FileNode } from '../../image/file-tree.ts';
import { type LayerIndex, mergeLayers } from '../../image/merge.ts';

/** What a layer did to a file. */
export type Mark = 'A' | 'C' | 'D';

/** A file or folder of the tree. */
export interface FileItem {
  readonly path: string;
  readonly name: string;
  node: FileNode | undefined;
  mark: Mark | undefined;
  /** Of the file, or of all below the folder. What was removed counts for nothing. */
  bytes: number;
  /** Whether something below it changed. */
  touched: boolean;
  readonly children: Map<string, FileItem>;
}

/** One line of the tree. */
export interface FileRow {
  readonly item: FileItem;
  readonly depth: number;
  readonly open: boolean;
}

const marks = { added: 'A', changed: 'C', removed: 'D' } as const;

function itemAt(root: FileItem, path: string): FileItem {
  let item = root;
  let at = '';
  for (const name of path.split('/')) {
    if (name === '') continue;
    at += `/${name}`;
    const next: FileItem = item.children.get(name) ?? {
      path: at,
      name,
      node: undefined,
      mark: undefined,
      bytes: 0,
      touched: false,
      children: new Map(),
    };
    item.children.set(name, next);
    item = next;
  }
  return item;
}

/** Sums up from the leaves. */
function finish(item: FileItem): void {
  for (const child of item.children.values()) {
    finish(child);
    item.bytes += child.bytes;
    item.touched ||= child.touched;
  }
}

/** The tree after a layer; with `whole` all that is there, else what the layer changed alone. */
export function fileTreeOf(
  analysis: LayerAnalysis,
  indexes: readonly LayerIndex<string>[],
  layer: number,
  whole: boolean,
): FileItem {
  const root: FileItem = {
    path: '/',
    name: '/',
    node: undefined,
    mark: undefined,
    bytes: 0,
    touched: false,
    children: new Map(),
  };
  if (whole) {
    for (const node of mergeLayers(indexes.slice(0, layer + 1)).walk()) {
      const item = itemAt(root, node.path);
      item.node = node;
      item.bytes = node.type === 'file' ? node.size : 0;
    }
  }
  for (const { path, change, node } of analysis.layers[layer]?.changes ?? []) {
    const item = itemAt(root, path);
    item.node = node;
    item.mark = marks[change];
    item.touched = true;
    item.bytes = change !== 'removed' && node.type === 'file' ? node.size : 0;
  }
  finish(root);
  return root;
}

/** How a tree is shown. */
export interface RowOptions {
  /** Paths of folders that are not as they are at first. */
  readonly toggled: ReadonlySet<string>;
  /** Folders down to this depth are open at first. */
  readonly openDepth: number;
  readonly bySize: boolean;
  readonly onlyTouched: boolean;
  /** Part of a path, in any case; empty for all. */
  readonly filter: string;
}

function fits({ path, children }: FileItem, filter: string): boolean {
  if (path.toLowerCase().includes(filter)) return true;
  for (const child of children.values()) if (fits(child, filter)) return true;
  return false;
}

/** The lines of a tree as they are to be seen. */
export function fileRows(root: FileItem, options: RowOptions): readonly FileRow[] {
  const rows: FileRow[] = [];
  const filter = options.filter.toLowerCase();
  const visit = (item: FileItem, depth: number): void => {
    const children = [...item.children.values()]
      .filter((child) => !options.onlyTouched || child.touched)
      .filter((child) => filter === '' || fits(child, filter))
      .sort((a, b) => (options.bySize && b.bytes - a.bytes) || (a.name < b.name ? -1 : 1));
    for (const child of children) {
      const first = filter !== '' || depth < options.openDepth;
      const open = child.children.size > 0 && options.toggled.has(child.path) !== first;
      rows.push({ item: child, depth, open });
      if (open) visit(child, depth + 1);
    }
  };
  visit(root, 0);
  return rows;
}

/** How many lines a tree has when all of it is open, counted up to `most`. */
export function countItems(root: FileItem, most: number): number {
  let count = 0;
  for (const child of root.children.values()) {
    count += 1 + countItems(child, most - count);
    if (count >= most) return most;
  }
  return count;
}
