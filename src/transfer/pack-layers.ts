// The files of an image as one tar archive: the folders of its layers, each holding what it changes, are walked together
// as an overlay shows them (Documentation/filesystems/overlayfs.rst): the topmost name counts, a whiteout hides what is
// below, folders of several layers are one down to an opaque one. Nothing is mounted. Members come in order of their
// names, so that the same files give the same bytes.
import { type BigIntStats, constants } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { TarMember } from '../formats/tar-writer.ts';
import { interrupted } from '../image/interrupted.ts';
import { decodeFileName, encodeFileName } from '../lib/file-name.ts';
import { systemReason } from '../lib/system-reason.ts';
import { closeDescriptor, openDirectory, openDirectoryAt } from '../sys/file-calls.ts';
import { attributeNames, attributeOf, pathAt } from '../sys/xattrs.ts';
import type { ArchiveWriter } from './archive-writer.ts';

/** How layers are packed. */
export interface PackOptions {
  /** Attributes that mark a folder as opaque; they and all others of overlays are not packed. */
  readonly opaqueAttributes: readonly string[];
  readonly signal: AbortSignal;
  /** Somebody may write to the files meanwhile: one that has become shorter is filled with zeros. */
  readonly live?: boolean;
  /** Called with the bytes of files packed so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** What overlays and fuse-overlayfs keep for themselves. */
const ofOverlays = /^(?:trusted|user)\.(?:overlay|fuseoverlayfs)\./;

const chunkBytes = 256 * 1024;

interface Packing extends PackOptions {
  readonly archive: ArchiveWriter;
  /** Names of files with several, by device and inode. */
  readonly links: Map<string, string>;
  bytes: number;
}

/**
 * Writes all members below the folders, the topmost first, and leaves the end of the archive to the caller.
 * @throws PlimsollError PL0002, PL0721, and what the archive throws
 */
export async function packLayers(
  folders: readonly string[],
  archive: ArchiveWriter,
  options: PackOptions,
): Promise<void> {
  const packing: Packing = { ...options, archive, links: new Map(), bytes: 0 };
  try {
    const open: number[] = [];
    try {
      for (const folder of folders) open.push(openDirectory(folder));
      await packFolder(open, '', packing);
    } finally {
      for (const fd of open) closeDescriptor(fd);
    }
  } catch (error) {
    if (error instanceof PlimsollError) throw error;
    throw new PlimsollError(
      'PL0721',
      `the files of the image could not be read: ${systemReason(error)}`,
      {
        help: 'plimsoll store check tells what is wrong with the store',
        cause: error,
      },
    );
  }
}

/**
 * Writes one file, or a directory with all below it, under its own name ('.' for a root).
 * @throws as packLayers
 */
export async function packPlace(
  {
    directory,
    name,
    path,
  }: { readonly directory: number; readonly name: string; readonly path: string },
  archive: ArchiveWriter,
  options: PackOptions,
): Promise<void> {
  const packing: Packing = { ...options, archive, links: new Map(), bytes: 0 };
  await packName([directory], path.slice(path.lastIndexOf('/') + 1) || '.', name, packing);
}

/** A name in an open directory, as a path that no link on the way can lead elsewhere. */
function placeOf(directory: number, name: string): Buffer {
  return encodeFileName(pathAt(directory, name));
}

async function packFolder(
  folders: readonly number[],
  prefix: string,
  packing: Packing,
): Promise<void> {
  const names = new Set<string>();
  for (const folder of folders) {
    for (const name of await readdir(pathAt(folder, '.'), { encoding: 'buffer' }))
      names.add(decodeFileName(name));
  }
  for (const name of [...names].sort()) {
    if (packing.signal.aborted) throw interrupted(packing.signal);
    await packName(folders, `${prefix}${name}`, name, packing);
  }
}

/** One name: what the topmost folder has of it, and of folders what those below add. */
async function packName(
  folders: readonly number[],
  path: string,
  name: string,
  packing: Packing,
): Promise<void> {
  const inner: number[] = [];
  try {
    let top: { readonly place: Buffer; readonly stats: BigIntStats } | undefined;
    for (const folder of folders) {
      const place = placeOf(folder, name);
      const stats = await lstat(place, { bigint: true }).catch(absent);
      if (stats === undefined) continue;
      if (stats.isCharacterDevice() && stats.rdev === 0n) break;
      top ??= { place, stats };
      if (!stats.isDirectory()) break;
      inner.push(openDirectoryAt(folder, name));
      if (isOpaque(place, packing)) break;
    }
    if (top === undefined) return;
    await packFile(top.place, top.stats, path, packing);
    if (top.stats.isDirectory()) await packFolder(inner, `${path}/`, packing);
  } finally {
    for (const fd of inner) closeDescriptor(fd);
  }
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

function isOpaque(place: Buffer, { opaqueAttributes }: Packing): boolean {
  const path = decodeFileName(place);
  return opaqueAttributes.some((name) => attributeOf(path, name)?.toString() === 'y');
}

async function packFile(
  place: Buffer,
  stats: BigIntStats,
  path: string,
  packing: Packing,
): Promise<void> {
  const { archive, links, onProgress } = packing;
  const type = typeOf(stats);
  // tar has no word for a socket, and a program makes its own anew.
  if (type === undefined) return;
  const inode = stats.nlink > 1n && type !== 'directory' ? `${stats.dev}:${stats.ino}` : undefined;
  const linkName = inode === undefined ? undefined : links.get(inode);
  const common: TarMember = { name: path, ...describe(stats) };
  if (linkName !== undefined) {
    await archive.member({ ...common, type: 'hard-link', linkName });
    return;
  }
  if (inode !== undefined) links.set(inode, path);
  const member: TarMember = { ...common, type, ...attributesOf(place) };
  if (type === 'symlink') {
    const target = decodeFileName(await readlink(place, { encoding: 'buffer' }));
    await archive.member({ ...member, linkName: target });
    return;
  }
  if (type !== 'file') {
    await archive.member(member);
    return;
  }
  const size = Number(stats.size);
  await archive.stream(member, size, bodyOf(place, size, packing));
  packing.bytes += size;
  onProgress?.(packing.bytes);
}

function typeOf(stats: BigIntStats): TarMember['type'] | undefined {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isCharacterDevice()) return 'character';
  return stats.isBlockDevice() ? 'block' : undefined;
}

function describe(stats: BigIntStats): Omit<TarMember, 'name'> {
  const { mode, uid, gid, mtimeNs, rdev } = stats;
  const billion = 1_000_000_000n;
  const mtimeNanoseconds = ((mtimeNs % billion) + billion) % billion;
  const isDevice = stats.isCharacterDevice() || stats.isBlockDevice();
  return {
    mode: Number(mode & 0o7777n),
    uid: Number(uid),
    gid: Number(gid),
    mtime: Number((mtimeNs - mtimeNanoseconds) / billion),
    mtimeNanoseconds: Number(mtimeNanoseconds),
    ...(isDevice ? { device: deviceOf(rdev) } : {}),
  };
}

/** makedev(3) of glibc: the numbers are parted in the 64 bits. */
function deviceOf(rdev: bigint): { readonly major: number; readonly minor: number } {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n);
  return { major: Number(major), minor: Number(minor) };
}

function attributesOf(place: Buffer): Pick<TarMember, 'xattrs'> {
  const path = decodeFileName(place);
  const names = attributeNames(path).filter((name) => name !== '' && !ofOverlays.test(name));
  const pairs = names.flatMap((name): [string, Uint8Array][] => {
    const value = attributeOf(path, name);
    return value === undefined ? [] : [[name, value]];
  });
  return pairs.length === 0 ? {} : { xattrs: Object.fromEntries(pairs) };
}

async function* bodyOf(
  place: Buffer,
  size: number,
  { signal, live = false }: PackOptions,
): AsyncGenerator<Uint8Array> {
  const handle = await open(
    place,
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  );
  try {
    // Whoever may write there may have put a device in its place.
    const isStill = (await handle.stat()).isFile();
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, Math.max(size, 1)));
    for (let at = 0; at < size; ) {
      if (signal.aborted) throw interrupted(signal);
      const wanted = Math.min(buffer.length, size - at);
      let bytesRead = isStill ? (await handle.read(buffer, 0, wanted, at)).bytesRead : 0;
      if (bytesRead === 0 && live) {
        buffer.fill(0);
        bytesRead = wanted;
      }
      if (bytesRead === 0) {
        throw new PlimsollError(
          'PL0721',
          `a file of the store ends early: expected ${size} bytes, found ${at}`,
          {
            at: { path: decodeFileName(place) },
            help: 'something else writes to the store: see who may',
          },
        );
      }
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
