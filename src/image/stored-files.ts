// The files that an image is kept in, by name: a layout directory, or the members of an archive. The archive's headers
// are read once by seeking from one to the next; bodies are left where they are.
import { lstatSync, statSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Location } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { ChunkCursor } from '../formats/chunk-cursor.ts';
import { readTar } from '../formats/tar-reader.ts';
import type { Limits } from '../lib/limits.ts';
import { insidePath, splitPath } from '../lib/path.ts';
import { type BlobSource, partOfFile, wholeFile } from './blob-source.ts';
import { interrupted } from './interrupted.ts';

/** Files by name, without a leading slash. */
export interface StoredFiles {
  get(name: string): BlobSource | undefined;
  /** All names in an archive; none for a directory. */
  readonly names: readonly string[];
}

interface Identifiable {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** See Layer.identity. */
export function fileIdentity(stats: Identifiable): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}

/** An OCI layout on disk. */
export function layoutFiles(root: string): StoredFiles {
  return {
    names: [],
    get(name) {
      const path = join(root, insidePath(name).path);
      if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
      const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
      return stats?.isFile() ? wholeFile(path, Number(stats.size), fileIdentity(stats)) : undefined;
    },
  };
}

/** How many links may lead from one member of an archive to another. */
const maximumLinks = 8;

/**
 * Members of an archive that can be read at any place.
 * @throws PlimsollError PL0002, PL0107, PL0202
 */
export async function archiveFiles(
  handle: FileHandle,
  limits: Limits,
  at: Location,
  signal: AbortSignal,
  /** Absent for a temporary file, which nobody will see again. */
  identity: string | undefined,
): Promise<StoredFiles> {
  const { size } = await handle.stat();
  const files = new Map<string, BlobSource>();
  const links = new Map<string, string>();
  for await (const entry of readTar(fileCursor(handle, size), { limits, at })) {
    if (signal.aborted) throw interrupted(signal);
    const { path } = insidePath(entry.name);
    files.delete(path);
    links.delete(path);
    if (entry.type === 'file' && !entry.sparse) {
      files.set(path, partOfFile(handle, entry.bodyOffset, entry.bodyBytes, identity));
    } else if (entry.type === 'symlink') {
      // Old engines stored a layer that two images share once, and links from the other places.
      const base = entry.linkName.startsWith('/') ? '' : splitPath(path).parent;
      links.set(path, insidePath(`${base}/${entry.linkName}`).path);
    } else if (entry.type === 'hard-link') {
      links.set(path, insidePath(entry.linkName).path);
    }
  }
  return {
    names: [...files.keys(), ...links.keys()].map((path) => path.slice(1)),
    get(name) {
      let { path } = insidePath(name);
      for (let followed = 0; followed < maximumLinks; followed++) {
        const next = links.get(path);
        if (next === undefined) break;
        path = next;
      }
      return files.get(path);
    },
  };
}

/** Bytes read at a time: a few headers of small members. */
const windowBytes = 64 * 1024;

/** A cursor in a file that passes over bodies without reading them. */
function fileCursor(handle: FileHandle, size: number): ChunkCursor {
  let at = 0;
  let window: Buffer = Buffer.alloc(0);
  let start = 0;
  const held = (length: number): Buffer | undefined => {
    const from = at - start;
    return from >= 0 && from + length <= window.length
      ? window.subarray(from, from + length)
      : undefined;
  };
  const load = async (length: number): Promise<Buffer> => {
    const buffer = Buffer.allocUnsafe(Math.max(length, windowBytes));
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, at + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    window = buffer.subarray(0, filled);
    start = at;
    return window.subarray(0, length);
  };
  const take = async (length: number): Promise<Buffer | undefined> => {
    const view = held(length) ?? (await load(length));
    at += view.length;
    return view.length < length ? undefined : view;
  };
  return {
    get offset() {
      return at;
    },
    take,
    peek: held,
    async fill(target) {
      const view = held(target.length) ?? (await load(target.length));
      at += view.length;
      return view.copy(target);
    },
    async part(most) {
      const wanted = Math.min(most, windowBytes, size - at);
      if (wanted <= 0) return undefined;
      const view = held(wanted) ?? (await load(wanted));
      at += view.length;
      return view.length === 0 ? undefined : view;
    },
    skip(length) {
      const skipped = Math.min(length, size - at);
      at += skipped;
      return skipped;
    },
    // What stands behind the archive's end is nobody's.
    rest: () => Promise.resolve(undefined),
    close: () => Promise.resolve(),
  };
}

/** The bytes of a small file. @throws PlimsollError PL0106 when it is missing, PL0107 */
export function storedFile(files: StoredFiles, name: string, at: Location): BlobSource {
  const found = files.get(name);
  if (found !== undefined) return found;
  throw new PlimsollError('PL0106', `${name} is missing`, {
    at: { ...at, path: name },
    help: 'the image was not saved whole: save or copy it again',
  });
}
