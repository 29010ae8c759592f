// The outside of what the user named: a folder, a file, standard input. Archives end up as files that can be read at any
// place, whatever they were compressed with.
import { type BigIntStats, constants, lstatSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Location } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Limits } from '../lib/limits.ts';
import { systemReason } from '../lib/system-reason.ts';
import { partOfFile } from './blob-source.ts';
import type { Platform } from './image.ts';
import { type Compression, inflate } from './inflate.ts';
import type { Reference } from './reference.ts';
import { spool } from './spool.ts';
import { archiveFiles, type StoredFiles } from './stored-files.ts';

/** How far a slow part of opening has come. */
export interface OpenProgress {
  readonly phase: 'spool';
  readonly bytes: number;
}

/** How a target is opened. */
export interface OpenTargetOptions {
  readonly signal: AbortSignal;
  /** What to take from a multi-platform index; default: this machine's. `parsePlatform` reads "linux/arm64/v8". */
  readonly platform?: Platform;
  /** Bytes behind the reference '-'. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly limits?: Partial<Limits>;
  /** Where standard input and compressed archives are spooled; default: the system's folder for temporary files. */
  readonly temporaryFolder?: string;
  readonly onProgress?: (progress: OpenProgress) => void;
}

const kindsHelp =
  'give a root file system (a directory or a tar archive), an ELF file, an OCI layout or archive, or what docker save wrote';

/** What opening needs at every step. */
export interface Opening {
  readonly reference: string;
  readonly parsed: Reference;
  readonly options: OpenTargetOptions;
  readonly limits: Limits;
  readonly at: Location;
}

/** Whether a folder was named. @throws PlimsollError PL0101, PL0103 */
export function isDirectory({ parsed, at }: Opening): boolean {
  try {
    return statSync(parsed.path).isDirectory();
  } catch (cause) {
    throw notReached(parsed.path, at, cause);
  }
}

/** A path that cannot be followed: a link loop, a file where a directory should be, a folder that may not be entered. */
function notReached(path: string, at: Location, cause: unknown): PlimsollError {
  const said = systemReason(cause);
  const denied = said === 'permission denied' || said === 'operation not permitted';
  return new PlimsollError(denied ? 'PL0103' : 'PL0101', `${path} could not be opened: ${said}`, {
    at,
    help: denied
      ? 'run it as a user who may read it, or give that user access'
      : 'look at each part of the path: ls -ld',
    cause,
  });
}

/** Whether there is something of this name. @throws PlimsollError PL0103 */
export function existsIn(opening: Opening, path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (cause) {
    // EACCES: the directory itself may not be searched, so nothing in it can be read.
    throw new PlimsollError('PL0103', 'the directory may not be read', {
      at: opening.at,
      help: 'run it as a user who may, or give that user access',
      cause,
    });
  }
}

/** The file, opened. @throws PlimsollError PL0101, PL0103 */
export async function opened({ parsed, at }: Opening): Promise<FileHandle> {
  try {
    // Not to wait for the other end of a pipe that nobody writes to.
    return await open(parsed.path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw notReached(parsed.path, at, cause);
  }
}

/** All that streams in, in a nameless file. @throws PlimsollError PL0002, PL0101, PL0103, PL0107 */
export function spooled(
  opening: Opening,
  chunks: AsyncIterable<Uint8Array> | undefined,
): Promise<FileHandle> {
  const { at, limits, options } = opening;
  if (chunks === undefined) {
    throw new PlimsollError('PL0101', 'standard input is not available here', { at });
  }
  const { signal, onProgress, temporaryFolder = tmpdir() } = options;
  return spool(chunks, {
    folder: temporaryFolder,
    limits,
    signal,
    at,
    ...(onProgress ? { onProgress: (bytes) => onProgress({ phase: 'spool', bytes }) } : {}),
  });
}

/** A compressed archive can only be read from its start: it is inflated into a temporary file. */
export function inflatedArchive(
  opening: Opening,
  handle: FileHandle,
  size: number,
  compression: Compression,
): Promise<FileHandle> {
  const { at, options } = opening;
  const chunks = partOfFile(handle, 0, size).chunks(options.signal);
  return spooled(opening, inflate(compression, chunks, at, options.signal));
}

/** The members of an archive. @throws PlimsollError PL0002, PL0102, PL0107, PL0202 */
export async function membersOf(
  opening: Opening,
  handle: FileHandle,
  identity: string | undefined,
): Promise<StoredFiles> {
  const { limits, at, options } = opening;
  try {
    return await archiveFiles(handle, limits, at, options.signal, identity);
  } catch (error) {
    // A file that is no archive from its first byte is of another kind, not damaged.
    const first =
      error instanceof PlimsollError &&
      error.code === 'PL0202' &&
      error.diagnostic.at?.offset === 0;
    throw first
      ? unknownKind(opening, `${opening.reference} is none of the kinds of target that are known`)
      : error;
  }
}

/** Pipes, devices and sockets. */
export function noFile(opening: Opening, stats: BigIntStats): PlimsollError {
  const { reference, parsed } = opening;
  if (!stats.isFIFO())
    return unknownKind(opening, `${reference} is neither a file nor a directory`);
  return new PlimsollError('PL0102', `${reference} is a pipe: its bytes can only be read once`, {
    at: opening.at,
    help: `give it as standard input: plimsoll check - < ${parsed.path}`,
  });
}

/** PL0102 for a file of no bytes. */
export function emptyFile({ at, parsed }: Opening): PlimsollError {
  return new PlimsollError('PL0102', 'expected a target, found an empty file', {
    at: { ...at, offset: 0 },
    help:
      parsed.path === '-'
        ? 'the program before the pipe wrote nothing: look at what it says'
        : 'copy or save it again from where it came',
  });
}

/** PL0102, with what may be given instead. */
export function unknownKind(
  { reference }: Opening,
  message: string,
  help = kindsHelp,
): PlimsollError {
  return new PlimsollError('PL0102', message, { at: { target: reference }, help });
}
