// One small file of a tree that strangers described: found without ever leaving the tree, whatever its links say.
import { constants, fstatSync, readSync } from 'node:fs';
import { insidePath, splitPath } from '../../lib/path.ts';
import { hasCode } from '../../sys/errno.ts';
import { closeDescriptor, openAt, readLinkAt } from '../../sys/file-calls.ts';
import { walkFolders } from './folder-walk.ts';

/** MAXSYMLINKS of Linux. */
const maximumLinks = 40;
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** The first `limit` bytes of a regular file below `root`; undefined where there is none. @throws SystemError */
export function readBelow(root: string, path: string, limit: number): Buffer | undefined {
  const walk = walkFolders(root, { onMade: () => undefined });
  try {
    let at = path;
    for (let links = 0; links <= maximumLinks; links++) {
      const { parent, name } = splitPath(insidePath(at).path);
      const folder = walk.enter(parent, false);
      if (folder === undefined || !('fd' in folder)) return undefined;
      const link = readLinkAt(folder.fd, name);
      if (link === undefined) return bytesAt(folder.fd, name, limit);
      at = link.startsWith('/') ? link : `${folder.path}/${link}`;
    }
    return undefined;
  } finally {
    walk.close();
  }
}

function bytesAt(directory: number, name: string, limit: number): Buffer | undefined {
  let fd: number;
  try {
    // A pipe in the place of the file must not make it wait.
    fd = openAt(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ELOOP', 'ENXIO')) return undefined;
    throw error;
  }
  try {
    if (!fstatSync(fd).isFile()) return undefined;
    const bytes = Buffer.alloc(Math.min(limit, fstatSync(fd).size));
    let read = 0;
    while (read < bytes.length) {
      const more = readSync(fd, bytes, read, bytes.length - read, read);
      if (more === 0) break;
      read += more;
    }
    return bytes.subarray(0, read);
  } finally {
    closeDescriptor(fd);
  }
}
