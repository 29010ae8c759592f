// Where a path of `cp` leads: a name in an open directory. Links are followed within the tree alone.
import { insidePath, splitPath } from '../../lib/path.ts';
import { type FolderWalk, walkFolders } from '../../store/unpack/folder-walk.ts';
import { type FileStatus, fileTypes, readLinkAt, statusAt } from '../../sys/file-calls.ts';

/** Linux's MAXSYMLINKS. */
const maximumLinks = 40;

/** A name in a directory, which stays open until the tree is closed or asked for another place. */
export interface Place {
  readonly directory: number;
  /** '.' for the root of the tree. */
  readonly name: string;
  /** In the tree, without links on the way. */
  readonly path: string;
  /** Absent where nothing is. */
  readonly status?: FileStatus;
}

/** A tree that paths are looked up in. */
export interface Tree {
  /** The place of a path; undefined where not even its directory is there. @throws SystemError */
  find(path: string, follow: boolean): Place | undefined;
  close(): void;
}

/** Whether it is a directory. */
export function isDirectory(status: FileStatus | undefined): boolean {
  return status !== undefined && (status.mode & fileTypes.mask) === fileTypes.directory;
}

/** The tree below a directory, which is a path of our own: '/', or /proc/self/fd/N. @throws SystemError */
export function openTree(root: string): Tree {
  const walk = walkFolders(root, { onMade: () => undefined });
  return {
    find(path, follow) {
      let at = path;
      for (let links = 0; links <= maximumLinks; links++) {
        const next = step(walk, at, follow);
        if (typeof next !== 'string') return next;
        at = next;
      }
      return undefined;
    },
    close: () => walk.close(),
  };
}

/** The place, or the path that a link in its place leads to. */
function step(walk: FolderWalk, path: string, follow: boolean): Place | string | undefined {
  const inside = insidePath(path).path;
  const { parent, name } = splitPath(inside);
  const folder = walk.enter(parent, false);
  if (folder === undefined || !('fd' in folder)) return undefined;
  const own = name === '' ? '.' : name;
  const real = folder.path === '/' ? `/${name}` : `${folder.path}/${name}`;
  const status = statusAt(folder.fd, own);
  const place = { directory: folder.fd, name: own, path: real };
  if (status === undefined) return place;
  const link = follow ? readLinkAt(folder.fd, own) : undefined;
  if (link === undefined) return { ...place, status };
  return link.startsWith('/') ? link : `${folder.path}/${link}`;
}
