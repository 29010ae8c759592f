// What a layer that was unpacked alone has to do with those below it, done once they are there.

import type { Location } from '../../diag/diagnostic.ts';
import { childPath, splitPath } from '../../lib/path.ts';
import { hasCode } from '../../sys/errno.ts';
import {
  closeDescriptor,
  fileTypes,
  linkAt,
  makeNodeAt,
  openDirectoryAt,
  setTimesAt,
  statusAt,
  type Timestamp,
} from '../../sys/file-calls.ts';
import { pathAt, setAttributeOf } from '../../sys/xattrs.ts';
import { describeUnnamed, type LayerRest, noPlace } from './apply-layer.ts';
import { copyDescription, copyUp } from './copy-up.ts';
import { type FolderWalk, walkFolders } from './folder-walk.ts';
import { isFuse, type LowerLayers, lowerLayers, whiteoutPrefix } from './lower-layers.ts';
import { removeTreeAt } from './remove-tree.ts';

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
    // The directory itself may be a link too.
    const real =
      kind === 'opaque'
        ? splitPath(lower.resolve(childPath(path, 'x')) ?? '').parent
        : lower.resolve(path);
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
  { implicit }: LayerRest,
  lower: LowerLayers,
  hidden: Hidden,
  times: Map<string, Timestamp>,
): boolean {
  for (const path of implicit) {
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
function touch({ times }: Settling, fd: number, path: string): void {
  if (times.has(path)) return;
  const status = statusAt(fd, '');
  if (status !== undefined) times.set(path, status.mtime);
}

function settleLinks(settling: Settling, { links }: LayerRest): void {
  const { walk, lower, hidden, options } = settling;
  for (const { path, target } of links) {
    const missing = (): Error =>
      noPlace(path, `hard link to ${target}, which is not in the image`, options.at);
    const real = lower.resolve(target) ?? target;
    const from = splitPath(real);
    const own = walk.enterReal(from.parent);
    if (own === undefined || statusAt(own.fd, from.name) === undefined) {
      const found = hidden.has(real) ? undefined : lower.find(real);
      if (found === undefined) throw missing();
      if ((found.status.mode & fileTypes.mask) === fileTypes.directory) {
        throw noPlace(path, `hard link to ${target}, which is a directory`, options.at);
      }
      const folder = walk.enterReal(from.parent, true);
      if (folder === undefined) throw missing();
      touch(settling, folder.fd, folder.path);
      copyUp(found, folder.fd, from.name);
    }
    const holding = walk.enterReal(from.parent);
    if (holding === undefined) throw missing();
    const held = openDirectoryAt(holding.fd, '.');
    try {
      const to = splitPath(path);
      const folder = walk.enterReal(to.parent);
      if (folder === undefined) throw missing();
      touch(settling, folder.fd, folder.path);
      removeTreeAt(folder.fd, to.name);
      linkAt(held, from.name, folder.fd, to.name);
    } finally {
      closeDescriptor(held);
    }
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
      touch(settling, folder.fd, folder.path);
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
