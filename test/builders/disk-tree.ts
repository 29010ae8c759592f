// A tree on disk in lines of text, with all that file systems keep of it, read by this project's own calls for names
// that are no UTF-8. Two trees with the same lines are the same.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { encodeFileName } from '../../src/lib/file-name.ts';
import { namesIn } from '../../src/store/unpack/remove-tree.ts';
import {
  closeDescriptor,
  fileTypes,
  openDirectory,
  openDirectoryAt,
  readLinkAt,
  statusAt,
} from '../../src/sys/file-calls.ts';
import { attributeNames, attributeOf, pathAt } from '../../src/sys/xattrs.ts';

/** What of a tree is shown. */
export interface ShownTree {
  /** Paths whose times say nothing. */
  readonly withoutTimes?: (path: string) => boolean;
  /** Attributes that are no part of it. */
  readonly withoutAttributes?: RegExp;
}

const letters: Readonly<Record<number, string>> = {
  [fileTypes.file]: 'file',
  [fileTypes.directory]: 'directory',
  [fileTypes.symlink]: 'symlink',
  [fileTypes.character]: 'character',
  [fileTypes.block]: 'block',
  [fileTypes.fifo]: 'fifo',
  [fileTypes.socket]: 'socket',
};

/** One line for each file, in order of their paths. */
export function diskTree(root: string, shown: ShownTree = {}): readonly string[] {
  const lines: string[] = [];
  const names = new Map<number, string>();
  const visit = (directory: number, name: string, path: string): void => {
    const status = statusAt(directory, name);
    if (status === undefined) return;
    const { mode, uid, gid, size, links, inode, major, minor, mtime } = status;
    const type = letters[mode & fileTypes.mask] ?? '?';
    const at = pathAt(directory, name);
    const attributes = attributeNames(at)
      .filter((one) => !(shown.withoutAttributes ?? /^$/).test(one))
      .sort()
      .map((one) => `${one}=${attributeOf(at, one)?.toString('hex')}`);
    const twin = type !== 'directory' && links > 1 ? names.get(inode) : undefined;
    if (links > 1) names.set(inode, names.get(inode) ?? path);
    const content =
      type === 'file'
        ? createHash('sha256')
            .update(readFileSync(encodeFileName(at)))
            .digest('hex')
            .slice(0, 16)
        : type === 'symlink'
          ? readLinkAt(directory, name)
          : type === 'block' || type === 'character'
            ? `${major}:${minor}`
            : '';
    lines.push(
      [
        JSON.stringify(path),
        type,
        type === 'symlink' ? '' : (mode & 0o7777).toString(8),
        `${uid}:${gid}`,
        type === 'file' ? size : '',
        shown.withoutTimes?.(path) ? '' : `${mtime.seconds}.${mtime.nanoseconds}`,
        content,
        twin === undefined ? '' : `= ${JSON.stringify(twin)}`,
        ...attributes,
      ].join(' '),
    );
    if (type !== 'directory') return;
    const inner = openDirectoryAt(directory, name);
    try {
      for (const child of [...namesIn(inner)].sort())
        visit(inner, child, path === '/' ? `/${child}` : `${path}/${child}`);
    } finally {
      closeDescriptor(inner);
    }
  };
  const top = openDirectory(root);
  try {
    visit(top, '.', '/');
  } finally {
    closeDescriptor(top);
  }
  return lines;
}
