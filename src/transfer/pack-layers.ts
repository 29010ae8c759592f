// The files of an image as one tar archive: the folders of its layers, each holding what it changes, are walked together
// as an overlay shows them (Documentation/filesystems/overlayfs.rst): the topmost name counts, a whiteout hides what is
// below, folders of several layers are one down to an opaque one. Nothing is mounted. Members come in order of their
// names, so that the same files give the same bytes.
import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { interrupted } from '../image/interrupted.ts';
import { decodeFileName } from '../lib/file-name.ts';
import { systemReason } from '../lib/system-reason.ts';
import { closeDescriptor, openDirectory, openDirectoryAt } from '../sys/file-calls.ts';
import { attributeOf, pathAt } from '../sys/xattrs.ts';
import type { ArchiveWriter } from './archive-writer.ts';
import {
  type FilePacking,
  type PackFileOptions,
  packFile,
  placeOf,
  startPacking,
} from './pack-file.ts';

/** How layers are packed. */
export interface PackOptions extends PackFileOptions {
  /** Attributes that mark a folder as opaque; they and all others of overlays are not packed. */
  readonly opaqueAttributes: readonly string[];
}

type Packing = PackOptions & FilePacking;

/**
 * Writes all members below the folders, the topmost first, and leaves the end of the archive to the caller.
 * @throws PlimsollError PL0002, PL0721, and what the archive throws
 */
export async function packLayers(
  folders: readonly string[],
  archive: ArchiveWriter,
  options: PackOptions,
): Promise<void> {
  const packing = startPacking(archive, options);
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
  const packing = startPacking(archive, options);
  await packName([directory], path.slice(path.lastIndexOf('/') + 1) || '.', name, packing);
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
