// Looks things up in layers that lie on top of each other as differences, as overlayfs does it
// (Documentation/filesystems/overlayfs.rst): the topmost layer that has a name counts, a whiteout ends the search, and
// directories of several layers are one, down to an opaque one.
import { childPath, splitPath } from '../../lib/path.ts';
import {
  closeDescriptor,
  type FileStatus,
  fileTypes,
  openDirectory,
  openDirectoryAt,
  readLinkAt,
  statusAt,
} from '../../sys/file-calls.ts';
import { attributeOf, pathAt } from '../../sys/xattrs.ts';
import type { Below } from './folder-walk.ts';
import { namesIn } from './remove-tree.ts';

/** Something in a lower layer; the descriptor is valid until the next look. */
export interface LowerFile {
  readonly status: FileStatus;
  /** The directory that it lies in, and its name there. */
  readonly directory: number;
  readonly name: string;
}

/** The layers below one. */
export interface LowerLayers extends Below {
  /** What is at a path without links in it. @throws SystemError */
  find(path: string): LowerFile | undefined;
  /** Names in the directory at a path; none where there is none. @throws SystemError */
  names(path: string): readonly string[];
  /** Names in the root. @throws SystemError */
  rootNames(): readonly string[];
  /** The path with all links before its last component followed; undefined where there is no such directory. */
  resolve(path: string): string | undefined;
  close(): void;
}

/** Begins the name of a file that fuse-overlayfs takes for a whiteout of the rest of its name. */
export const whiteoutPrefix = '.wh.';

/** Whether layers with these marks are fuse-overlayfs's. */
export function isFuse(opaqueAttributes: readonly string[]): boolean {
  return opaqueAttributes.includes('user.fuseoverlayfs.opaque');
}

/** Directories that are kept open: one path's directories, in each layer that has them. */
const keptOpen = 400;
const maximumLinks = 40;
const maximumSteps = 1024;

/** The layers in these directories, the topmost first. `opaqueAttributes` mark directories that hide those below. */
export function lowerLayers(
  roots: readonly string[],
  opaqueAttributes: readonly string[],
): LowerLayers {
  const fuse = isFuse(opaqueAttributes);
  const top = roots.map((root) => openDirectory(root));
  const open = new Map<string, readonly number[]>();
  let count = 0;

  const closeAll = (): void => {
    for (const fds of open.values()) for (const fd of fds) closeDescriptor(fd);
    open.clear();
    count = 0;
  };

  const isOpaque = (directory: number, name: string): boolean =>
    opaqueAttributes.some(
      (attribute) => attributeOf(pathAt(directory, name), attribute)?.toString() === 'y',
    );

  /** Whether a file takes the place of a whiteout: names of this kind come from nobody else. */
  const hasMark = (directory: number, name: string): boolean =>
    fuse && statusAt(directory, `${whiteoutPrefix}${name}`) !== undefined;

  /** The directory at a path in each layer that takes part in it. */
  const folders = (path: string): readonly number[] => {
    if (path === '/') return top;
    const known = open.get(path);
    if (known !== undefined) return known;
    const { parent, name } = splitPath(path);
    const found: number[] = [];
    for (const directory of folders(parent)) {
      const status = statusAt(directory, name);
      if (status === undefined) {
        if (hasMark(directory, name)) break;
        continue;
      }
      if ((status.mode & fileTypes.mask) !== fileTypes.directory) break;
      found.push(openDirectoryAt(directory, name));
      if (isOpaque(directory, name)) break;
    }
    open.set(path, found);
    count += found.length;
    return found;
  };

  const find = (path: string): LowerFile | undefined => {
    if (count > keptOpen) closeAll();
    const { parent, name } = splitPath(path);
    if (path === '/') {
      const [directory] = top;
      const status = directory === undefined ? undefined : statusAt(directory, '');
      return status && directory !== undefined ? { status, directory, name: '.' } : undefined;
    }
    for (const directory of folders(parent)) {
      const status = statusAt(directory, name);
      if (status === undefined) {
        if (hasMark(directory, name)) return undefined;
        continue;
      }
      return isWhiteout(status) ? undefined : { status, directory, name };
    }
    return undefined;
  };

  const look = (path: string): ReturnType<Below['look']> => {
    const found = find(path);
    if (found === undefined) return undefined;
    const type = found.status.mode & fileTypes.mask;
    if (type === fileTypes.directory) return 'directory';
    const link = type === fileTypes.symlink ? readLinkAt(found.directory, found.name) : undefined;
    return link === undefined ? 'other' : { link };
  };

  const names = (path: string): readonly string[] => {
    const all = new Set(folders(path).flatMap(namesIn));
    return [...all].filter(
      (name) =>
        !(fuse && name.startsWith(whiteoutPrefix)) && find(childPath(path, name)) !== undefined,
    );
  };

  return {
    find,
    look,
    names,
    rootNames: () => names('/'),
    resolve(path) {
      const { parent, name } = splitPath(path);
      const parts = parent.split('/').reverse();
      const names: string[] = [];
      let links = 0;
      for (let steps = 0; parts.length > 0; steps++) {
        if (steps > maximumSteps || links > maximumLinks) return undefined;
        const part = parts.pop() ?? '';
        if (part === '' || part === '.') continue;
        if (part === '..') {
          names.pop();
          continue;
        }
        const found = look(`/${[...names, part].join('/')}`);
        if (found === 'directory') {
          names.push(part);
        } else if (typeof found === 'object') {
          links++;
          if (found.link.startsWith('/')) names.length = 0;
          for (const next of found.link.split('/').reverse()) parts.push(next);
        } else {
          return undefined;
        }
      }
      return `/${[...names, name].join('/')}`;
    },
    close() {
      closeAll();
      for (const fd of top) closeDescriptor(fd);
    },
  };
}

/** A character device 0:0: what overlays take for the removal of a lower file. */
export function isWhiteout({ mode, major, minor }: FileStatus): boolean {
  return (mode & fileTypes.mask) === fileTypes.character && major === 0 && minor === 0;
}

/** Layers of which some paths are hidden. */
export function hiding(below: Below, isHidden: (path: string) => boolean): Below {
  return { look: (path) => (isHidden(path) ? undefined : below.look(path)) };
}
