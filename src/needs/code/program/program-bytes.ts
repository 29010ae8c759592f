// The bytes of a target's ELF files by path. Layers are streams: the first file asked for makes one pass over them, in
// which all ELF files go to a temporary file without a name, so that what a program turns out to open later is at hand.
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import type { FileTree } from '../../../image/file-tree.ts';
import { interrupted } from '../../../image/interrupted.ts';
import { keptFiles } from '../../../image/kept-files.ts';

/** ELF files of a target. */
export interface ProgramBytes {
  /** SHA-256 of the file's content, in hex. @throws PlimsollError as reading the target does */
  digest(path: string): Promise<string | undefined>;
  /** The file's bytes, the caller's to keep. @throws PlimsollError as reading the target does */
  read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Bytes of the file; undefined where there is none. */
  size(path: string): number | undefined;
  /** All digests known by now. */
  known(): Iterable<readonly [path: string, digest: string]>;
  close(): Promise<void>;
}

/** Larger files are no programs that are analysed, in bytes. */
export const largestProgram = 1 << 30;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Files that can be read one at a time: of a directory, of this machine. */
export function filesOnDisk(tree: FileTree): ProgramBytes {
  const digests = new Map<string, string>();
  const read = async (path: string): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    const bytes = await tree.read(path, largestProgram);
    if (bytes === undefined) return undefined;
    // A buffer of its own, which can be given to a thread.
    const own = Uint8Array.from(bytes);
    digests.set(path, sha256(own));
    return own;
  };
  return {
    read,
    async digest(path) {
      if (!digests.has(path)) await read(path);
      return digests.get(path);
    },
    size: (path) => tree.stat(path)?.size,
    known: () => digests,
    close: () => Promise.resolve(),
  };
}

export interface SpoolOptions {
  /** Paths of all ELF files. */
  readonly paths: readonly string[];
  readonly signal: AbortSignal;
  /** Digests by path that are known from an earlier run on the same content. */
  readonly digests?: Iterable<readonly [string, string]>;
  /** Where temporary files go; default: the system's folder for them. */
  readonly folder?: string;
  /** Told for every file that was read. */
  readonly onFile?: (path: string, files: number) => void;
}

/** Files of a tree whose layers are streams: those that are kept already, and the others from one pass over the layers. */
export function filesOfLayers(
  tree: FileTree,
  { paths, signal, folder = tmpdir(), onFile, digests: given = [] }: SpoolOptions,
): ProgramBytes {
  const digests = new Map(given);
  const spool = keptFiles({
    folder,
    fileBytes: largestProgram,
    totalBytes: Number.POSITIVE_INFINITY,
  });
  let passed: Promise<void> | undefined;
  const pass = async (): Promise<void> => {
    const wanted = paths.filter(
      (path) => tree.isKept?.(path) !== true && (tree.stat(path)?.size ?? 0) <= largestProgram,
    );
    let files = 0;
    await tree.readEach?.(wanted, largestProgram, async (path, bytes) => {
      if (signal.aborted) throw interrupted(signal);
      digests.set(path, sha256(bytes));
      await spool.keep(path, bytes);
      onFile?.(path, ++files);
    });
  };
  const read = async (path: string): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    if (tree.isKept?.(path) === true) {
      const bytes = await tree.read(path, largestProgram);
      if (bytes === undefined) return undefined;
      const own = Uint8Array.from(bytes);
      if (!digests.has(path)) digests.set(path, sha256(own));
      return own;
    }
    passed ??= pass();
    await passed;
    if (spool.has(path) || !digests.has(path)) return spool.read(path);
    // There was no room for it: its layer is read once more.
    const again = await tree.read(path, largestProgram);
    return again === undefined ? undefined : Uint8Array.from(again);
  };
  return {
    read,
    async digest(path) {
      if (!digests.has(path)) await read(path);
      return digests.get(path);
    },
    size: (path) => tree.stat(path)?.size,
    known: () => digests,
    async close() {
      await passed?.catch(() => undefined);
      await spool.close();
    },
  };
}
