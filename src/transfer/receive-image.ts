// An image into the store and unpacked, in one pass: a layer is inflated, verified and unpacked while its bytes still
// come in. The name is set last, when everything is there; whatever ends this before leaves what has come to be gone on
// with, and no image that is not whole.
import type { Diagnostic } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';
import { interrupted } from '../image/interrupted.ts';
import { isFault, parseImageConfig, parseJson } from '../image/oci-json.ts';
import type { Limits } from '../lib/limits.ts';
import type { Lease, Store } from '../store/store.ts';
import { blobPath } from '../store/store-layout.ts';
import type { LayerBytes, UnpackLayer, UnpackOptions } from '../store/unpack/unpack-layers.ts';
import { forEachAtOnce } from './copy-image.ts';
import { growingFile } from './growing-file.ts';
import type { ImageSource } from './image-source.ts';
import { ingestBlob } from './ingest-blob.ts';
import type { CopyPlan, PlannedImage } from './plan-copy.ts';
import { openStoreSink } from './store-sink.ts';

/** What becomes of a layer. */
export type LayerState =
  /** Its turn has not come. */
  | 'waiting'
  /** The store has its bytes. */
  | 'exists'
  | 'downloading'
  | 'downloaded'
  | 'unpacking'
  /** It is there and, where that was wanted, unpacked. */
  | 'done';

/** Unpacks a stack of layers. */
export type Unpack = (layers: readonly UnpackLayer[], options: UnpackOptions) => Promise<unknown>;

/** How an image is received. */
export interface ReceiveOptions {
  readonly store: Store;
  readonly lease: Lease;
  /** `unpackLayers` with a snapshotter; absent: layers are not unpacked. */
  readonly unpack?: Unpack;
  readonly limits: Limits;
  readonly signal: AbortSignal;
  /** Layers that come in at once, as docker's max-concurrent-downloads; default 3. */
  readonly parallel?: number;
  /** Told of each change, and of the stored bytes that came or were unpacked. */
  readonly onLayer?: (layer: Descriptor, state: LayerState, bytes: number) => void;
  readonly onProblem?: (problem: Diagnostic) => void;
}

const defaultParallel = 3;

/**
 * Takes in what is planned, unpacks its images and makes the names point at it.
 * @throws PlimsollError PL0002, PL0105, PL0107, PL0108, and what the source, the store and the snapshots throw
 */
export async function receiveImage(
  source: ImageSource,
  plan: CopyPlan,
  names: readonly ImageName[],
  options: ReceiveOptions,
): Promise<void> {
  const { store, lease, signal, unpack } = options;
  const sink = openStoreSink(store, lease);
  const manifests = [plan.top, ...plan.manifests].map(({ descriptor }) => descriptor.digest);
  // One transaction for all: the digests are told before it is looked whether they are there.
  lease.protect([...manifests, ...plan.blobs.map(({ digest }) => digest)]);
  const configs = plan.images.flatMap(({ config }) => (config === undefined ? [] : [config]));
  const chunksOf = (blob: Descriptor) => (from: number, stop: AbortSignal) =>
    source.read(blob, from, stop);
  await forEachAtOnce(configs, defaultParallel, signal, async (config, stop) => {
    const content = { size: config.size, chunks: chunksOf(config) };
    await sink.putBlob(config, content, { signal: stop, onProgress: () => undefined });
  });
  const stacks = unpack === undefined ? [] : plan.images.map((image) => stackOf(store, image));
  await receiveLayers(source, plan, stacks, options);
  for (const manifest of plan.manifests) await sink.putManifest(manifest, signal);
  await sink.putImage(plan, names, signal);
}

/** Unpacks an image whose blobs the store has; its diffIDs, the lowest first. @throws PlimsollError as `unpack` */
export async function unpackStored(
  image: PlannedImage,
  options: Omit<ReceiveOptions, 'onLayer' | 'parallel'>,
): Promise<readonly Digest[]> {
  const { store } = options;
  const stack = stackOf(store, image);
  await unpackAll([stack], whole(store), options);
  return stack.layers.map(({ diffId }) => diffId);
}

/** The layers of one image, with the digests that they unpack to. */
interface Stack {
  readonly reference: string;
  readonly layers: readonly { readonly blob: Descriptor; readonly diffId: Digest }[];
}

function stackOf(store: Store, { manifest, config, layers }: PlannedImage): Stack {
  const reference = manifest.digest;
  // An artifact that is no image has nothing to unpack.
  if (config === undefined) return { reference, layers: [] };
  const parsed = parseJson(store.content.read(config.digest));
  const read = isFault(parsed) ? parsed : parseImageConfig(parsed.value);
  const fault = isFault(read)
    ? read.fault
    : read.diffIds.length === layers.length
      ? undefined
      : `expected ${layers.length} diffIDs in the configuration, found ${read.diffIds.length}`;
  if (isFault(read) || fault !== undefined) {
    if (!isImageConfigType(config.mediaType)) return { reference, layers: [] };
    throw new PlimsollError('PL0108', fault ?? 'the configuration is damaged', {
      at: { layer: config.digest },
      help: 'the image cannot be unpacked: ask whoever built it',
    });
  }
  // Attestations of buildkit look like images for an unknown system; those of other systems are no files of Linux.
  if (read.platform.os !== 'linux') return { reference, layers: [] };
  return {
    reference,
    layers: layers.flatMap((blob, index) => {
      const diffId = read.diffIds[index];
      return diffId === undefined ? [] : [{ blob, diffId }];
    }),
  };
}

function isImageConfigType(mediaType: string): boolean {
  return /^application\/vnd\.(oci\.image\.config|docker\.container\.image)\./.test(mediaType);
}

async function receiveLayers(
  source: ImageSource,
  plan: CopyPlan,
  stacks: readonly Stack[],
  options: ReceiveOptions,
): Promise<void> {
  const { store, lease, signal, onLayer = () => {}, parallel = defaultParallel } = options;
  const configs = new Set(plan.images.map(({ config }) => config?.digest));
  const layers = plan.blobs.filter(({ digest }) => !configs.has(digest));
  /** Where each layer's bytes can be read, once that is known. */
  const opened = new Map(
    layers.map(({ digest }) => [digest, Promise.withResolvers<LayerBytes>()] as const),
  );
  for (const { promise } of opened.values()) promise.catch(() => undefined);
  for (const layer of layers) onLayer(layer, 'waiting', 0);
  // Whichever fails ends the other.
  const stop = new AbortController();
  const any = AbortSignal.any([signal, stop.signal]);
  const receive = async (blob: Descriptor, stopped: AbortSignal): Promise<void> => {
    let growing: ReturnType<typeof growingFile> | undefined;
    const content = {
      size: blob.size,
      chunks: (from: number, ended: AbortSignal) => source.read(blob, from, ended),
    };
    const outcome = await ingestBlob(store.content, blob, content, {
      signal: stopped,
      protection: lease,
      onStart(path) {
        // Begun again from nothing: what was read of it before may have been wrong.
        growing?.failed(new BegunAgain());
        growing = growingFile(path, blobPath(store.layout, blob.digest), blob.size);
        opened.get(blob.digest)?.resolve(growing);
      },
      onProgress(bytes) {
        growing?.grown(bytes);
        onLayer(blob, 'downloading', bytes);
      },
    }).catch((error: unknown) => {
      growing?.failed(error);
      throw error;
    });
    const path = blobPath(store.layout, blob.digest);
    opened.get(blob.digest)?.resolve({ path, size: blob.size });
    onLayer(blob, outcome === 'exists' ? 'exists' : 'downloaded', blob.size);
  };
  const openLayer = async (digest: Digest): Promise<LayerBytes> =>
    opened.get(digest)?.promise ?? { path: blobPath(store.layout, digest), size: 0 };
  let failure: { readonly error: unknown } | undefined;
  let again = false;
  const failed = (error: unknown): void => {
    if (error instanceof BegunAgain) {
      again = true;
      return;
    }
    failure ??= { error };
    stop.abort(error);
    for (const { reject } of opened.values()) reject(error);
  };
  await Promise.all([
    forEachAtOnce(layers, parallel, any, receive).catch(failed),
    unpackAll(stacks, openLayer, { ...options, signal: any }).catch(failed),
  ]);
  if (signal.aborted) throw interrupted(signal);
  if (failure !== undefined) throw failure.error;
  if (again) await unpackAll(stacks, whole(store), options);
  for (const layer of layers) onLayer(layer, 'done', layer.size);
}

/** Bytes of layers that are in place. */
function whole(store: Store): (digest: Digest) => Promise<LayerBytes> {
  return async (digest) => ({
    path: blobPath(store.layout, digest),
    size: store.content.stat(digest)?.size ?? 0,
  });
}

/** The file that was being unpacked was thrown away; the layer comes in anew, and is unpacked when all is there. */
class BegunAgain extends Error {}

async function unpackAll(
  stacks: readonly Stack[],
  open: (digest: Digest) => Promise<LayerBytes>,
  { unpack, lease, limits, signal, onLayer = () => {}, onProblem }: ReceiveOptions,
): Promise<void> {
  if (unpack === undefined) return;
  for (const { reference, layers } of stacks) {
    if (layers.length === 0) continue;
    await unpack(
      layers.map(
        ({ blob, diffId }): UnpackLayer => ({ blob, diffId, open: () => open(blob.digest) }),
      ),
      {
        signal,
        target: reference,
        limits,
        protect: (chainIds) => lease.protect(chainIds),
        onProgress({ layer, state, bytes }) {
          const blob = layers[layer]?.blob;
          // Of one that was unpacked before, its bytes may still be missing.
          if (blob === undefined || state === 'exists') return;
          onLayer(blob, state === 'unpacking' ? 'unpacking' : 'done', bytes);
        },
        ...(onProblem === undefined ? {} : { onProblem }),
      },
    );
  }
}
