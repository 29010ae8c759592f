// The merged tree of an image that was read before, from the columns that the cache keeps (src/needs/facts-codec.ts).
// Nodes are made when somebody asks for one: most checks look at a few hundred of tens of thousands.
import { posix } from 'node:path';
import type { FileNode, FileTree } from '../image/file-tree.ts';
import type { PackedEntries } from './facts-codec.ts';
import { nodeReader } from './facts-codec.ts';
import { lazy } from './lazy.ts';

/** Symbolic links followed in one path: the limit of the kernel's path walk (MAXSYMLINKS). */
const maximumLinks = 40;

/**
 * The tree of packed entries, whose paths are those of a merged tree in the order of its walk. Bytes come from
 * `read`, which gets the path as asked for.
 */
export function packedTree(
  packed: PackedEntries,
  read: FileTree['read'],
): FileTree & Required<Pick<FileTree, 'paths'>> {
  const paths = packed.paths === '' ? [] : packed.paths.split('\0');
  const positions = new Map(paths.map((path, at) => [path, at]));
  const links = new Map(packed.links);
  const nodeAt = nodeReader(packed);
  const nodes = new Map<number, FileNode>();
  const node = (at: number): FileNode => {
    const known = nodes.get(at) ?? nodeAt(at, paths[at] ?? '');
    nodes.set(at, known);
    return known;
  };
  const children = lazy(() => {
    const names = new Map<string, string[]>();
    for (const path of paths) {
      if (path === '/') continue;
      const cut = path.lastIndexOf('/');
      const parent = cut === 0 ? '/' : path.slice(0, cut);
      const list = names.get(parent);
      if (list === undefined) names.set(parent, [path.slice(cut + 1)]);
      else list.push(path.slice(cut + 1));
    }
    return names;
  });
  /** Position of what a path leads to; every path of the tree is free of links before its last name. */
  const find = (path: string, follow: boolean, budget: { links: number }): number | undefined => {
    const direct = positions.get(path);
    if (direct !== undefined && (!follow || !links.has(direct))) return direct;
    let at = '/';
    const names = path.split('/').filter((name) => name !== '');
    for (const [index, name] of names.entries()) {
      const next = at === '/' ? `/${name}` : `${at}/${name}`;
      const position = positions.get(next);
      if (position === undefined) return undefined;
      const target = links.get(position);
      if (target !== undefined && (follow || index < names.length - 1)) {
        budget.links++;
        if (budget.links > maximumLinks) return undefined;
        const rest = names.slice(index + 1).join('/');
        return find(posix.normalize(posix.resolve(at, target, rest)), follow, budget);
      }
      at = next;
    }
    return positions.get(at);
  };
  const resolve = (path: string, follow: boolean): FileNode | undefined => {
    const position = find(posix.resolve('/', path), follow, { links: 0 });
    return position === undefined ? undefined : node(position);
  };
  return {
    stat: (path, { follow = true } = {}) => resolve(path, follow),
    list(path) {
      const directory = resolve(path, true);
      return directory === undefined ? [] : (children().get(directory.path) ?? []);
    },
    paths: () => paths,
    *walk() {
      for (let at = 0; at < paths.length; at++) yield node(at);
    },
    read,
  };
}
