// A tree in memory for tests: files by path with their content, links, modes; parents are made as needed.
import { posix } from 'node:path';
import type { FileNode } from '../../src/image/file-tree.ts';
import type { Inspect, PayloadTree } from '../../src/image/payload-tree.ts';

/** A file's content, or more about it. */
export type MemoryFile =
  | string
  | Uint8Array
  | { readonly link: string }
  | {
      readonly content: string | Uint8Array;
      readonly mode?: number;
      readonly xattrs?: Readonly<Record<string, Uint8Array>>;
    };

/** Files by absolute path; a plain text or bytes make a file of mode 0755. */
export async function memoryTree<P>(
  files: Readonly<Record<string, MemoryFile>>,
  inspect: Inspect<P>,
): Promise<PayloadTree<P>> {
  const nodes = new Map<string, FileNode>();
  const contents = new Map<string, Uint8Array>();
  const payloads = new Map<string, P>();
  const common = { uid: 0, gid: 0, mtime: 0, layer: 0 };
  const directory = (path: string) => {
    if (nodes.has(path)) return;
    if (path !== '/') directory(posix.dirname(path));
    nodes.set(path, { ...common, path, type: 'directory', mode: 0o755, size: 0 });
  };
  for (const [path, file] of Object.entries(files)) {
    directory(posix.dirname(path));
    if (typeof file === 'object' && 'link' in file) {
      nodes.set(path, {
        ...common,
        path,
        type: 'symlink',
        mode: 0o777,
        size: 0,
        linkTarget: file.link,
      });
      continue;
    }
    const plain = typeof file === 'string' || file instanceof Uint8Array ? { content: file } : file;
    const bytes = typeof plain.content === 'string' ? Buffer.from(plain.content) : plain.content;
    const node: FileNode = {
      ...common,
      path,
      type: 'file',
      mode: plain.mode ?? 0o755,
      size: bytes.length,
      ...(plain.xattrs === undefined ? {} : { xattrs: plain.xattrs }),
    };
    nodes.set(path, node);
    contents.set(path, bytes);
    const payload = await inspect({
      node,
      read: async (limit = bytes.length) => bytes.subarray(0, limit),
    });
    if (payload !== undefined) payloads.set(path, payload);
  }
  const resolve = (path: string, follow: boolean, hops = 0): FileNode | undefined => {
    let at = '/';
    const parts = posix.resolve('/', path).split('/').filter(Boolean);
    for (const [index, part] of parts.entries()) {
      const next = posix.join(at, part);
      const node = nodes.get(next);
      const last = index === parts.length - 1;
      if (node?.linkTarget !== undefined && (follow || !last)) {
        if (hops > 20) return undefined;
        const rest = parts.slice(index + 1).join('/');
        return resolve(posix.resolve(at, node.linkTarget, rest), follow, hops + 1);
      }
      if (node === undefined) return undefined;
      at = next;
    }
    return nodes.get(at);
  };
  const bytesAt = (path: string) => contents.get(resolve(path, true)?.path ?? '');
  return {
    stat: (path, { follow = true } = {}) => resolve(path, follow),
    list(path) {
      const real = resolve(path, true)?.path;
      return [...nodes.keys()]
        .filter((each) => each !== '/' && posix.dirname(each) === real)
        .map((each) => posix.basename(each))
        .sort();
    },
    walk: () => [...nodes.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    read: async (path) => bytesAt(path),
    async readEach(paths, _limit, visit) {
      for (const path of paths) {
        const bytes = bytesAt(path);
        if (bytes !== undefined) await visit(path, bytes);
      }
    },
    payload: (path) => payloads.get(resolve(path, true)?.path ?? ''),
    problems: [],
    size: nodes.size,
  };
}
