// A root file system packed as tar: what docker export, podman export and mmdebstrap write. It is told from an image's
// archive by its names: images have index.json, manifest.json, blobs/ and folders named by digests at their top, root
// file systems have etc/, usr/ and the like.
import type { Location } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { readTar } from '../formats/tar-reader.ts';
import { insidePath } from '../lib/path.ts';
import type { BlobSource } from './blob-source.ts';
import type { Budget } from './budget.ts';
import type { Layer } from './image.ts';
import { compressionOf, inflate, sniff } from './inflate.ts';
import { layerOf } from './layer-stream.ts';

/** The top of a file system by the Filesystem Hierarchy Standard 3.0, and docker export's own mark. */
const top =
  /^(bin|boot|dev|etc|home|lib|lib32|lib64|libx32|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var|\.dockerenv)$/;

/** Whether a member's name stands below the top of a root file system. */
export function isRootName(name: string): boolean {
  return top.test(insidePath(name).path.split('/')[1] ?? '');
}

/**
 * Whether the archive is a root file system, from its first member that has a name; undefined when that does not tell.
 * Reads a few blocks only. @throws PlimsollError PL0002
 */
export async function startsAsRoot(
  source: BlobSource,
  { limits }: Budget,
  at: Location,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  try {
    const { head, chunks } = await sniff(firstBytes(source.chunks(signal)));
    const tar = readTar(inflate(compressionOf(head), chunks, at, signal), { limits, at });
    for await (const { name } of tar) {
      // Many writers begin with the folder itself: "./".
      if (insidePath(name).path !== '/') return isRootName(name) ? true : undefined;
    }
  } catch (error) {
    // What is damaged or no archive at all is said when all of it is read.
    if (!(error instanceof PlimsollError) || error.code === 'PL0002') throw error;
  }
  return undefined;
}

/** Stored bytes that are looked at: the first member of an archive stands in its first kilobytes. */
const mostBytes = 4 * 1024 * 1024;

/** The beginning of a stream: behind the end of an archive may stand any amount of zeros, as in a sparse file. */
async function* firstBytes(chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    bytes += chunk.length;
    if (bytes >= mostBytes) return;
  }
}

/** The archive as the one layer of a tree. */
export function rootLayer(source: BlobSource, budget: Budget, target: string): Layer {
  return layerOf({ index: 0, label: 'root', alone: true, source, budget, target });
}
