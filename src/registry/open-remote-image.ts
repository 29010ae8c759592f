// An image in a registry as a target: its manifest and configuration are read, layers stream in when they are looked at.

import type { FileHandle } from 'node:fs/promises';
import { type BlobSource, partOfFile } from '../image/blob-source.ts';
import { budgetOf } from '../image/budget.ts';
import type { Descriptor, ImageTarget, Platform } from '../image/image.ts';
import { familiarName, type ImageName, manifestReference } from '../image/image-name.ts';
import { openImageParts } from '../image/image-parts.ts';
import { nameless, writeAll } from '../image/spool.ts';
import { type Limits, withLimits } from '../lib/limits.ts';
import type { Registry } from './registry.ts';
import { registryParts } from './registry-parts.ts';

/** How an image is opened. */
export interface OpenRemoteOptions {
  readonly signal: AbortSignal;
  /** Default: this machine's. */
  readonly platform?: Platform;
  readonly limits?: Partial<Limits>;
  /** As the user named it; default: the name. */
  readonly reference?: string;
  /**
   * A folder for temporary files, for who reads layers more than once: what was fetched is kept there until the target
   * is closed. Without it a layer is fetched each time that it is read.
   */
  readonly keepIn?: string;
}

/**
 * Opens the image. The registry stays the caller's to close.
 * @throws PlimsollError as Registry.fetchManifest, and PL0104 to PL0108, PL0205
 */
export async function openRemoteImage(
  name: ImageName,
  registry: Registry,
  options: OpenRemoteOptions,
): Promise<ImageTarget> {
  const { signal, platform, keepIn } = options;
  const reference = options.reference ?? familiarName(name);
  const top = await registry.fetchManifest(name, manifestReference(name), signal);
  const parts = registryParts(registry, name, top);
  const kept = keepIn === undefined ? undefined : keptBlobs(keepIn);
  const { blob } = parts;
  const found = await openImageParts(
    {
      parts: kept === undefined ? parts : { ...parts, blob: (one) => kept.through(one, blob(one)) },
      reference,
      ...(platform === undefined ? {} : { platform }),
      budget: budgetOf(withLimits(options.limits)),
      signal,
    },
    [top.descriptor],
  );
  return {
    kind: 'registry',
    reference,
    ...found,
    names: [familiarName(name)],
    close: async () => kept?.close(),
  };
}

/** Blobs that were read once, in files without names. */
interface KeptBlobs {
  through(descriptor: Descriptor, source: BlobSource | undefined): BlobSource | undefined;
  close(): Promise<void>;
}

function keptBlobs(folder: string): KeptBlobs {
  const whole = new Map<string, FileHandle>();
  const open = new Set<FileHandle>();
  return {
    through({ digest }, source) {
      if (source === undefined) return undefined;
      return {
        ...source,
        async *chunks(signal) {
          const there = whole.get(digest);
          if (there !== undefined) {
            yield* partOfFile(there, 0, source.size).chunks(signal);
            return;
          }
          const at = { target: digest };
          const handle = await nameless(folder, at);
          open.add(handle);
          for await (const chunk of source.chunks(signal)) {
            await writeAll(handle, chunk, at);
            yield chunk;
          }
          // The reader verifies what it gets; it reads to the end and throws before anything is read again.
          whole.set(digest, handle);
        },
      };
    },
    async close() {
      for (const handle of open) await handle.close();
      open.clear();
      whole.clear();
    },
  };
}
