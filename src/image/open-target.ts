import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Limits } from '../lib/limits.ts';
import { withLimits } from '../lib/limits.ts';
import { nearestNames } from '../lib/nearest.ts';
import type { Platform, Target } from './image.ts';
import { tooLarge } from './merge.ts';

/** How far a slow part of opening has come. */
export interface OpenProgress {
  readonly phase: 'spool';
  readonly bytes: number;
}

export interface OpenTargetOptions {
  readonly signal: AbortSignal;
  /** What to take from a multi-platform index; default: this machine's. `parsePlatform` reads "linux/arm64/v8". */
  readonly platform?: Platform;
  /** Bytes behind the reference '-'. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly limits?: Partial<Limits>;
  /** Where standard input is spooled; default: the system's folder for temporary files. */
  readonly temporaryFolder?: string;
  readonly onProgress?: (progress: OpenProgress) => void;
}

/** The largest single ELF file that is taken into memory, in bytes. */
const elfBytes = 2 ** 31 - 1;

/**
 * Opens what the user named: a directory, an ELF file, `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]`,
 * `docker-archive:FILE[:NAME:TAG]`, or a path or '-' whose kind is told from its content.
 * @throws PlimsollError PL0101 to PL0108, PL0202, PL0203, PL0205
 */
export async function openTarget(reference: string, options: OpenTargetOptions): Promise<Target> {
  options.signal.throwIfAborted();
  const stats = statSync(reference, { throwIfNoEntry: false });
  if (stats === undefined) throw notFound(reference);
  if (stats.isDirectory()) return { kind: 'directory', reference, root: reference };
  const bytes = readElf(reference, withLimits(options.limits));
  if (bytes !== undefined) return { kind: 'elf', reference, path: reference, bytes };
  throw new PlimsollError('PL0102', `${reference} is none of the kinds of target that are known`, {
    at: { target: reference },
    help: 'give a root file system, an ELF file, an OCI layout or archive, or what docker save wrote',
  });
}

function readElf(path: string, limits: Limits): Uint8Array | undefined {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const magic = Buffer.alloc(4);
    const stats = fstatSync(fd);
    if (!stats.isFile() || readSync(fd, magic, 0, 4, 0) < 4) return undefined;
    if (magic.readUInt32BE() !== 0x7f454c46) return undefined;
    tooLarge(path, stats.size, Math.min(limits.fileBytes, elfBytes));
    const bytes = Buffer.allocUnsafe(stats.size);
    for (let filled = 0; filled < bytes.length; ) {
      const got = readSync(fd, bytes, filled, bytes.length - filled, filled);
      if (got === 0) return bytes.subarray(0, filled);
      filled += got;
    }
    return bytes;
  } finally {
    closeSync(fd);
  }
}

function notFound(reference: string): PlimsollError {
  const folder = dirname(reference);
  let names: string[] = [];
  try {
    names = readdirSync(folder);
  } catch {
    // The folder is missing as well: no name to suggest.
  }
  const near = nearestNames(basename(reference), names)[0];
  return new PlimsollError('PL0101', `there is no file or directory ${reference}`, {
    at: { target: reference },
    ...(near === undefined ? {} : { help: `did you mean ${join(folder, near)}?` }),
  });
}
