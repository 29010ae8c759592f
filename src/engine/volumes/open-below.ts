// A file or directory of a tree that a container may change at any moment, opened without ever leaving the tree: every
// component by its name in the directory before it, links read and followed from where they stand or from the tree's root.
import { constants } from 'node:fs';
import { insidePath, splitPath } from '../../lib/path.ts';
import { walkFolders } from '../../store/unpack/folder-walk.ts';
import { hasCode } from '../../sys/errno.ts';
import { closeDescriptor, openAt, readLinkAt } from '../../sys/file-calls.ts';

/** As Linux's MAXSYMLINKS. */
const maximumLinks = 40;
/** O_PATH: enough to mount it or to read what it is. */
const pathOnly = 0o10000000;

/** Does something with the descriptor of what is at a path below `root`; undefined where nothing is. @throws SystemError */
export function withBelow<T>(root: string, path: string, use: (fd: number) => T): T | undefined {
  const walk = walkFolders(root, { onMade: () => undefined });
  try {
    let at = path;
    for (let links = 0; links <= maximumLinks; links++) {
      const inside = insidePath(at).path;
      if (inside === '/') return use(walk.root.fd);
      const { parent, name } = splitPath(inside);
      const folder = walk.enter(parent, false);
      if (folder === undefined || !('fd' in folder)) return undefined;
      const link = readLinkAt(folder.fd, name);
      if (link === undefined) return usingFile(folder.fd, name, use);
      at = link.startsWith('/') ? link : `${folder.path}/${link}`;
    }
    return undefined;
  } finally {
    walk.close();
  }
}

function usingFile<T>(directory: number, name: string, use: (fd: number) => T): T | undefined {
  let fd: number;
  try {
    fd = openAt(directory, name, pathOnly | constants.O_NOFOLLOW);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    return use(fd);
  } finally {
    closeDescriptor(fd);
  }
}
