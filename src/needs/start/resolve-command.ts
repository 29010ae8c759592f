import { posix } from 'node:path';
import type { FileNode, FileTree } from '../../image/file-tree.ts';

/** PATH where the image sets none: what docker and runc put in. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a command's name is looked up in. */
export interface CommandView {
  readonly tree: FileTree;
  readonly env: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

/** The file that a command's first word leads to, as execvp would find it inside the tree; its path before links. */
export function resolveCommand(
  word: string,
  { tree, env, workingDirectory }: CommandView,
): { readonly path: string; readonly node: FileNode } | undefined {
  const from = workingDirectory.startsWith('/') ? workingDirectory : '/';
  const candidates = word.includes('/')
    ? [posix.resolve(from, word)]
    : (env['PATH'] ?? defaultPath)
        .split(':')
        .map((directory) => posix.resolve(from, directory === '' ? '.' : directory, word));
  for (const path of candidates) {
    const node = tree.stat(path);
    if (node?.type === 'file' && (word.includes('/') || (node.mode & 0o111) !== 0))
      return { path, node };
  }
  return undefined;
}
