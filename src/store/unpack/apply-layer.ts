// Puts the entries of a layer on disk, in one of two ways.
//
// *alone*: into an empty directory that an overlay will lay over the lower layers. Nothing of those is needed, so all
// layers of an image are unpacked at once; what depends on them is noted (`LayerRest`) and settled afterwards, in order
// (settle-layer.ts): directories that the layer names only on the way to something, whiteouts, hard links to lower files.
//
// *onto*: into a directory that has all of the lower layers already, for drivers that copy or clone.
//
// Both follow the semantics of src/image/merge.ts, by which images are analysed: whiteouts hide what is below the
// layer and nothing of it; the last entry of a name counts; directories keep what is in them.
import type { Location } from '../../diag/diagnostic.ts';
import { limitError } from '../../diag/limit-error.ts';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { LayerEntry } from '../../image/image.ts';
import { interrupted } from '../../image/interrupted.ts';
import type { Limits } from '../../lib/limits.ts';
import { childPath, splitPath } from '../../lib/path.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { hasCode } from '../../sys/errno.ts';
import {
  closeDescriptor,
  type FileStatus,
  fileTypes,
  linkAt,
  openDirectoryAt,
  setModeAt,
  setTimesAt,
  statusAt,
  type Timestamp,
} from '../../sys/file-calls.ts';
import { pathAt, setAttributeOf } from '../../sys/xattrs.ts';
import { type Below, type Folder, type FolderWalk, walkFolders } from './folder-walk.ts';
import {
  describeDirectory,
  type PlaceOptions,
  placeDirectory,
  placeFile,
  placeNode,
  placeSymlink,
  timeOf,
} from './place-entry.ts';
import { linkOver, namesIn, removeTreeAt } from './remove-tree.ts';

/** A hard link whose file is not there yet. */
export interface PendingLink {
  readonly path: string;
  readonly target: string;
  /** The layer had a directory in the file's place: whatever lies below is not meant. */
  readonly isOwn: boolean;
}

/** What a layer that was unpacked alone asks of those below it. Paths are of the layer's own tree unless said otherwise. */
export interface LayerRest {
  /** Directories that were made on the way to something, parents first. */
  readonly implicit: readonly string[];
  /** Those, and others that the layer described only later: lower links that they stand for were to be followed. */
  readonly passed: readonly string[];
  /** Whiteouts, by paths as the archive has them: links of lower layers are not followed yet. */
  readonly whiteouts: readonly { readonly path: string; readonly kind: 'whiteout' | 'opaque' }[];
  /** Hard links to what was not in the layer; `target` as the archive has it. */
  readonly links: readonly PendingLink[];
  /** Directories that hide what is below them. */
  readonly opaque: readonly string[];
}

/** A layer that was unpacked. */
export interface AppliedLayer {
  readonly rest: LayerRest;
  readonly entries: number;
  /** Bytes of its files. */
  readonly bytes: number;
}

/** How a layer is unpacked. */
export interface ApplyOptions extends PlaceOptions {
  readonly way: 'alone' | 'onto';
  /** Attributes that mark a directory as opaque: for `alone`. */
  readonly opaqueAttributes: readonly string[];
  /** What lower layers have, once it is known that the layer cannot do without: for `alone`. */
  readonly below?: Below;
  readonly limits: Limits;
  readonly at: Location;
  readonly signal: AbortSignal;
}

/** A layer while it is unpacked. */
interface Applying {
  readonly walk: FolderWalk;
  readonly options: ApplyOptions;
  /** Directories of this layer, with the times that they get at the end; undefined while nobody has said one. */
  readonly times: Map<string, Timestamp | undefined>;
  readonly whiteouts: { readonly path: string; readonly kind: 'whiteout' | 'opaque' }[];
  readonly links: PendingLink[];
  readonly opaque: Set<string>;
  /** onto: paths that this layer has put, and those above them, which its own whiteouts do not hide. */
  readonly put: Set<string>;
}

const aufsFolder = '.wh..wh.plnk';

/**
 * Unpacks a layer into the directory at `root`.
 * @throws PlimsollError PL0720, PL0721; whatever the entries throw
 */
export async function applyLayer(
  entries: AsyncIterable<LayerEntry>,
  root: string,
  options: ApplyOptions,
): Promise<AppliedLayer> {
  const times = new Map<string, Timestamp | undefined>();
  const passed = new Set<string>();
  const { below } = options;
  const walk = walkFolders(root, {
    onMaking: ({ path, fd }) => {
      if (!times.has(path)) times.set(path, statusAt(fd, '')?.mtime);
    },
    onMade: ({ path }) => {
      times.set(path, undefined);
      passed.add(path);
    },
    ...(below === undefined ? {} : { below }),
  });
  const applying: Applying = {
    walk,
    options,
    times,
    whiteouts: [],
    links: [],
    opaque: new Set(),
    put: new Set(),
  };
  let count = 0;
  let bytes = 0;
  try {
    if (options.way === 'alone') times.set('/', undefined);
    for await (const entry of entries) {
      if (options.signal.aborted) throw interrupted(options.signal);
      count++;
      bytes += entry.node.size;
      // Holes are no bytes of the stream, which has limits of its own, but count for whoever copies the file.
      if (bytes > options.limits.totalBytes)
        throw limitError('totalBytes', options.limits, 'bytes of files', bytes, options.at);
      const waiting = guarded(() => applyEntry(applying, entry), entry.node.path, options);
      if (waiting !== undefined) await waiting;
    }
    guarded(() => finish(applying), '/', options);
  } finally {
    walk.close();
  }
  const implicit = [...times].flatMap(([path, time]) => (time === undefined ? [path] : [])).sort();
  const { whiteouts, links, opaque } = applying;
  return {
    rest: { implicit, passed: [...passed], whiteouts, links, opaque: [...opaque] },
    entries: count,
    bytes,
  };
}

/** Failed system calls become errors that say where. */
function guarded<T>(
  work: () => Promise<T> | T,
  path: string,
  options: ApplyOptions,
): Promise<T> | T {
  try {
    const made = work();
    return made instanceof Promise
      ? made.catch((cause: unknown) => {
          throw failed(cause, path, options);
        })
      : made;
  } catch (cause) {
    throw failed(cause, path, options);
  }
}

function failed(cause: unknown, path: string, { at }: ApplyOptions): unknown {
  if (!(cause instanceof Error) || !('syscall' in cause)) return cause;
  const help = hasCode(cause, 'ENOSPC', 'EDQUOT')
    ? 'make room: plimsoll system df shows what the store takes'
    : hasCode(cause, 'EINVAL') && /chown/.test(String(cause.syscall))
      ? 'the user namespace has no such owner: give the user more ids in /etc/subuid and /etc/subgid'
      : undefined;
  return new PlimsollError('PL0721', `unpacking failed: ${systemReason(cause)}`, {
    at: { ...at, path },
    notes: [cause.message],
    ...(help === undefined ? {} : { help }),
    cause,
  });
}

/** PL0720 for an entry without a place. */
export function noPlace(path: string, message: string, at: Location): PlimsollError {
  return new PlimsollError('PL0720', message, {
    at: { ...at, path },
    help: 'build the image again, or get it from where it was made: no engine can unpack this layer',
  });
}

/** PL0720 for a hard link to nothing. */
export function notInImage(path: string, target: string, at: Location): PlimsollError {
  return noPlace(path, `hard link to ${target}, which is not in the image`, at);
}

function folderOf({ walk, options }: Applying, parent: string, path: string): Folder {
  const folder = walk.enter(parent, true);
  if (folder !== undefined && 'fd' in folder) return folder;
  const by = folder?.blockedBy ?? parent;
  throw noPlace(path, `${by} is in the way and no directory`, options.at);
}

function applyEntry(applying: Applying, entry: LayerEntry): Promise<void> | undefined {
  const { node, whiteout, hardLinkTo } = entry;
  const { options } = applying;
  if (whiteout !== undefined) {
    if (options.way === 'onto') hide(applying, node.path, whiteout);
    else applying.whiteouts.push({ path: node.path, kind: whiteout });
    return undefined;
  }
  if (node.path === '/') {
    // Whatever else the root is said to be, it stays a directory (CVE-2021-29136).
    if (node.type !== 'directory') {
      options.onLeftOut('entry', '/', 'the root of an image is a directory');
      return undefined;
    }
    describeDirectory(applying.walk.root.fd, '.', entry, options, options.way === 'onto');
    applying.times.set('/', timeOf(entry));
    return undefined;
  }
  const { parent, name } = splitPath(node.path);
  const folder = folderOf(applying, parent, node.path);
  const path = childPath(folder.path, name);
  if (options.way === 'onto') remember(applying, folder, path);
  if (hardLinkTo !== undefined) {
    const linked = link(applying, path, hardLinkTo);
    if (linked === 'linked') return undefined;
    applying.links.push({ path, target: hardLinkTo, isOwn: linked === 'directory' });
    // What is in its place when the link is made will have come later.
    if (options.way === 'alone') clear(applying, path);
    return undefined;
  }
  if (node.type === 'directory') {
    putDirectory(applying, folder, name, path, entry);
    return undefined;
  }
  if (applying.times.has(path)) applying.times.delete(path);
  return place(applying, folder, name, path, entry);
}

/** Makes anything but a directory, in place of what is there. */
function place(
  applying: Applying,
  folder: Folder,
  name: string,
  path: string,
  entry: LayerEntry,
): Promise<void> | undefined {
  const { options } = applying;
  const attempt = (): Promise<void> | undefined => {
    switch (entry.node.type) {
      case 'file':
        return placeFile(folder.fd, name, entry, options);
      case 'symlink':
        placeSymlink(folder.fd, name, entry, options);
        return undefined;
      default:
        placeNode(folder.fd, name, entry, options);
        return undefined;
    }
  };
  try {
    return attempt();
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  removeTreeAt(folder.fd, name);
  applying.walk.forget(path);
  // The descriptor is still open: what was forgotten lies below it.
  return attempt();
}

function isDirectory(status: FileStatus | undefined): boolean {
  return status !== undefined && (status.mode & fileTypes.mask) === fileTypes.directory;
}

function putDirectory(
  applying: Applying,
  folder: Folder,
  name: string,
  path: string,
  entry: LayerEntry,
): void {
  const { options, walk, times, opaque } = applying;
  const status = statusAt(folder.fd, name);
  const isThere = isDirectory(status);
  if (status !== undefined && !isThere) {
    removeTreeAt(folder.fd, name);
    walk.forget(path);
    // A file of this layer hid what lower layers have here.
    if (options.way === 'alone') opaque.add(path);
  }
  placeDirectory(folder.fd, name, entry, options, isThere);
  if (status !== undefined && !isThere && options.way === 'alone') {
    for (const attribute of options.opaqueAttributes)
      setAttributeOf(pathAt(folder.fd, name), attribute, Buffer.from('y'));
  }
  times.set(path, timeOf(entry));
}

/** Removes what the layer has at a path. */
function clear({ walk, times }: Applying, path: string): void {
  const { parent, name } = splitPath(path);
  const folder = walk.enterReal(parent);
  if (folder === undefined) return;
  removeTreeAt(folder.fd, name);
  walk.forget(path);
  times.delete(path);
}

/** Makes the hard link, or says what is there instead of a file. */
function link(
  { walk, options, times }: Applying,
  path: string,
  hardLinkTo: string,
): 'linked' | 'missing' | 'directory' {
  const target = splitPath(hardLinkTo);
  const from = walk.enter(target.parent, false);
  // A file of the layer itself is in the way, whatever lies below.
  if (from !== undefined && !('fd' in from) && options.way === 'alone')
    throw notInImage(path, hardLinkTo, options.at);
  if (from === undefined || !('fd' in from)) return 'missing';
  const targetPath = childPath(from.path, target.name);
  const status = statusAt(from.fd, target.name);
  // A directory may become a file later in the layer.
  if (status === undefined) return 'missing';
  if (isDirectory(status)) return 'directory';
  if (targetPath === path) return 'linked';
  // Both directories must be open at once: the second walk may close the first.
  const held = openDirectoryAt(from.fd, '.');
  try {
    const { parent, name } = splitPath(path);
    const to = walk.enterReal(parent);
    if (to === undefined) throw noPlace(path, `${parent} is no directory`, options.at);
    times.delete(path);
    try {
      linkAt(held, target.name, to.fd, name);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
      walk.forget(path);
      linkOver(held, target.name, to.fd, name);
    }
    return 'linked';
  } finally {
    closeDescriptor(held);
  }
}

/** onto: keeps the time of a directory that the layer does not name but changes. */
function remember({ times, put }: Applying, folder: Folder, path: string): void {
  for (let one = path; !put.has(one); one = splitPath(one).parent) put.add(one);
  if (times.has(folder.path)) return;
  times.set(folder.path, statusAt(folder.fd, '')?.mtime);
}

/** onto: removes what is there from lower layers. */
function hide(applying: Applying, hidden: string, kind: 'whiteout' | 'opaque'): void {
  const { walk } = applying;
  if (kind === 'opaque') {
    const folder = walk.enter(hidden, false);
    if (folder === undefined || !('fd' in folder)) return;
    const { path } = folder;
    if (!applying.times.has(path)) applying.times.set(path, statusAt(folder.fd, '')?.mtime);
    for (const name of namesIn(folder.fd)) removeLower(applying, path, name);
    return;
  }
  const { parent, name } = splitPath(hidden);
  const folder = walk.enter(parent, false);
  if (folder === undefined || !('fd' in folder)) return;
  if (statusAt(folder.fd, name) === undefined) return;
  if (!applying.times.has(folder.path))
    applying.times.set(folder.path, statusAt(folder.fd, '')?.mtime);
  removeLower(applying, folder.path, name);
}

/** Removes a name with all below it, but for what the layer itself has put there. */
function removeLower(applying: Applying, parent: string, name: string): void {
  const { walk, put } = applying;
  const path = childPath(parent, name);
  const folder = walk.enterReal(parent);
  if (folder === undefined) return;
  if (!put.has(path)) {
    removeTreeAt(folder.fd, name);
    walk.forget(path);
    return;
  }
  if (!isDirectory(statusAt(folder.fd, name))) return;
  const inner = walk.enterReal(path);
  if (inner === undefined) return;
  for (const child of namesIn(inner.fd)) removeLower(applying, path, child);
}

/** The end: links that stood before their files, AUFS's own folder, times of directories. */
function finish(applying: Applying): void {
  const { walk, options, times, links } = applying;
  // alone: what lies below comes before what came later in the layer.
  if (options.way === 'onto') {
    for (const { path, target } of links.splice(0)) {
      if (link(applying, path, target) !== 'linked') throw notInImage(path, target, options.at);
    }
  }
  removeTreeAt(walk.root.fd, aufsFolder);
  walk.forget(`/${aufsFolder}`);
  if (options.way === 'onto') {
    for (const [path, time] of times) if (time === undefined) describeUnnamed(walk, path);
  }
  setFolderTimes(walk, times);
}

/** What a directory is that no layer names, as the analysis has it (TreeBuilder): root's, 0755, of 1970. */
export function describeUnnamed(walk: FolderWalk, path: string): void {
  const folder = walk.enterReal(path);
  if (folder === undefined) return;
  setModeAt(folder.fd, '.', 0o755);
  setTimesAt(folder.fd, '.', { seconds: 0, nanoseconds: 0 });
}

/** Sets times of directories; one that was replaced meanwhile is passed over. */
export function setFolderTimes(
  walk: FolderWalk,
  times: ReadonlyMap<string, Timestamp | undefined>,
): void {
  for (const path of [...times.keys()].sort()) {
    const time = times.get(path);
    if (time === undefined) continue;
    const { parent, name } = splitPath(path);
    const folder = walk.enterReal(parent);
    if (folder === undefined || (path !== '/' && !isDirectory(statusAt(folder.fd, name)))) continue;
    setTimesAt(folder.fd, path === '/' ? '.' : name, time);
  }
}
