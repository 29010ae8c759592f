// What a layer that was unpacked alone has to do with those below it, done once they are there.

import type { Location } from '../../diag/diagnostic.ts';
import { childPath, splitPath } from '../../lib/path.ts';
import { hasCode } from '../../sys/errno.ts';
import {
  closeDescriptor,
  fileTypes,
  makeNodeAt,
  openDirectoryAt,
  setTimesAt,
  statusAt,
  type Timestamp,
} from '../../sys/file-calls.ts';
import { pathAt, setAttributeOf } from '../../sys/xattrs.ts';
import { describeUnnamed, type LayerRest, noPlace, notInImage } from './apply-layer.ts';
import { copyDescription, copyUp } from './copy-up.ts';
import { type FolderWalk, walkFolders } from './folder-walk.ts';
import {
  isFuse,
  type LowerFile,
  type LowerLayers,
  lowerLayers,
  whiteoutPrefix,
} from './lower-layers.ts';
import { linkOver, removeTreeAt } from './remove-tree.ts';

/** How a layer lies on others. */
export interface SettleOptions {
  /** Directories of the layers below, the topmost first. */
  readonly lower: readonly string[];
  readonly opaqueAttributes: readonly string[];
  readonly at: Location;
}

/** What the whiteouts of a layer hide of those below: paths without links. */
export interface Hidden {
  readonly paths: ReadonlySet<string>;
  /** Directories of which all that is in them is hidden. */
  readonly opaque: ReadonlySet<string>;
  /** Whether the path is hidden, or something above it. */
  has(path: string): boolean;
  /** Whether something above it is. */
  above(path: string): boolean;
}

/** Whiteouts and opaque marks by where they lead in the lower layers; those that hide nothing are left out. */
export function hiddenBelow(rest: LayerRest, lower: LowerLayers): Hidden {
  const paths = new Set<string>();
  const opaque = new Set(rest.opaque);
  for (const { path, kind } of rest.whiteouts) {
    // An opaque directory may be a link itself.
    const inside = kind === 'opaque' ? lower.resolve(childPath(path, 'x')) : undefined;
    const real = kind === 'opaque' ? inside && splitPath(inside).parent : lower.resolve(path);
    if (real === undefined || lower.look(real) === undefined) continue;
    // Overlays do not look for the mark in the root of a layer: all that is in the root goes by name.
    if (kind === 'opaque' && real === '/') {
      for (const name of lower.rootNames()) paths.add(`/${name}`);
      continue;
    }
    (kind === 'opaque' ? opaque : paths).add(real);
  }
  const above = (path: string): boolean => {
    for (let at = path; at !== '/'; ) {
      at = splitPath(at).parent;
      if (paths.has(at) || opaque.has(at)) return true;
    }
    return false;
  };
  return { paths, opaque, above, has: (path) => paths.has(path) || above(path) };
}

/**
 * Settles a layer at `root`; false when it goes through links of lower layers and must be unpacked again with them in
 * view. @throws PlimsollError PL0720; SystemError
 */
export function settleLayer(root: string, rest: LayerRest, options: SettleOptions): boolean {
  const lower = lowerLayers(options.lower, options.opaqueAttributes);
  const times = new Map<string, Timestamp>();
  // A directory that is made here is one that the lower layers have.
  const walk = walkFolders(root, {
    onMaking: ({ path, fd }) => touch(times, fd, path),
    onMade: ({ path, fd }) => {
      const found = lower.find(path);
      if (found === undefined) return;
      copyDescription(found, fd, '.');
      times.set(path, found.status.mtime);
    },
  });
  try {
    const hidden = hiddenBelow(rest, lower);
    if (!describeImplicit(walk, rest, lower, hidden, times)) return false;
    settleLinks({ walk, lower, hidden, times, options }, rest);
    settleWhiteouts({ walk, lower, hidden, times, options });
    for (const [path, time] of times) {
      const folder = walk.enterReal(path);
      if (folder !== undefined) setTimesAt(folder.fd, '.', time);
    }
    return true;
  } finally {
    walk.close();
    lower.close();
  }
}

interface Settling {
  readonly walk: FolderWalk;
  readonly lower: LowerLayers;
  readonly hidden: Hidden;
  /** Times of directories that were changed, to be set again at the end. */
  readonly times: Map<string, Timestamp>;
  readonly options: SettleOptions;
}

/** Directories that the layer does not describe are what they are below. */
function describeImplicit(
  walk: FolderWalk,
  { implicit, passed }: LayerRest,
  lower: LowerLayers,
  hidden: Hidden,
  times: Map<string, Timestamp>,
): boolean {
  for (const path of passed) {
    if (hidden.has(path)) continue;
    const found = lower.look(path);
    if (found !== undefined && found !== 'directory') return false;
  }
  for (const path of implicit) {
    const folder = walk.enterReal(path);
    if (folder === undefined) continue;
    const found = hidden.has(path) ? undefined : lower.find(path);
    if (found === undefined) {
      describeUnnamed(walk, path);
      times.set(path, { seconds: 0, nanoseconds: 0 });
    } else {
      copyDescription(found, folder.fd, '.');
      times.set(path, found.status.mtime);
    }
  }
  return true;
}

/** Remembers a directory's time before something is put into it. */
function touch(times: Map<string, Timestamp>, fd: number, path: string): void {
  if (times.has(path)) return;
  const status = statusAt(fd, '');
  if (status !== undefined) times.set(path, status.mtime);
}

/**
 * Hard links to what the layer did not have when their turn came: a lower file, copied up as overlayfs would do it; else
 * a file that the layer has later.
 */
function settleLinks(settling: Settling, { links }: LayerRest): void {
  const { walk, lower, hidden, options, times } = settling;
  /** Where lower files were copied to. */
  const copies = new Map<string, string>();
  for (const { path, target, isOwn } of links) {
    const real = lower.resolve(target) ?? target;
    const found = isOwn || hidden.has(real) ? undefined : fileAt(lower, real);
    if (found !== undefined && isTaken(walk, path)) continue;
    let source = copies.get(real) ?? real;
    if (found !== undefined && !copies.has(real)) {
      const from = splitPath(real);
      const folder = walk.enterReal(from.parent, true);
      // Something else has taken its place in the layer: then the link is all that is left of it.
      const isFree = folder !== undefined && statusAt(folder.fd, from.name) === undefined;
      source = isFree ? real : path;
      copies.set(real, source);
      const to = splitPath(source);
      const place = walk.enterReal(to.parent);
      if (place === undefined) throw notInImage(path, target, options.at);
      touch(times, place.fd, place.path);
      removeTreeAt(place.fd, to.name);
      copyUp(found, place.fd, to.name);
    }
    if (found === undefined || source !== path) linkTo(settling, source, path, target);
  }
}

/** What lies below at a path, but for a directory. */
function fileAt(lower: LowerLayers, path: string): LowerFile | undefined {
  const found = lower.find(path);
  return found !== undefined && (found.status.mode & fileTypes.mask) !== fileTypes.directory
    ? found
    : undefined;
}

/** Whether something came later where the link would be: it counts. */
function isTaken(walk: FolderWalk, path: string): boolean {
  const { parent, name } = splitPath(path);
  const folder = walk.enterReal(parent);
  return folder === undefined || statusAt(folder.fd, name) !== undefined;
}

function linkTo(
  { walk, options, times }: Settling,
  source: string,
  path: string,
  target: string,
): void {
  const from = splitPath(source);
  const holding = walk.enterReal(from.parent);
  const status = holding && statusAt(holding.fd, from.name);
  if (holding === undefined || status === undefined) throw notInImage(path, target, options.at);
  if ((status.mode & fileTypes.mask) === fileTypes.directory)
    throw noPlace(path, `hard link to ${target}, which is a directory`, options.at);
  if (source === path) return;
  const held = openDirectoryAt(holding.fd, '.');
  try {
    const to = splitPath(path);
    const folder = walk.enterReal(to.parent);
    if (folder === undefined) throw notInImage(path, target, options.at);
    touch(times, folder.fd, folder.path);
    walk.forget(path);
    linkOver(held, from.name, folder.fd, to.name);
  } finally {
    closeDescriptor(held);
  }
}

/** Users may make whiteouts from Linux 5.8 on; before, fuse-overlayfs takes a file with AUFS's name for one. */
function makeWhiteout(directory: number, name: string, fuse: boolean): void {
  try {
    makeNodeAt(directory, name, fileTypes.character);
  } catch (error) {
    if (!fuse || !hasCode(error, 'EPERM')) throw error;
    makeNodeAt(directory, `${whiteoutPrefix}${name}`, fileTypes.file);
  }
}

function settleWhiteouts(settling: Settling): void {
  const { walk, hidden, options } = settling;
  const mark = (fd: number, name: string): void => {
    for (const attribute of options.opaqueAttributes)
      setAttributeOf(pathAt(fd, name), attribute, Buffer.from('y'));
  };
  for (const path of [...hidden.paths].sort()) {
    const { parent, name } = splitPath(path);
    // What is hidden already needs no mark, and its directory must not come back for one.
    if (hidden.above(path)) continue;
    const folder = walk.enterReal(parent, true);
    if (folder === undefined) continue;
    const status = statusAt(folder.fd, name);
    if (status === undefined) {
      touch(settling.times, folder.fd, folder.path);
      makeWhiteout(folder.fd, name, isFuse(options.opaqueAttributes));
    } else if ((status.mode & fileTypes.mask) === fileTypes.directory) {
      mark(folder.fd, name);
    }
  }
  for (const path of hidden.opaque) {
    if (hidden.has(path)) continue;
    const folder = walk.enterReal(path, true);
    if (folder !== undefined) mark(folder.fd, '.');
  }
}
