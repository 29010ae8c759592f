// One ELF file as a tree, so that a single program goes the way of a whole image.
import { posix } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { FileNode } from '../image/file-tree.ts';
import type { Inspect, PayloadTree } from '../image/payload-tree.ts';

/** A tree that holds one executable file, under its last name. */
export async function singleFileTree<P>(
  path: string,
  bytes: Uint8Array,
  inspect: Inspect<P>,
): Promise<PayloadTree<P>> {
  const name = posix.basename(path) === '-' ? 'program' : posix.basename(path);
  const common = { uid: 0, gid: 0, mtime: 0, mode: 0o755 };
  const node: FileNode = { ...common, path: `/${name}`, type: 'file', size: bytes.length };
  const root: FileNode = { ...common, path: '/', type: 'directory', size: 0 };
  const payload = await inspect({
    node,
    read: (limit = bytes.length) => Promise.resolve(bytes.subarray(0, limit)),
  });
  const read = (wanted: string, limit: number): Uint8Array | undefined => {
    if (posix.resolve('/', wanted) !== node.path) return undefined;
    if (bytes.length > limit) {
      throw new PlimsollError('PL0107', `${wanted} has ${bytes.length} bytes, more than ${limit}`);
    }
    return bytes;
  };
  return {
    stat(wanted) {
      const full = posix.resolve('/', wanted);
      return full === '/' ? root : full === node.path ? node : undefined;
    },
    list: (wanted) => (posix.resolve('/', wanted) === '/' ? [name] : []),
    walk: () => [root, node],
    read: async (wanted, limit) => read(wanted, limit),
    async readMany(paths, limit) {
      const found = new Map<string, Uint8Array>();
      for (const wanted of paths) {
        const value = read(wanted, limit);
        if (value !== undefined) found.set(wanted, value);
      }
      return found;
    },
    payload: (wanted) => (posix.resolve('/', wanted) === node.path ? payload : undefined),
    problems: [],
    size: 2,
  };
}
