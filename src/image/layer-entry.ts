// From a member of a layer's archive to what it says about the tree: whiteouts ("Representing Changes" in the OCI image
// specification's layer.md), names made safe.
import type { Diagnostic, Location } from '../diag/diagnostic.ts';
import { limitError } from '../diag/limit-error.ts';
import type { TarEntry } from '../formats/tar-reader.ts';
import type { Limits } from '../lib/limits.ts';
import { childPath, insidePath, splitPath } from '../lib/path.ts';
import type { FileNode } from './file-tree.ts';
import type { LayerEntry } from './image.ts';

const whiteoutPrefix = '.wh.';
const opaqueMark = '.wh..wh..opq';
/** AUFS kept files with several names here; hard links of the same layer lead to them. mergeLayers removes the folder. */
const aufsLinks = '/.wh..wh.plnk/';

/** The most of a file that `read()` gives when nobody says how much. */
const readByDefault = 1024 * 1024 * 1024;

/** What an entry needs to know of the layer that it stands in. */
export interface EntryContext {
  readonly layer: number;
  readonly limits: Limits;
  readonly at: Location;
  readonly onProblem: (problem: Diagnostic) => void;
}

/** What a member says; undefined for one that says nothing. @throws PlimsollError PL0107 */
export function layerEntryOf(entry: TarEntry, context: EntryContext): LayerEntry | undefined {
  const { at, onProblem } = context;
  const { path, escaped } = insidePath(entry.name);
  checkPath(path, entry, context);
  if (escaped) {
    onProblem({
      code: 'PL0206',
      severity: 'warning',
      message: `the name ${JSON.stringify(entry.name)} leads outside the tree: taken as ${path}`,
      at: { ...at, path, offset: entry.offset },
    });
  }
  const read = (limit = Math.min(entry.size, readByDefault)): Promise<Uint8Array> =>
    entry.read(limit);
  const { copy, mtimeNanoseconds } = entry;
  const body = { read, copy, ...(mtimeNanoseconds === undefined ? {} : { mtimeNanoseconds }) };
  const { parent, name } = splitPath(path);
  if (name.startsWith(whiteoutPrefix)) {
    if (name === opaqueMark)
      return { node: nodeOf(entry, parent, context), whiteout: 'opaque', ...body };
    if (name.startsWith('.wh..wh.')) return undefined;
    const hidden = name.slice(whiteoutPrefix.length);
    if (hidden === '' || hidden === '.' || hidden === '..') {
      onProblem({
        code: 'PL0206',
        severity: 'warning',
        message: `the whiteout ${JSON.stringify(name)} names no file and was ignored`,
        at: { ...at, path, offset: entry.offset },
      });
      return undefined;
    }
    const node = nodeOf(entry, childPath(parent, hidden), context);
    return { node, whiteout: 'whiteout', ...body };
  }
  if (path.startsWith('/.wh..wh.') && !(path.startsWith(aufsLinks) && entry.type === 'file')) {
    return undefined;
  }
  const node = nodeOf(entry, path, context);
  if (entry.type !== 'hard-link') return { node, ...body };
  const target = insidePath(entry.linkName);
  if (target.escaped) {
    onProblem({
      code: 'PL0206',
      severity: 'warning',
      message: `the hard link to ${JSON.stringify(entry.linkName)} leads outside the tree: taken as ${target.path}`,
      at: { ...at, path, offset: entry.offset },
    });
  }
  return { node, hardLinkTo: target.path, ...body };
}

function nodeOf(entry: TarEntry, path: string, { layer }: EntryContext): FileNode {
  const { type, mode, uid, gid, size, mtime, device, xattrs } = entry;
  return {
    path,
    type: type === 'hard-link' ? 'file' : type,
    mode,
    uid,
    gid,
    size,
    mtime,
    ...(type === 'symlink' ? { linkTarget: entry.linkName } : {}),
    ...(device === undefined ? {} : { device }),
    ...(xattrs === undefined ? {} : { xattrs }),
    layer,
  };
}

function checkPath(path: string, entry: TarEntry, { limits, at }: EntryContext): void {
  // Lengths in UTF-16 units are no longer than in bytes, and no shorter than a third of them.
  const longest = Math.max(path.length, entry.linkName.length);
  const place = { ...at, path: path.slice(0, 200), offset: entry.offset };
  if (longest * 3 > limits.pathBytes) {
    const bytes = Math.max(Buffer.byteLength(path), Buffer.byteLength(entry.linkName));
    if (bytes > limits.pathBytes)
      throw limitError('pathBytes', limits, 'bytes of a path', bytes, place);
  }
  if (path.length * 3 <= limits.nameBytes && path.length <= limits.depth) return;
  const parts = path.split('/');
  if (parts.length - 1 > limits.depth) {
    throw limitError('depth', limits, 'components of a path', parts.length - 1, place);
  }
  const widest = parts.reduce((most, part) => Math.max(most, Buffer.byteLength(part)), 0);
  if (widest > limits.nameBytes) {
    throw limitError('nameBytes', limits, 'bytes of a name in a path', widest, place);
  }
}
