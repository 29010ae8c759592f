// An image in a registry as a target: its manifest and configuration are read, layers stream in when they are looked at.

import type { FileHandle } from 'node:fs/promises';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { type BlobSource, partOfFile } from '../image/blob-source.ts';
import { budgetOf } from '../image/budget.ts';
import type { Descriptor, ImageTarget, Platform } from '../image/image.ts';
import { familiarName, type ImageName, manifestReference } from '../image/image-name.ts';
import { openImageParts } from '../image/image-parts.ts';
import { nameless, writeAll } from '../image/spool.ts';
import { digestOf } from '../lib/digest.ts';
import { type Limits, withLimits } from '../lib/limits.ts';
import type { FetchedManifest, Registry } from './registry.ts';
import { type KeptDocuments, registryParts } from './registry-parts.ts';

/** How an image is opened. */
export interface OpenRemoteOptions {
  readonly signal: AbortSignal;
  /** Default: this machine's. */
  readonly platform?: Platform;
  readonly limits?: Partial<Limits>;
  /** As the user named it; default: the name. */
  readonly reference?: string;
  /**
   * A folder for temporary files: a layer that is read a second time is kept there until the target is closed, so that
   * no further reading fetches it. Without it each reading does.
   */
  readonly keepIn?: string;
  /**
   * Manifests and configurations that were read before. With it the registry is asked with HEAD what the name stands for,
   * which counts in nobody's limit of pulls, and only what is new is fetched.
   */
  readonly documents?: KeptDocuments;
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
  const { signal, platform, keepIn, documents } = options;
  const reference = options.reference ?? familiarName(name);
  const top = await topOf(name, registry, options);
  const parts = registryParts(registry, name, top, documents);
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

/** What the name stands for. */
async function topOf(
  name: ImageName,
  registry: Registry,
  { documents, signal }: OpenRemoteOptions,
): Promise<FetchedManifest> {
  if (documents === undefined) return registry.fetchManifest(name, manifestReference(name), signal);
  const descriptor = await registry.resolve(name, signal);
  const { digest } = descriptor;
  const kept = documents.get(digest);
  if (kept !== undefined && digestOf(kept, digest) === digest)
    return { descriptor, bytes: Buffer.from(kept) };
  const fetched = await registry.fetchManifest(name, digest, signal);
  documents.put(digest, fetched.bytes);
  return fetched;
}

/** Blobs that were read twice, in files without names. */
interface KeptBlobs {
  through(descriptor: Descriptor, source: BlobSource | undefined): BlobSource | undefined;
  close(): Promise<void>;
}

function keptBlobs(folder: string): KeptBlobs {
  const whole = new Map<string, FileHandle>();
  const read = new Set<string>();
  const open = new Set<FileHandle>();
  /** Where there is no room for temporary files, the blob is fetched again instead. */
  const orNothing = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof PlimsollError && error.code === 'PL0103') return undefined;
      throw error;
    }
  };
  const keeper = async (digest: string) => {
    const at = { target: digest };
    let handle = await orNothing(() => nameless(folder, at));
    if (handle !== undefined) open.add(handle);
    return {
      async write(chunk: Buffer): Promise<void> {
        const to = handle;
        if (to === undefined) return;
        const written = await orNothing(async () => {
          await writeAll(to, chunk, at);
          return true;
        });
        if (written === true) return;
        // What was written goes at once: others need the room.
        open.delete(to);
        handle = undefined;
        await to.close();
      },
      done(): void {
        if (handle !== undefined) whole.set(digest, handle);
      },
    };
  };
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
          if (!read.has(digest)) {
            read.add(digest);
            yield* source.chunks(signal);
            return;
          }
          const keep = await keeper(digest);
          for await (const chunk of source.chunks(signal)) {
            await keep.write(chunk);
            yield chunk;
          }
          // The reader verifies what it gets; it reads to the end and throws before anything is read again.
          keep.done();
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
