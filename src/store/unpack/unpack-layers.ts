// The layers of an image into snapshots. Where layers lie on disk as differences (overlays) all of them unpack side by
// side, while they are still being downloaded, and are put in order afterwards; where each is a copy of the one below
// they unpack one after the other.
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Diagnostic } from '../../diag/diagnostic.ts';
import { limitError } from '../../diag/limit-error.ts';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Descriptor, Digest } from '../../image/image.ts';
import { interrupted } from '../../image/interrupted.ts';
import { shortDigest } from '../../lib/digest.ts';
import { type Limits, withLimits } from '../../lib/limits.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { hasOneId } from '../../sys/user-namespace.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import type { AppliedLayer } from './apply-layer.ts';
import { chainIdsOf } from './chain-id.ts';
import { settleLayer } from './settle-layer.ts';
import type { UnpackJob } from './unpack-job.ts';
import { type UnpackThreads, unpackThreads } from './unpack-threads.ts';

/**
 * The stored bytes of a layer in a file that is complete, or that grows while it is read: a download writes it, and
 * unpacking follows close behind without a second copy of the bytes.
 */
export interface LayerBytes {
  /** Opened once, at the start; the file may be renamed or unlinked afterwards. */
  readonly path: string;
  /** Where it is found once it was renamed, which may happen before it is opened. */
  readonly renamedTo?: string;
  /** Bytes when complete. */
  readonly size: number;
  /**
   * Absent for a complete file. Settles when more than `beyond` bytes are there (not with how many the writer knows to
   * be coming), with their number; rejects when they will never come. A download that starts again from nothing may
   * answer only once it has got beyond that place again: bytes that were read once are not read again.
   */
  readonly more?: (beyond: number) => Promise<number>;
}

/** A layer that is to be unpacked. */
export interface UnpackLayer {
  readonly diffId: Digest;
  readonly blob: Descriptor;
  /**
   * Called once the layer's turn has come, and not for one that is unpacked already; a second time for one of the few
   * that cannot be unpacked without the layers below them in view.
   */
  open(signal: AbortSignal): Promise<LayerBytes>;
}

/** What happens to one layer. */
export interface UnpackProgress {
  /** Position in the list, 0 the lowest. */
  readonly layer: number;
  readonly state: 'exists' | 'unpacking' | 'done';
  /** Stored bytes that are unpacked. */
  readonly bytes: number;
}

/** How layers are unpacked. */
export interface UnpackOptions {
  readonly signal: AbortSignal;
  /** Names the image in errors and problems. */
  readonly target: string;
  /** Whether files get the owners that layers say; when absent: unless a user namespace has one id only. */
  readonly owners?: boolean;
  readonly limits?: Partial<Limits>;
  /** Layers at a time; as many as processors, and eight at most, when absent. */
  readonly workers?: number;
  readonly onProgress?: (progress: UnpackProgress) => void;
  /** Told of what was left out or put right; each kind is told a few times and then counted. */
  readonly onProblem?: (problem: Diagnostic) => void;
  /** Told of each chainID before it is looked for: Lease.protect. */
  readonly protect?: (chainIds: readonly Digest[]) => void;
}

/** A lock that is held. */
type Held = Awaited<ReturnType<Snapshotter['lock']>>;

/** Threads unless somebody asks for more: disks do not keep up with any number. */
const mostThreads = 8;

/** All that is the same for the layers of one image. */
interface Unpacking {
  readonly snapshots: Snapshotter;
  readonly layers: readonly UnpackLayer[];
  readonly chain: readonly Digest[];
  readonly options: UnpackOptions;
  readonly limits: Limits;
  readonly threads: UnpackThreads;
  /** Ends everything when one layer fails. */
  readonly signal: AbortSignal;
  /** Of layers that are unpacked so far. */
  readonly spent: { entries: number; bytes: number };
}

/**
 * Unpacks the layers of an image, the lowest first in the list, into committed snapshots named by their chainIDs, and
 * gives the chainID of the top. What is there already is not unpacked again; several processes may do it at once. The
 * diffID of each layer is verified while it streams, and a layer that fails is not committed, nor is any above it.
 * @throws PlimsollError PL0105, PL0107, PL0202, PL0203, PL0720, PL0721, PL0724, PL0002; whatever `open` and `more` throw
 */
export async function unpackLayers(
  snapshots: Snapshotter,
  layers: readonly UnpackLayer[],
  options: UnpackOptions,
): Promise<Digest> {
  const chain = chainIdsOf(layers.map(({ diffId }) => diffId));
  const top = chain.at(-1);
  if (top === undefined) {
    throw new PlimsollError('PL0108', 'the image has no layers', {
      at: { target: options.target },
    });
  }
  options.protect?.(chain);
  const first = chain.findIndex((chainId) => snapshots.stat(chainId) === undefined);
  const done = first < 0 ? layers.length : first;
  for (let layer = 0; layer < done; layer++)
    options.onProgress?.({ layer, state: 'exists', bytes: layers[layer]?.blob.size ?? 0 });
  if (first < 0) return top;
  // What a killed process left of the same layers goes first.
  await snapshots.heal();
  const failing = new AbortController();
  const width = snapshots.independent
    ? (options.workers ?? Math.min(availableParallelism(), mostThreads))
    : 1;
  const unpacking: Unpacking = {
    snapshots,
    layers,
    chain,
    options,
    limits: withLimits(options.limits),
    threads: unpackThreads(Math.min(width, layers.length - first)),
    signal: AbortSignal.any([options.signal, failing.signal]),
    spent: { entries: 0, bytes: 0 },
  };
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    failing.abort();
  };
  try {
    // Layers start in order and finish in order: `before` settles when all below are committed.
    let before: Promise<void> = Promise.resolve();
    const all: Promise<void>[] = [];
    const running = new Set<Promise<void>>();
    for (let layer = first; layer < layers.length && failure === undefined; layer++) {
      const lock = await lockLayer(unpacking, layer).catch(fail);
      if (lock === undefined) break;
      const committed = before;
      const unpacked = unpackOne(unpacking, layer, lock, committed);
      const settled: Promise<void> = unpacked.read.catch(fail).then(() => {
        running.delete(settled);
      });
      running.add(settled);
      before = unpacked.committed;
      before.catch(fail);
      all.push(before);
      if (!snapshots.independent) await before.catch(() => undefined);
      // One more than threads, so that none waits for a lock.
      else if (running.size > width) await Promise.race(running);
    }
    await Promise.allSettled(all);
    if (failure !== undefined) throw failure.error;
    return top;
  } finally {
    await unpacking.threads.close();
  }
}

/** Two processes do not unpack the same layer at once: the second waits, and finds it done. */
async function lockLayer(
  { snapshots, chain, options, signal }: Unpacking,
  layer: number,
): Promise<Held> {
  try {
    return await snapshots.lock(chain[layer] ?? '', signal);
  } catch (error) {
    throw options.signal.aborted ? interrupted(options.signal) : error;
  }
}

/** Unpacks one layer; `read` settles when its bytes are unpacked, `committed` when it is on top of those below. */
function unpackOne(
  unpacking: Unpacking,
  layer: number,
  lock: Held,
  below: Promise<void>,
): { readonly read: Promise<unknown>; readonly committed: Promise<void> } {
  const { snapshots, chain, layers, options } = unpacking;
  const chainId = chain[layer] ?? 'sha256:';
  const size = layers[layer]?.blob.size ?? 0;
  if (snapshots.stat(chainId) !== undefined) {
    lock.release();
    options.onProgress?.({ layer, state: 'exists', bytes: size });
    return { read: below, committed: below };
  }
  const key = `unpack ${randomBytes(8).toString('hex')} ${chainId}`;
  const read = unpackFiles(unpacking, layer, key, below);
  const commit = async (): Promise<void> => {
    try {
      const applied = await read;
      await below;
      const parent = chain[layer - 1];
      if (snapshots.independent) await settle(unpacking, layer, key, applied);
      await snapshots.commit(chainId, key, {
        bytes: applied.bytes,
        ...(parent === undefined || !snapshots.independent ? {} : { parent }),
      });
      options.onProgress?.({ layer, state: 'done', bytes: size });
    } catch (error) {
      await snapshots.remove(key);
      throw error;
    } finally {
      lock.release();
    }
  };
  return { read, committed: commit() };
}

async function unpackFiles(
  unpacking: Unpacking,
  layer: number,
  key: string,
  below: Promise<void>,
): Promise<AppliedLayer> {
  const { snapshots, chain, limits, spent, options } = unpacking;
  const parent = chain[layer - 1];
  if (snapshots.independent) {
    await snapshots.prepare(key, undefined, { temporary: true });
  } else {
    await below;
    await snapshots.prepare(key, parent, { temporary: true });
  }
  const applied = await runOnThread(unpacking, layer, snapshots.directory(key));
  const at = { target: options.target };
  spent.entries += applied.entries;
  spent.bytes += applied.bytes;
  if (spent.entries > limits.entries)
    throw limitError('entries', limits, 'entries of all layers', spent.entries, at);
  if (spent.bytes > limits.totalBytes)
    throw limitError('totalBytes', limits, 'bytes of all layers', spent.bytes, at);
  return applied;
}

async function runOnThread(
  { snapshots, layers, options, limits, threads, signal }: Unpacking,
  layer: number,
  root: string,
  below?: UnpackJob['below'],
): Promise<AppliedLayer> {
  const { diffId, open } = layers[layer] ?? { diffId: 'sha256:' as const, open: undefined };
  const bytes = await open?.(signal);
  if (bytes === undefined) throw interrupted(signal);
  const { path: file, renamedTo, size, more } = bytes;
  const { applied, problems } = await threads.run(
    {
      file,
      ...(renamedTo === undefined ? {} : { renamedTo }),
      size,
      available: more === undefined ? size : 0,
      diffId,
      layer,
      label: shortDigest(diffId),
      target: options.target,
      limits,
      root,
      way: snapshots.independent ? 'alone' : 'onto',
      owners: options.owners ?? !hasOneId(),
      overlay: snapshots.independent,
      opaqueAttributes: snapshots.opaqueAttributes,
      ...(below === undefined ? {} : { below }),
    },
    {
      signal,
      ...(more === undefined ? {} : { more }),
      onProgress: (done) => options.onProgress?.({ layer, state: 'unpacking', bytes: done }),
    },
  );
  for (const problem of problems) options.onProblem?.(problem);
  return applied;
}

/** Puts what was unpacked alone on top of what is below. */
async function settle(
  unpacking: Unpacking,
  layer: number,
  key: string,
  { rest }: AppliedLayer,
): Promise<void> {
  const { snapshots, chain, layers, options } = unpacking;
  const lower = chain
    .slice(0, layer)
    .reverse()
    .map((chainId) => snapshots.directory(chainId));
  const at = { target: options.target, layer: shortDigest(layers[layer]?.diffId ?? '') };
  const settleAt = (again: AppliedLayer['rest']): boolean => {
    try {
      return settleLayer(snapshots.directory(key), again, {
        lower,
        opaqueAttributes: snapshots.opaqueAttributes,
        at,
      });
    } catch (cause) {
      if (!(cause instanceof Error) || !('syscall' in cause)) throw cause;
      throw new PlimsollError('PL0721', `unpacking failed: ${systemReason(cause)}`, {
        at,
        notes: [cause.message],
        cause,
      });
    }
  };
  if (settleAt(rest)) return;
  await snapshots.remove(key);
  await snapshots.prepare(key, undefined, { temporary: true });
  const again = await runOnThread(unpacking, layer, snapshots.directory(key), { lower, rest });
  if (!settleAt(again.rest)) {
    throw new PlimsollError('PL0720', 'the layer cannot be put on those below it', { at });
  }
}
