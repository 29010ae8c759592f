// What belongs to an image and is to be copied: the manifests and indexes with their bytes, and the blobs that they name.
// Planned before the first byte moves, so that an image that is not whole is told at once.
import type { Location } from '../diag/diagnostic.ts';
import { limitError } from '../diag/limit-error.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { bytesOf } from '../image/blob-source.ts';
import { budgetOf } from '../image/budget.ts';
import type { Descriptor, Platform } from '../image/image.ts';
import { attestedDigest, blobPath, chooseManifest, orThrow } from '../image/image-parts.ts';
import { interrupted } from '../image/interrupted.ts';
import { type ManifestReferences, parseReferences } from '../image/manifest-references.ts';
import { isFault, parseJson } from '../image/oci-json.ts';
import { digestOf } from '../lib/digest.ts';
import type { Limits } from '../lib/limits.ts';
import type { ImageSource } from './image-source.ts';

/** A manifest or index with the bytes that its digest is of. */
export interface PlannedManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** An image manifest (or an artifact's) that is copied, and its blobs. */
export interface PlannedImage {
  readonly manifest: Descriptor;
  readonly config?: Descriptor;
  /** Lowest first. */
  readonly layers: readonly Descriptor[];
}

/** All that is copied of one image. */
export interface CopyPlan {
  /** What names will point at. */
  readonly top: PlannedManifest;
  /** Manifests and indexes below it, each after what it names. */
  readonly manifests: readonly PlannedManifest[];
  readonly images: readonly PlannedImage[];
  /** Each once: configurations first, then layers in the order of the images. */
  readonly blobs: readonly Descriptor[];
}

/** What of an image is wanted. */
export interface PlanOptions {
  /**
   * 'all': everything that the index names; 'present': what of it is there; a platform, or undefined for this
   * machine's: one image.
   */
  readonly platforms: 'all' | 'present' | Platform | undefined;
  /**
   * With one image of an index: whether the index is copied too, so that the name keeps its digest; and with it what
   * build tools attached to that image.
   */
  readonly keepIndex: boolean;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

/**
 * Plans the copy of what `top` names.
 * @throws PlimsollError PL0002, PL0104 to PL0108, PL0205
 */
export async function planCopy(
  source: ImageSource,
  top: Descriptor,
  options: PlanOptions,
): Promise<CopyPlan> {
  const planning: Planning = { source, options, seen: new Map(), manifests: [], images: [] };
  const read = await readManifest(planning, top);
  const references = referencesOf(planning, read);
  if (references.manifests.length === 0) {
    const image = { manifest: read.descriptor, ...references };
    mustBeWhole(planning, image);
    return finished({ ...planning, images: [image] }, read);
  }
  const { platforms } = options;
  if (platforms === 'all' || platforms === 'present') {
    for (const child of references.manifests) await collect(planning, child, 1);
    if (planning.images.length === 0) {
      throw new PlimsollError('PL0106', 'none of the images that the index names is there', {
        at: placeOf(planning, top),
        help: 'the image was not saved whole: save or copy it again',
      });
    }
    return finished(planning, read);
  }
  const chosen = await chooseManifest(
    {
      parts: source.parts,
      reference: source.reference,
      ...(platforms === undefined ? {} : { platform: platforms }),
      budget: budgetOf(options.limits),
      signal: options.signal,
    },
    [read.descriptor],
  );
  const manifest = await readManifest(planning, chosen.descriptor);
  const image = { manifest: manifest.descriptor, ...referencesOf(planning, manifest) };
  mustBeWhole(planning, image);
  if (!options.keepIndex) return finished({ ...planning, images: [image] }, manifest);
  planning.images.push(image);
  planning.manifests.push(manifest);
  const siblings = [...references.manifests];
  const inner: PlannedManifest[] = [];
  for (const index of chosen.within) {
    if (index.digest === read.descriptor.digest) continue;
    const between = await readManifest(planning, index);
    inner.unshift(between);
    siblings.push(...referencesOf(planning, between).manifests);
  }
  const attached = siblings.filter((one) => attestedDigest(one) === manifest.descriptor.digest);
  for (const each of new Map(attached.map((one) => [one.digest, one])).values())
    await collectAttestation(planning, each);
  planning.manifests.push(...inner);
  return finished(planning, read);
}

/** Adds what was attached to the chosen image; one that is not there any more takes nothing from the image. */
async function collectAttestation(planning: Planning, descriptor: Descriptor): Promise<void> {
  try {
    const read = await readManifest(planning, descriptor);
    const image = { manifest: read.descriptor, ...referencesOf(planning, read) };
    if (missingOf(planning, image) !== undefined) return;
    planning.images.push(image);
    planning.manifests.push(read);
  } catch (error) {
    const isGone =
      error instanceof PlimsollError && (error.code === 'PL0106' || error.code === 'PL0603');
    if (!isGone) throw error;
  }
}

interface Planning {
  readonly source: ImageSource;
  readonly options: PlanOptions;
  /** Manifests by digest; false: not there, or not whole. */
  readonly seen: Map<string, boolean>;
  readonly manifests: PlannedManifest[];
  readonly images: PlannedImage[];
}

function finished({ manifests, images }: Planning, top: PlannedManifest): CopyPlan {
  const configs = images.flatMap(({ config }) => (config === undefined ? [] : [config]));
  const layers = images.flatMap((image) => image.layers);
  const blobs = new Map<string, Descriptor>();
  for (const blob of [...configs, ...layers]) {
    if (!blobs.has(blob.digest)) blobs.set(blob.digest, blob);
  }
  return { top, manifests, images, blobs: [...blobs.values()] };
}

/** Adds a manifest, or an index with all below it. Each once, after what it names. */
async function collect(planning: Planning, descriptor: Descriptor, depth: number): Promise<void> {
  const { options, seen, source } = planning;
  const { limits, platforms, signal } = options;
  if (signal.aborted) throw interrupted(signal);
  if (seen.has(descriptor.digest)) return;
  seen.set(descriptor.digest, true);
  if (depth > limits.indexDepth) {
    throw limitError('indexDepth', limits, 'indexes within indexes', depth, {
      target: source.reference,
    });
  }
  if (platforms === 'present' && source.parts.manifest(descriptor) === undefined) return;
  const read = await readManifest(planning, descriptor);
  const references = referencesOf(planning, read);
  if (references.manifests.length > 0) {
    for (const child of references.manifests) await collect(planning, child, depth + 1);
  } else {
    const image = { manifest: read.descriptor, ...references };
    if (platforms === 'present' && missingOf(planning, image) !== undefined) return;
    mustBeWhole(planning, image);
    planning.images.push(image);
  }
  planning.manifests.push(read);
}

function missingOf(
  { source }: Planning,
  { config, layers }: Omit<PlannedImage, 'manifest'>,
): Descriptor | undefined {
  return [...(config === undefined ? [] : [config]), ...layers].find(
    (blob) => source.parts.blob(blob) === undefined,
  );
}

function mustBeWhole(planning: Planning, image: PlannedImage): void {
  const { limits } = planning.options;
  if (image.layers.length > limits.layers) {
    throw limitError('layers', limits, 'layers', image.layers.length, {
      target: planning.source.reference,
    });
  }
  const missing = missingOf(planning, image);
  if (missing === undefined) return;
  throw new PlimsollError('PL0106', `${blobPath(missing.digest)} is missing`, {
    at: placeOf(planning, missing),
    help: 'the image was not saved whole: save or copy it again',
  });
}

function placeOf({ source }: Planning, { digest }: Descriptor): Location {
  return { target: source.reference, path: blobPath(digest) };
}

function referencesOf(
  { source }: Planning,
  { descriptor, bytes }: PlannedManifest,
): ManifestReferences {
  const path = blobPath(descriptor.digest);
  const parsed = orThrow(parseJson(bytes), source, path);
  return orThrow(isFault(parsed) ? parsed : parseReferences(parsed.value), source, path);
}

async function readManifest(planning: Planning, descriptor: Descriptor): Promise<PlannedManifest> {
  const { source, options } = planning;
  const at = placeOf(planning, descriptor);
  const found = source.parts.manifest(descriptor);
  if (found === undefined) {
    throw new PlimsollError('PL0106', `${blobPath(descriptor.digest)} is missing`, {
      at,
      help: 'the image was not saved whole: save or copy it again',
    });
  }
  const { limits, signal } = options;
  if (found.size > limits.jsonBytes) {
    throw limitError('jsonBytes', limits, 'bytes of JSON', found.size, at);
  }
  const bytes = await bytesOf(found, signal);
  const digest = digestOf(bytes, descriptor.digest);
  if (digest !== descriptor.digest) {
    throw new PlimsollError(
      'PL0105',
      `digest of the manifest: expected ${descriptor.digest}, found ${digest}`,
      { at, help: 'the image was damaged or changed: save or copy it again from where it came' },
    );
  }
  return { descriptor: { ...descriptor, size: bytes.length }, bytes };
}
