// Files that are kept while a stream passes, so that they can be read later and in any order: one temporary file without
// a name holds them all.
import type { FileHandle } from 'node:fs/promises';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { nameless, writeAll } from './spool.ts';
import type { StoredAt } from './tree-builder.ts';

/** Files that are at hand. */
export interface KeptFiles {
  /**
   * Keeps bytes under a name, in the place of what was kept under it before; false where there is no room for them, also
   * where the folder has none or takes no file: then nothing more is kept.
   */
  keep(name: string, bytes: Uint8Array): Promise<boolean>;
  has(name: string): boolean;
  /** The bytes, the caller's to keep; undefined for a name under which nothing is kept. */
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  close(): Promise<void>;
}

export interface KeptFilesOptions {
  /** Where the temporary file goes. */
  readonly folder: string;
  /** Bytes of one file, and of all together, beyond which nothing is kept. */
  readonly fileBytes: number;
  readonly totalBytes: number;
}

interface Place {
  readonly offset: number;
  readonly size: number;
}

/** The name of a file of an image's layer. */
export const keptName = ({ layer, path }: StoredAt): string => `${layer} ${path}`;

/** Nothing is made before the first file is kept. */
export function keptFiles({ folder, fileBytes, totalBytes }: KeptFilesOptions): KeptFiles {
  const places = new Map<string, Place>();
  let handle: Promise<FileHandle> | undefined;
  let end = 0;
  let isFull = false;
  return {
    async keep(name, bytes) {
      places.delete(name);
      const place = { offset: end, size: bytes.length };
      if (isFull || place.size > fileBytes || end + place.size > totalBytes) return false;
      end += place.size;
      handle ??= nameless(folder, { path: name });
      try {
        await writeAll(await handle, bytes, { path: name }, place.offset);
      } catch (error) {
        if (!(error instanceof PlimsollError)) throw error;
        isFull = true;
        return false;
      }
      places.set(name, place);
      return true;
    },
    has: (name) => places.has(name),
    async read(name) {
      const place = places.get(name);
      if (place === undefined) return undefined;
      const file = await handle;
      if (file === undefined) return undefined;
      const bytes = new Uint8Array(place.size);
      const { bytesRead } = await file.read(bytes, 0, place.size, place.offset);
      return bytesRead === place.size ? bytes : undefined;
    },
    async close() {
      places.clear();
      await (await handle?.catch(() => undefined))?.close();
    },
  };
}
