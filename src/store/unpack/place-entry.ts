// Makes one file of a layer on disk, with all that the archive says of it. Contents and metadata go to a file that was
// made in this very step, never to one that was there: what stood in its place is removed first. That is what keeps a
// second entry of one name from writing through a hard link or a symbolic link of the first (CVE-2021-32760 and others).
// Order matters: changing the owner takes setuid bits and capabilities away, so modes and attributes come after it.
import { constants } from 'node:fs';
import type { FileNode } from '../../image/file-tree.ts';
import type { LayerEntry } from '../../image/image.ts';
import { hasCode } from '../../sys/errno.ts';
import {
  closeDescriptor,
  fileTypes,
  makeDirectoryAt,
  makeNodeAt,
  openAt,
  setMode,
  setModeAt,
  setOwner,
  setOwnerAt,
  setSize,
  setTimes,
  setTimesAt,
  symlinkAt,
  type Timestamp,
  writeAll,
} from '../../sys/file-calls.ts';
import {
  attributeNames,
  pathAt,
  removeAttributeOf,
  setAttribute,
  setAttributeOf,
} from '../../sys/xattrs.ts';

/** What cannot be made in every place, and who is told. */
export interface PlaceOptions {
  /** Whether files get the owners that the layer says; else all are the user's. */
  readonly owners: boolean;
  /** Whether an overlay will read the tree, for which a character device 0:0 is a whiteout. */
  readonly overlay: boolean;
  /** Told of what was left out: a word for its kind, the path, the reason. */
  readonly onLeftOut: (kind: string, path: string, reason: string) => void;
}

/**
 * Attributes by which overlays steer themselves: an image that has them would hide or redirect what other layers have.
 * (Documentation/filesystems/overlayfs.rst; fuse-overlayfs(1))
 */
const steering =
  /^(?:(?:trusted|user)\.overlay\.|user\.fuseoverlayfs\.|user\.containers\.override_stat)/;

/** Errors by which file systems and kernels say that they do not keep an attribute, or not for this user. */
const notKept = ['EOPNOTSUPP', 'ENOTSUP', 'EPERM', 'EACCES', 'EINVAL'];

/** The time of modification that an entry says. */
export function timeOf({ node, mtimeNanoseconds = 0 }: LayerEntry): Timestamp {
  return { seconds: node.mtime, nanoseconds: mtimeNanoseconds };
}

/** Sets the attributes of a node through `set`. */
function setAttributes(
  { xattrs, path }: FileNode,
  { onLeftOut }: PlaceOptions,
  set: (name: string, value: Uint8Array) => void,
): void {
  if (xattrs === undefined) return;
  for (const [name, value] of Object.entries(xattrs)) {
    if (steering.test(name)) {
      onLeftOut(`attribute ${name}`, path, 'it would steer the overlay');
      continue;
    }
    try {
      set(name, value);
    } catch (error) {
      if (!hasCode(error, ...notKept)) throw error;
      onLeftOut(`attribute ${name}`, path, error instanceof Error ? error.message : '');
    }
  }
}

/** Whether the entry's owner is set; one that nobody has here is told. */
function setsOwner({ uid, gid, path }: FileNode, { owners, onLeftOut }: PlaceOptions): boolean {
  if (!owners && (uid !== 0 || gid !== 0))
    onLeftOut('owner', path, 'the user namespace has one id only: see plimsoll explain PL0727');
  return owners;
}

function finish(fd: number, entry: LayerEntry, options: PlaceOptions): void {
  const { node } = entry;
  if (setsOwner(node, options)) setOwner(fd, node.uid, node.gid);
  setMode(fd, node.mode);
  setAttributes(node, options, (name, value) => setAttribute(fd, name, value));
}

/** Makes a regular file. @throws SystemError EEXIST; PlimsollError */
export function placeFile(
  directory: number,
  name: string,
  entry: LayerEntry,
  options: PlaceOptions,
): Promise<void> | undefined {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  const fd = openAt(directory, name, flags, 0o600);
  let end = 0;
  const done = (): void => {
    if (end < entry.node.size) setSize(fd, entry.node.size);
    finish(fd, entry, options);
    setTimes(fd, timeOf(entry));
  };
  let pending: Promise<void> | undefined;
  try {
    pending = entry.copy((bytes, position) => {
      // Written where the file stands, but for what comes after a hole.
      writeAll(fd, bytes, position);
      end = position + bytes.length;
    });
    if (pending === undefined) done();
  } finally {
    if (pending === undefined) closeDescriptor(fd);
  }
  return pending?.then(done).finally(() => closeDescriptor(fd));
}

/**
 * Makes a directory, or gives one that is there what the entry says; its times come last, when all is in it.
 * @throws SystemError EEXIST where something else is there
 */
export function placeDirectory(
  directory: number,
  name: string,
  entry: LayerEntry,
  options: PlaceOptions,
  isThere: boolean,
): void {
  if (!isThere) makeDirectoryAt(directory, name, 0o700);
  describeDirectory(directory, name, entry, options, isThere);
}

/** Gives a directory what an entry says of it. @throws SystemError */
export function describeDirectory(
  directory: number,
  name: string,
  entry: LayerEntry,
  options: PlaceOptions,
  clear: boolean,
): void {
  const fd = openAt(directory, name, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    if (clear) clearAttributes(pathAt(fd, '.'));
    finish(fd, entry, options);
  } finally {
    closeDescriptor(fd);
  }
}

/** Attributes that belong to the kernel or the security module, not to the layer. */
const kept = /^(?:security\.(?!capability)|system\.|trusted\.overlay\.|user\.overlay\.)/;

function clearAttributes(path: string): void {
  for (const name of attributeNames(path)) if (!kept.test(name)) removeAttributeOf(path, name);
}

/** Makes a symbolic link. @throws SystemError EEXIST */
export function placeSymlink(
  directory: number,
  name: string,
  entry: LayerEntry,
  options: PlaceOptions,
): void {
  const { node } = entry;
  symlinkAt(node.linkTarget ?? '', directory, name);
  finishNode(directory, name, entry, options);
}

function finishNode(
  directory: number,
  name: string,
  entry: LayerEntry,
  options: PlaceOptions,
): void {
  const { node } = entry;
  if (setsOwner(node, options)) setOwnerAt(directory, name, node.uid, node.gid);
  if (node.type !== 'symlink') setModeAt(directory, name, node.mode);
  setAttributes(node, options, (attribute, value) =>
    setAttributeOf(pathAt(directory, name), attribute, value),
  );
  setTimesAt(directory, name, timeOf(entry));
}

/**
 * Makes a device or a pipe. Devices that this user may not make are left out, as podman does it (containers/storage,
 * pkg/archive): containers get a /dev of their own. False when it was left out. @throws SystemError EEXIST
 */
export function placeNode(
  directory: number,
  name: string,
  entry: LayerEntry,
  options: PlaceOptions,
): boolean {
  const { node } = entry;
  const { major = 0, minor = 0 } = node.device ?? {};
  const type =
    node.type === 'fifo'
      ? fileTypes.fifo
      : node.type === 'block'
        ? fileTypes.block
        : fileTypes.character;
  if (options.overlay && node.type === 'character' && major === 0 && minor === 0) {
    options.onLeftOut('device', node.path, 'a character device 0:0 is a whiteout for an overlay');
    return false;
  }
  try {
    makeNodeAt(directory, name, type | 0o600, major, minor);
  } catch (error) {
    if (node.type === 'fifo' || !hasCode(error, 'EPERM', 'EINVAL')) throw error;
    options.onLeftOut('device', node.path, error instanceof Error ? error.message : '');
    return false;
  }
  finishNode(directory, name, entry, options);
  return true;
}
