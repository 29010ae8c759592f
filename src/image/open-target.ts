// Finds out what the user named, by its content first and by what the user says it is second, and opens it.
import { type BigIntStats, constants, lstatSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Location } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { readElfPrefix } from '../formats/elf-extent.ts';
import { whyNotAnalysable } from '../formats/elf-program.ts';
import { type Limits, withLimits } from '../lib/limits.ts';
import { systemReason } from '../lib/system-reason.ts';
import { type BlobSource, bytesOf, partOfFile } from './blob-source.ts';
import { budgetOf } from './budget.ts';
import { openDockerArchive } from './docker-archive.ts';
import type { Platform, Target } from './image.ts';
import { type Compression, compressionOf, inflate } from './inflate.ts';
import { interrupted } from './interrupted.ts';
import { tooLarge } from './merge.ts';
import { openOciImage } from './oci-image.ts';
import { parseReference, type Reference } from './reference.ts';
import { isRootName, rootLayer, startsAsRoot } from './root-archive.ts';
import { spool } from './spool.ts';
import { archiveFiles, fileIdentity, layoutFiles, type StoredFiles } from './stored-files.ts';

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

/** The largest single ELF file that is taken into memory, in bytes. */
const elfBytes = 2 ** 31 - 1;

/** What opening needs at every step. */
interface Opening {
  readonly reference: string;
  readonly parsed: Reference;
  readonly options: OpenTargetOptions;
  readonly limits: Limits;
  readonly at: Location;
}

/**
 * Opens what the user named: a directory, an ELF file, a root file system as tar, `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]`,
 * `docker-archive:FILE[:NAME:TAG]`, `tar:FILE`, or a path or '-' whose kind is told from its content.
 * @throws PlimsollError PL0002, PL0101 to PL0108, PL0202, PL0203, PL0205
 */
export async function openTarget(reference: string, options: OpenTargetOptions): Promise<Target> {
  if (options.signal.aborted) throw interrupted(options.signal);
  const parsed = parseReference(reference);
  const limits = withLimits(options.limits);
  const opening = { reference, parsed, options, limits, at: { target: reference } };
  if (parsed.path !== '-' && isDirectory(opening)) return openDirectory(opening);
  if (parsed.transport === 'oci' || parsed.transport === 'dir') {
    throw unknownKind(
      opening,
      `expected a directory after ${parsed.transport}:, found a file`,
      `name it ${parsed.transport === 'oci' ? 'oci-archive' : 'tar'}:${parsed.path}, or by its path alone`,
    );
  }
  return openFile(opening);
}

function isDirectory({ parsed, at }: Opening): boolean {
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

function existsIn(opening: Opening, path: string): boolean {
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

async function openDirectory(opening: Opening): Promise<Target> {
  const { parsed, reference } = opening;
  const isLayout = ['oci-layout', 'index.json'].every((name) =>
    existsIn(opening, join(parsed.path, name)),
  );
  if (isLayout && parsed.transport !== 'dir') {
    const image = await openOciImage(request(opening, layoutFiles(parsed.path)));
    return { kind: 'oci-layout', reference, ...image, close: () => Promise.resolve() };
  }
  if (parsed.transport === 'oci') {
    throw unknownKind(
      opening,
      `${parsed.path} is no OCI layout: expected oci-layout and index.json in it`,
    );
  }
  if (parsed.transport !== undefined && parsed.transport !== 'dir') {
    throw unknownKind(opening, `${parsed.path} is a directory, expected an archive`);
  }
  if (parsed.name !== undefined) {
    throw unknownKind(
      opening,
      `${parsed.path} is no OCI layout and has no image named ${parsed.name}`,
    );
  }
  return { kind: 'directory', reference, root: parsed.path };
}

function request(opening: Opening, files: StoredFiles): Parameters<typeof openOciImage>[0] {
  const { reference, parsed, options, limits } = opening;
  return {
    files,
    reference,
    ...(parsed.name === undefined ? {} : { name: parsed.name }),
    ...(options.platform === undefined ? {} : { platform: options.platform }),
    budget: budgetOf(limits),
    signal: options.signal,
  };
}

async function openFile(opening: Opening): Promise<Target> {
  const { parsed, reference, limits, options } = opening;
  let handle = parsed.path === '-' ? await spooled(opening, options.stdin) : await opened(opening);
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) throw noFile(opening, stats);
    if (stats.size === 0n) {
      throw new PlimsollError('PL0102', 'expected a target, found an empty file', {
        at: { ...opening.at, offset: 0 },
        help:
          parsed.path === '-'
            ? 'the program before the pipe wrote nothing: look at what it says'
            : 'copy or save it again from where it came',
      });
    }
    const head = Buffer.alloc(512);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    const size = Number(stats.size);
    if (bytesRead >= 4 && head.readUInt32BE() === 0x7f454c46) {
      const most = Math.min(limits.fileBytes, elfBytes);
      const from = handle;
      const read = (length: number) => bytesOf(partOfFile(from, 0, length), options.signal);
      const { bytes, extent } = await readElfPrefix(read, size, most);
      tooLarge(reference, extent, most);
      const why = whyNotAnalysable(bytes);
      if (why !== undefined) {
        const { code, message, help = '', at } = why;
        throw new PlimsollError(code, message, { at: { ...opening.at, ...at }, help });
      }
      await handle.close();
      const path = parsed.path === '-' ? '-' : resolve(parsed.path);
      return { kind: 'elf', reference, path, bytes };
    }
    let identity = parsed.path === '-' ? undefined : fileIdentity(stats);
    if (await isRoot(opening, partOfFile(handle, 0, size))) {
      return openRoot(opening, handle, size, identity);
    }
    const compression = compressionOf(head.subarray(0, bytesRead));
    if (compression !== 'none') {
      const inflated = await inflatedArchive(opening, handle, size, compression);
      await handle.close();
      handle = inflated;
      identity = undefined;
    }
    return await openArchive(opening, handle, identity);
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Whether the archive is a root file system, as far as the user or its first member says. */
async function isRoot(opening: Opening, source: BlobSource): Promise<boolean> {
  const { parsed, limits, at, options } = opening;
  if (parsed.transport !== 'tar')
    return (
      parsed.transport === undefined &&
      parsed.name === undefined &&
      (await startsAsRoot(source, budgetOf(limits), at, options.signal)) === true
    );
  if (parsed.name === undefined) return true;
  throw unknownKind(opening, `a root file system has no image named ${parsed.name}`);
}

function openRoot(
  { reference, limits }: Opening,
  handle: FileHandle,
  size: number,
  identity: string | undefined,
): Target {
  const source = partOfFile(handle, 0, size, identity);
  return {
    kind: 'root-archive',
    reference,
    layers: [rootLayer(source, budgetOf(limits), reference)],
    problems: [],
    close: () => handle.close(),
  };
}

async function opened({ parsed, at }: Opening): Promise<FileHandle> {
  try {
    // Not to wait for the other end of a pipe that nobody writes to.
    return await open(parsed.path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw notReached(parsed.path, at, cause);
  }
}

function spooled(
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
function inflatedArchive(
  opening: Opening,
  handle: FileHandle,
  size: number,
  compression: Compression,
): Promise<FileHandle> {
  const { at, options } = opening;
  const chunks = partOfFile(handle, 0, size).chunks(options.signal);
  return spooled(opening, inflate(compression, chunks, at, options.signal));
}

async function openArchive(
  opening: Opening,
  handle: FileHandle,
  identity: string | undefined,
): Promise<Target> {
  const { parsed, reference, at } = opening;
  const files = await membersOf(opening, handle, identity);
  const hasLayout = files.get('index.json') !== undefined;
  const hasSaved = ['manifest.json', 'repositories'].some((name) => files.get(name) !== undefined);
  if (!hasLayout && !hasSaved) {
    if (
      parsed.transport !== undefined ||
      parsed.name !== undefined ||
      !files.names.some(isRootName)
    )
      throw noImageInside(files, opening);
    return openRoot(opening, handle, (await handle.stat()).size, identity);
  }
  if (parsed.transport === 'oci-archive' && !hasLayout) {
    throw new PlimsollError('PL0102', 'expected an OCI archive, found what docker save writes', {
      at,
      help: `name it docker-archive:${parsed.path}, or the path alone`,
    });
  }
  const asked = request(opening, files);
  const image = hasLayout ? await openOciImage(asked) : await openDockerArchive(asked);
  return {
    kind: hasSaved ? 'docker-archive' : 'oci-archive',
    reference,
    ...image,
    close: () => handle.close(),
  };
}

async function membersOf(
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

function noImageInside(files: StoredFiles, opening: Opening): PlimsollError {
  const { reference, parsed, at } = opening;
  return new PlimsollError(
    'PL0102',
    `${reference} is a tar archive, but no image: expected index.json or manifest.json in it`,
    {
      at,
      help:
        files.names.length > 0
          ? `give what docker save, podman save or skopeo copy wrote; if it is a root file system: tar:${parsed.path}`
          : 'give what docker save, podman save or skopeo copy wrote',
    },
  );
}

/** Pipes, devices and sockets. */
function noFile(opening: Opening, stats: BigIntStats): PlimsollError {
  const { reference, parsed } = opening;
  if (!stats.isFIFO())
    return unknownKind(opening, `${reference} is neither a file nor a directory`);
  return new PlimsollError('PL0102', `${reference} is a pipe: its bytes can only be read once`, {
    at: opening.at,
    help: `give it as standard input: plimsoll check - < ${parsed.path}`,
  });
}

function unknownKind({ reference }: Opening, message: string, help = kindsHelp): PlimsollError {
  return new PlimsollError('PL0102', message, { at: { target: reference }, help });
}
