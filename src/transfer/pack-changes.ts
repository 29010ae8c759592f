// What a container changed, as the layer that makes it of its image (OCI image specification, layer.md): files as they
// are now, and an empty `.wh.NAME` for what is gone.
import { lstat } from 'node:fs/promises';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { interrupted } from '../image/interrupted.ts';
import { splitPath } from '../lib/path.ts';
import { systemReason } from '../lib/system-reason.ts';
import { lowerLayers } from '../store/unpack/lower-layers.ts';
import type { ArchiveWriter } from './archive-writer.ts';
import { packFile, placeOf, startPacking } from './pack-file.ts';
import type { PackOptions } from './pack-layers.ts';

/** One change: added, changed or deleted. */
export interface PackedChange {
  readonly kind: 'A' | 'C' | 'D';
  /** Absolute, in the container. */
  readonly path: string;
}

const whiteoutPrefix = '.wh.';

/** How changes are packed. */
export interface PackChangesOptions extends PackOptions {
  /** Told of what a layer has no words for. */
  readonly onLeftOut: (path: string, why: string) => void;
}

/**
 * Writes the changes in their order, and leaves the end of the archive to the caller.
 * @param folders the container's layers, the topmost first
 * @throws PlimsollError PL0002, PL0721, and what the archive throws
 */
export async function packChanges(
  folders: readonly string[],
  changes: readonly PackedChange[],
  archive: ArchiveWriter,
  options: PackChangesOptions,
): Promise<void> {
  const packing = startPacking(archive, options);
  try {
    const layers = lowerLayers(folders, options.opaqueAttributes);
    try {
      for (const { kind, path } of changes) {
        if (options.signal.aborted) throw interrupted(options.signal);
        const { parent, name } = splitPath(path);
        if (name.startsWith(whiteoutPrefix)) {
          options.onLeftOut(path, 'names that begin with .wh. stand for removals in layers');
          continue;
        }
        const member = path.slice(1);
        const file = kind === 'D' ? undefined : layers.find(path);
        if (file !== undefined) {
          const place = placeOf(file.directory, file.name);
          await packFile(place, await lstat(place, { bigint: true }), member, packing);
        } else if (kind === 'D') {
          const gone = `${parent === '/' ? '' : `${parent.slice(1)}/`}${whiteoutPrefix}${name}`;
          await archive.member({ name: gone, type: 'file', mode: 0 });
        }
      }
    } finally {
      layers.close();
    }
  } catch (error) {
    if (error instanceof PlimsollError) throw error;
    throw new PlimsollError(
      'PL0721',
      `the files of the container could not be read: ${systemReason(error)}`,
      { help: 'try again, with its processes frozen: --pause', cause: error },
    );
  }
}
