// One ELF file as a tree, so that a single program goes the way of a whole image.
import { posix } from 'node:path';
import type { FileNode } from '../image/file-tree.ts';
import { tooLarge } from '../image/merge.ts';
import type { Inspect, PayloadTree } from '../image/payload-tree.ts';
import { TreeBuilder } from '../image/tree-builder.ts';
import { withLimits } from '../lib/limits.ts';

/** A tree that holds one executable file, at the path that it has on this machine; "/program" from standard input. */
export async function singleFileTree<P>(
  path: string,
  bytes: Uint8Array,
  inspect: Inspect<P>,
): Promise<PayloadTree<P>> {
  const node: FileNode = {
    path: path === '-' ? '/program' : posix.resolve('/', path),
    type: 'file',
    mode: 0o755,
    uid: 0,
    gid: 0,
    size: bytes.length,
    mtime: 0,
  };
  const payload = await inspect({
    node,
    read: (limit = bytes.length) => Promise.resolve(bytes.subarray(0, limit)),
  });
  const tree = new TreeBuilder<P>({ limits: withLimits() });
  tree.put(node, payload);
  return tree.finish(async (files, limit, visit) => {
    for (const { path: wanted } of files) {
      tooLarge(wanted, bytes.length, limit);
      await visit(wanted, bytes);
    }
  }, []);
}
