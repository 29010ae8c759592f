// Copies one image from a source to a destination: blobs at once as far as the destination likes, then manifests from
// the leaves up, then the name. So nobody ever finds a name whose image is not whole.
import type { Descriptor } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';
import { interrupted } from '../image/interrupted.ts';
import type { ImageSink, PutBlob } from './image-sink.ts';
import type { ImageSource } from './image-source.ts';
import type { CopyPlan } from './plan-copy.ts';

/** What becomes of a blob, in this order. */
export type BlobState = 'waiting' | 'copying' | PutBlob;

/** How an image is copied. */
export interface CopyOptions {
  readonly signal: AbortSignal;
  /** Told when a blob's state changes, and of the bytes while it is copied. */
  readonly onBlob?: (blob: Descriptor, state: BlobState, bytes: number) => void;
}

/**
 * Copies what is planned and gives it names.
 * @throws PlimsollError PL0002, PL0105, and what source and destination throw
 */
export async function copyImage(
  source: ImageSource,
  plan: CopyPlan,
  sink: ImageSink,
  names: readonly ImageName[],
  options: CopyOptions,
): Promise<void> {
  const { onBlob = () => {} } = options;
  sink.begin(plan);
  for (const blob of plan.blobs) onBlob(blob, 'waiting', 0);
  const configs = new Set(plan.images.map(({ config }) => config?.digest));
  const copy = async (blob: Descriptor, signal: AbortSignal): Promise<void> => {
    const chunks = (from: number, stop: AbortSignal): AsyncIterable<Uint8Array> =>
      source.read(blob, from, stop);
    const outcome = await sink.putBlob(
      blob,
      { size: blob.size, chunks },
      { signal, onProgress: (bytes) => onBlob(blob, 'copying', bytes) },
    );
    onBlob(blob, outcome, blob.size);
  };
  const isConfig = (blob: Descriptor): boolean => configs.has(blob.digest);
  await forEachAtOnce(plan.blobs.filter(isConfig), sink.parallel, options.signal, copy);
  const layers = plan.blobs.filter((blob) => !isConfig(blob));
  await forEachAtOnce(layers, sink.parallel, options.signal, copy);
  for (const manifest of plan.manifests) await sink.putManifest(manifest, options.signal);
  await sink.putImage(plan, names, options.signal);
}

/**
 * Runs the work for all items, `most` at once. The first failure stops the others through their signal and is thrown
 * when all have ended, so that nothing goes on behind the caller's back.
 */
export async function forEachAtOnce<T>(
  items: readonly T[],
  most: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const any = AbortSignal.any([signal, stop.signal]);
  let failure: { readonly error: unknown } | undefined;
  const rest = items[Symbol.iterator]();
  const run = async (): Promise<void> => {
    for (const item of rest) {
      if (failure !== undefined) return;
      try {
        if (signal.aborted) throw interrupted(signal);
        await work(item, any);
      } catch (error) {
        failure ??= { error };
        stop.abort(error);
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, run));
  if (failure !== undefined) throw failure.error;
}
