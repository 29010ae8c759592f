// The files in which images are kept, with nothing chosen yet: for whoever wants all images of an archive, as loading
// and copying do. Opening one image to look at it is open-target.ts.
import { type Limits, withLimits } from '../lib/limits.ts';
import { compressionOf } from './inflate.ts';
import { interrupted } from './interrupted.ts';
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
import { fileIdentity, layoutFiles, type StoredFiles } from './stored-files.ts';

/** How images are kept in files. An archive with both index.json and manifest.json is an OCI layout. */
export type StoredForm = 'oci' | 'docker' | 'docker-directory';

/** Opened files; they must be closed. */
export interface OpenedFiles {
  readonly form: StoredForm;
  readonly files: StoredFiles;
  /** Tag or name that the user put behind the path. */
  readonly name?: string;
  readonly limits: Limits;
  close(): Promise<void>;
}

/**
 * Opens a layout, skopeo's directory form, or an archive of either form, compressed or not; '-' is standard input.
 * @throws PlimsollError PL0002, PL0101 to PL0103, PL0107, PL0202, PL0203
 */
export async function openStoredFiles(
  reference: string,
  options: OpenTargetOptions,
): Promise<OpenedFiles> {
  if (options.signal.aborted) throw interrupted(options.signal);
  const parsed = parseReference(reference);
  const limits = withLimits(options.limits);
  const opening: Opening = { reference, parsed, options, limits, at: { target: reference } };
  const named = { limits, ...(parsed.name === undefined ? {} : { name: parsed.name }) };
  if (parsed.path !== '-' && isDirectory(opening)) {
    const has = (name: string): boolean => existsIn(opening, `${parsed.path}/${name}`);
    const form = has('index.json') ? 'oci' : has('manifest.json') ? 'docker-directory' : undefined;
    if (form === undefined) {
      const message = `${parsed.path} holds no image: expected index.json or manifest.json in it`;
      throw unknownKind(opening, message, imagesHelp);
    }
    const close = (): Promise<void> => Promise.resolve();
    return { form, files: layoutFiles(parsed.path), ...named, close };
  }
  return { ...(await openArchiveFiles(opening)), ...named };
}

const imagesHelp =
  'give what docker save, podman save or skopeo copy wrote; a root file system becomes an image with plimsoll import';

async function openArchiveFiles(opening: Opening): Promise<Omit<OpenedFiles, 'limits'>> {
  const { parsed, options } = opening;
  let handle = parsed.path === '-' ? await spooled(opening, options.stdin) : await opened(opening);
  try {
    const stats = await handle.stat({ bigint: true });
    if (!stats.isFile()) throw noFile(opening, stats);
    if (stats.size === 0n) throw emptyFile(opening);
    const head = Buffer.alloc(512);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    let identity = parsed.path === '-' ? undefined : fileIdentity(stats);
    const compression = compressionOf(head.subarray(0, bytesRead));
    if (compression !== 'none') {
      const inflated = await inflatedArchive(opening, handle, Number(stats.size), compression);
      await handle.close();
      handle = inflated;
      identity = undefined;
    }
    const files = await membersOf(opening, handle, identity);
    const has = (name: string): boolean => files.get(name) !== undefined;
    const form = has('index.json')
      ? 'oci'
      : has('manifest.json') || has('repositories')
        ? 'docker'
        : undefined;
    if (form === undefined) {
      const message = `${opening.reference} holds no image: expected index.json or manifest.json in it`;
      throw unknownKind(opening, message, imagesHelp);
    }
    const archive = handle;
    return { form, files, close: () => archive.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
