// Finds out what the user named, by its content first and by what the user says it is second, and opens it.
import type { FileHandle } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { readElfPrefix } from '../formats/elf-extent.ts';
import { whyNotAnalysable } from '../formats/elf-program.ts';
import { withLimits } from '../lib/limits.ts';
import { type BlobSource, bytesOf, partOfFile } from './blob-source.ts';
import { budgetOf } from './budget.ts';
import { openDockerArchive } from './docker-archive.ts';
import type { Target } from './image.ts';
import { compressionOf } from './inflate.ts';
import { interrupted } from './interrupted.ts';
import { tooLarge } from './merge.ts';
import { openOciImage } from './oci-image.ts';
import {
  emptyFile,
  existsIn,
  inflatedArchive,
  isDirectory,
  membersOf,
  noFile,
  type Opening,
  type OpenTargetOptions,
  opened,
  spooled,
  unknownKind,
} from './open-files.ts';
import { parseReference } from './reference.ts';
import { isRootName, rootLayer, startsAsRoot } from './root-archive.ts';
import { fileIdentity, layoutFiles, type StoredFiles } from './stored-files.ts';

/** The largest single ELF file that is taken into memory, in bytes. */
const elfBytes = 2 ** 31 - 1;

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
    if (stats.size === 0n) throw emptyFile(opening);
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
