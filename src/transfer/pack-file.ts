// One file of a tree as a member of a tar archive: owner, mode, time, attributes, links and devices as they are.
import { type BigIntStats, constants } from 'node:fs';
import { open, readlink } from 'node:fs/promises';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { TarMember } from '../formats/tar-writer.ts';
import { interrupted } from '../image/interrupted.ts';
import { decodeFileName, encodeFileName } from '../lib/file-name.ts';
import type { Owner } from '../lib/owner.ts';
import { ofOverlays } from '../store/unpack/copy-up.ts';
import { attributeNames, attributeOf, pathAt } from '../sys/xattrs.ts';
import type { ArchiveWriter } from './archive-writer.ts';

/** How files are packed. */
export interface PackFileOptions {
  readonly signal: AbortSignal;
  /** Somebody may write to the files meanwhile: one that has become shorter is filled with zeros. */
  readonly live?: boolean;
  /** Whose a member is, by whose the file is; absent: the same. */
  readonly owner?: (of: Owner) => Owner;
  /** Called with the bytes of files packed so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** An archive while files are packed into it. */
export interface FilePacking extends PackFileOptions {
  readonly archive: ArchiveWriter;
  /** Names of files with several, by device and inode. */
  readonly links: Map<string, string>;
  bytes: number;
}

/** A packing with nothing packed yet. */
export function startPacking<T extends PackFileOptions>(
  archive: ArchiveWriter,
  options: T,
): T & FilePacking {
  return { ...options, archive, links: new Map(), bytes: 0 };
}

const chunkBytes = 256 * 1024;

/** A name in an open directory, as a path that no link on the way can lead elsewhere. */
export function placeOf(directory: number, name: string): Buffer {
  return encodeFileName(pathAt(directory, name));
}

/**
 * Writes one file, of a directory its description alone, under a name.
 * @throws PlimsollError PL0002, PL0721, and what the archive throws; SystemError
 */
export async function packFile(
  place: Buffer,
  stats: BigIntStats,
  path: string,
  packing: FilePacking,
): Promise<void> {
  const { archive, links, onProgress } = packing;
  const type = typeOf(stats);
  // tar has no word for a socket, and a program makes its own anew.
  if (type === undefined) return;
  const inode = stats.nlink > 1n && type !== 'directory' ? `${stats.dev}:${stats.ino}` : undefined;
  const linkName = inode === undefined ? undefined : links.get(inode);
  const common: TarMember = {
    name: path,
    ...describe(stats),
    ...ownerOf(stats, packing),
  };
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

function ownerOf({ uid, gid }: BigIntStats, { owner }: PackFileOptions): Owner {
  const own = { uid: Number(uid), gid: Number(gid) };
  return owner === undefined ? own : owner(own);
}

function describe(stats: BigIntStats): Omit<TarMember, 'name' | 'uid' | 'gid'> {
  const { mode, mtimeNs, rdev } = stats;
  const billion = 1_000_000_000n;
  const mtimeNanoseconds = ((mtimeNs % billion) + billion) % billion;
  const isDevice = stats.isCharacterDevice() || stats.isBlockDevice();
  return {
    mode: Number(mode & 0o7777n),
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
  { signal, live = false }: PackFileOptions,
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
