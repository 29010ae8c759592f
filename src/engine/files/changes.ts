// What a container changed against its image, as docker tells it: A added, C changed, D deleted; a directory counts as
// changed when something in it is. Mount points that the engine itself made are nothing that the container did.
import { childPath, splitPath } from '../../lib/path.ts';
import { ofOverlays } from '../../store/unpack/copy-up.ts';
import { type LowerFile, lowerLayers } from '../../store/unpack/lower-layers.ts';
import { namesIn } from '../../store/unpack/remove-tree.ts';
import {
  closeDescriptor,
  type FileStatus,
  fileTypes,
  openDirectoryAt,
  readLinkAt,
} from '../../sys/file-calls.ts';
import { attributeNames, attributeOf, pathAt } from '../../sys/xattrs.ts';
import type { ContainerSettings } from '../container.ts';
import type { ContainerLayers } from './container-layers.ts';

/** One change. */
export interface FileChange {
  readonly kind: 'A' | 'C' | 'D';
  /** Absolute, in the container. */
  readonly path: string;
}

/** Made by every runtime, and by the engine for the network. */
const usualMounts = ['/dev', '/proc', '/sys', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf'];

/** The paths on which something is mounted in a container. */
export function mountPointsOf({ volumes, config }: ContainerSettings): ReadonlySet<string> {
  const given = [...volumes.mounts, ...config.mounts].map(({ destination }) => destination);
  return new Set([...usualMounts, ...given]);
}

const typeOf = ({ mode }: FileStatus): number => mode & fileTypes.mask;
const isFolder = (status: FileStatus): boolean => typeOf(status) === fileTypes.directory;

/** The changes in order of their paths. @throws SystemError */
export function containerChanges(
  { own, below, layered, opaqueAttributes }: ContainerLayers,
  mountPoints: ReadonlySet<string>,
): readonly FileChange[] {
  const before = lowerLayers(below, opaqueAttributes);
  const after = lowerLayers(layered ? [own, ...below] : [own], opaqueAttributes);
  const top = lowerLayers([own], opaqueAttributes);
  const found = new Map<string, FileChange['kind']>();
  /** Directories whose time alone is another, since a mount point was made in them. */
  const touched = new Set<string>();

  const compare = (folder: string): void => {
    // Nothing of it was changed where the container's own layer does not have it.
    if (layered && top.find(folder) === undefined) return;
    const old = new Set(before.names(folder));
    for (const name of after.names(folder)) {
      old.delete(name);
      compareOne(childPath(folder, name));
    }
    for (const name of old) found.set(childPath(folder, name), 'D');
  };

  const compareOne = (path: string): void => {
    const now = after.find(path);
    const was = before.find(path);
    if (now === undefined) return;
    if (was === undefined) {
      if (mountPoints.has(path) && isBare(now)) {
        touched.add(splitPath(path).parent);
        return;
      }
      found.set(path, 'A');
    } else {
      const difference = differenceOf(was, now);
      if (difference === 'none' && !isFolder(now.status)) return;
      if (difference === 'much' || (difference === 'time' && !isFolder(now.status)))
        found.set(path, 'C');
      else if (difference === 'time') times.add(path);
    }
    if (isFolder(now.status)) compare(path);
  };

  const times = new Set<string>();
  try {
    compare('/');
    for (const path of times) if (!touched.has(path)) found.set(path, 'C');
    for (const path of [...found.keys()]) {
      for (let up = splitPath(path).parent; up !== '/'; up = splitPath(up).parent)
        if (!found.has(up)) found.set(up, 'C');
    }
  } finally {
    for (const layers of [before, after, top]) layers.close();
  }
  return [...found]
    .map(([path, kind]) => ({ kind, path }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** An empty file or directory. */
function isBare({ status, directory, name }: LowerFile): boolean {
  if (!isFolder(status)) return status.size === 0;
  const fd = openDirectoryAt(directory, name);
  try {
    return namesIn(fd).length === 0;
  } finally {
    closeDescriptor(fd);
  }
}

/** By what stat(2) tells, as docker compares, and by attributes, which it does not. */
function differenceOf(was: LowerFile, now: LowerFile): 'none' | 'time' | 'much' {
  const [a, b] = [was.status, now.status];
  if (a.inode === b.inode && a.device === b.device) return 'none';
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid) return 'much';
  if (!isFolder(a) && a.size !== b.size) return 'much';
  if (a.major !== b.major && typeOf(a) !== fileTypes.file && !isFolder(a)) return 'much';
  if (typeOf(a) === fileTypes.symlink)
    return readLinkAt(was.directory, was.name) === readLinkAt(now.directory, now.name)
      ? 'none'
      : 'much';
  if (attributesOf(was) !== attributesOf(now)) return 'much';
  const sameTime =
    a.mtime.seconds === b.mtime.seconds && a.mtime.nanoseconds === b.mtime.nanoseconds;
  return sameTime ? 'none' : 'time';
}

/** The attributes that are a file's own, as one text that can be compared. */
function attributesOf({ directory, name }: LowerFile): string {
  const path = pathAt(directory, name);
  return attributeNames(path)
    .filter((one) => !ofOverlays.test(one) && one !== 'security.selinux')
    .toSorted()
    .map((one) => `${one}=${attributeOf(path, one)?.toString('hex')}`)
    .join(' ');
}
