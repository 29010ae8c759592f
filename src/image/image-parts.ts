// From the parts of an image, wherever they are kept (a layout, an archive, the store, a registry), to one image: indexes
// within indexes, the one manifest that fits the platform, its configuration, its layers.
import type { Diagnostic, Location } from '../diag/diagnostic.ts';
import { limitError } from '../diag/limit-error.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { digestOf } from '../lib/digest.ts';
import { type BlobSource, bytesOf } from './blob-source.ts';
import type { Budget } from './budget.ts';
import type { Descriptor, Digest, ImageConfig, ImageDocuments, Layer, Platform } from './image.ts';
import { layerOf } from './layer-stream.ts';
import {
  isFault,
  type JsonFault,
  looksLikeIndex,
  type Manifest,
  parseImageConfig,
  parseIndex,
  parseJson,
  parseManifest,
} from './oci-json.ts';
import { formatPlatform, platformFit, thisPlatform } from './platform.ts';

/** Where the parts of images are kept. */
export interface ImageParts {
  /** The bytes of a manifest or an index; undefined when it is known not to be there. */
  manifest(descriptor: Descriptor): BlobSource | undefined;
  /** The bytes of a configuration or a layer; undefined when it is known not to be there. */
  blob(descriptor: Descriptor): BlobSource | undefined;
}

/** What is opened, and what of it is wanted. */
export interface PartsRequest {
  readonly parts: ImageParts;
  /** The target as the user named it. */
  readonly reference: string;
  /** Default: this machine's. */
  readonly platform?: Platform;
  readonly budget: Budget;
  readonly signal: AbortSignal;
}

/** An image without what only its container knows. */
export interface FoundImage {
  readonly digest?: Digest;
  readonly names: readonly string[];
  readonly config: ImageConfig;
  readonly documents: ImageDocuments;
  readonly layers: readonly Layer[];
  readonly platforms: readonly Platform[];
  readonly problems: readonly Diagnostic[];
}

/** A manifest that was chosen among those of an index. */
export interface ChosenManifest {
  readonly descriptor: Descriptor;
  /** Indexes that lead to it, the outermost first. */
  readonly within: readonly Descriptor[];
  /** Platforms that there are. */
  readonly platforms: readonly Platform[];
}

/** A manifest that an index names, and the indexes on the way to it. */
type Leaf = Pick<ChosenManifest, 'descriptor' | 'within'>;

/** Manifests read while looking for one. */
const maximumManifests = 10_000;

/** Opens the image that fits among manifests and indexes. @throws PlimsollError PL0104 to PL0108, PL0205 */
export async function openImageParts(
  request: PartsRequest,
  top: readonly Descriptor[],
): Promise<Omit<FoundImage, 'names'>> {
  const { descriptor, platforms } = await chooseManifest(request, top);
  const path = blobPath(descriptor.digest);
  const { bytes, value } = await documentOf(
    thereOrThrow(request.parts.manifest(descriptor), descriptor, request),
    { ...request, digest: descriptor.digest, path },
  );
  const manifest = orThrow(parseManifest(value), request, path);
  const { config, ...image } = await imageOf(manifest, request);
  return {
    ...image,
    config: config.value,
    documents: { config: config.bytes, manifest: bytes },
    digest: descriptor.digest,
    platforms,
  };
}

/** Finds the manifest for the platform. @throws PlimsollError PL0104 to PL0108, PL0205 */
export async function chooseManifest(
  request: PartsRequest,
  top: readonly Descriptor[],
): Promise<ChosenManifest> {
  const leaves: Leaf[] = [];
  for (const descriptor of top) await collectLeaves(request, { descriptor, within: [] }, leaves);
  const images = leaves
    .map((leaf) => leaf.descriptor)
    .filter((descriptor) => !isAttestation(descriptor));
  if (images.length === 0) {
    throw new PlimsollError('PL0106', 'the index names no image', { at: at(request) });
  }
  const descriptor = await chosenByPlatform(images, request);
  const { within = [] } = leaves.find((leaf) => leaf.descriptor.digest === descriptor.digest) ?? {};
  const platforms = images.map(({ platform }) => platform).filter((some) => some !== undefined);
  return { descriptor, within, platforms };
}

async function imageOf(
  manifest: Manifest,
  request: PartsRequest,
): Promise<
  Pick<FoundImage, 'layers' | 'problems'> & { readonly config: JsonDocument<ImageConfig> }
> {
  const { budget, parts } = request;
  const path = blobPath(manifest.config.digest);
  const { bytes, value } = await readBlob(request, manifest.config);
  const config = orThrow(parseImageConfig(value), request, path);
  const { diffIds } = config;
  const { layers } = manifest;
  if (layers.length > budget.limits.layers) {
    throw limitError('layers', budget.limits, 'layers', layers.length, at(request));
  }
  const problems: Diagnostic[] = [];
  if (diffIds.length !== layers.length) {
    problems.push({
      code: 'PL0108',
      severity: 'warning',
      message: `expected ${layers.length} diffIDs in the configuration, found ${diffIds.length}`,
      at: at(request, path),
    });
  }
  return {
    config: { bytes, value: config },
    problems,
    layers: layers.map((blob, index) => {
      const diffId = diffIds.length === layers.length ? diffIds[index] : undefined;
      return layerOf({
        index,
        blob,
        ...(diffId === undefined ? {} : { diffId }),
        source: thereOrThrow(parts.blob(blob), blob, request),
        budget,
        target: request.reference,
      });
    }),
  };
}

/** Where layouts keep a blob, and how errors name it. */
export function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function at({ reference }: PartsRequest, path?: string): Location {
  return { target: reference, ...(path === undefined ? {} : { path }) };
}

/** The value, or PL0108 with what was wrong. */
export function orThrow<T>(
  parsed: T | JsonFault,
  { reference }: { readonly reference: string },
  path: string,
): T {
  if (!isFault(parsed)) return parsed;
  throw new PlimsollError('PL0108', parsed.fault, {
    at: { target: reference, path },
    help: 'copy the image with a current tool, for example: skopeo copy … oci-archive:image.tar',
  });
}

function thereOrThrow(
  source: BlobSource | undefined,
  { digest }: Descriptor,
  { reference }: PartsRequest,
): BlobSource {
  if (source !== undefined) return source;
  const path = blobPath(digest);
  throw new PlimsollError('PL0106', `${path} is missing`, {
    at: { target: reference, path },
    help: 'the image was not saved whole: save or copy it again',
  });
}

const readManifest = (request: PartsRequest, descriptor: Descriptor): Promise<unknown> =>
  jsonOf(thereOrThrow(request.parts.manifest(descriptor), descriptor, request), {
    ...request,
    digest: descriptor.digest,
    path: blobPath(descriptor.digest),
  });

const readBlob = (request: PartsRequest, descriptor: Descriptor): Promise<JsonDocument<unknown>> =>
  documentOf(thereOrThrow(request.parts.blob(descriptor), descriptor, request), {
    ...request,
    digest: descriptor.digest,
    path: blobPath(descriptor.digest),
  });

/** What is to be read as JSON, and how errors name it. */
export interface JsonRequest {
  readonly reference: string;
  readonly path: string;
  readonly digest?: Digest;
  readonly budget: Budget;
  readonly signal: AbortSignal;
}

/** JSON as it was parsed, and its bytes. */
export interface JsonDocument<T> {
  readonly bytes: Uint8Array;
  readonly value: T;
}

/**
 * JSON of a blob whose size is bounded, and whose digest must fit where one is named.
 * @throws PlimsollError PL0105, PL0107, PL0205
 */
export async function documentOf(
  blob: BlobSource,
  { reference, path, digest, budget, signal }: JsonRequest,
): Promise<JsonDocument<unknown>> {
  const place = { target: reference, path };
  if (blob.size > budget.limits.jsonBytes) {
    throw limitError('jsonBytes', budget.limits, 'bytes of JSON', blob.size, place);
  }
  const bytes = await bytesOf(blob, signal);
  const found = digest === undefined ? undefined : digestOf(bytes, digest);
  if (found !== digest) {
    throw new PlimsollError('PL0105', `digest of the blob: expected ${digest}, found ${found}`, {
      at: place,
      help: 'the image was damaged or changed: save or copy it again from where it came',
    });
  }
  const parsed = parseJson(bytes);
  if (!isFault(parsed)) return { bytes, value: parsed.value };
  throw new PlimsollError('PL0205', parsed.fault, { at: place });
}

/** As documentOf, without the bytes. @throws PlimsollError PL0105, PL0107, PL0205 */
export async function jsonOf(blob: BlobSource, request: JsonRequest): Promise<unknown> {
  return (await documentOf(blob, request)).value;
}

const indexTypes = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

/** Whether a descriptor of this media type is of an index or of docker's manifest list. */
export const isIndexType = (mediaType: string): boolean => indexTypes.has(mediaType);

/** What build tools attach to an image (provenance, bills of materials); nothing that runs. */
export function isAttestation({ platform, annotations }: Descriptor): boolean {
  return (
    annotations?.['vnd.docker.reference.type'] !== undefined ||
    (platform?.os === 'unknown' && platform.architecture === 'unknown')
  );
}

/** Of which manifest buildkit says that this one is an attestation. */
export const attestedDigest = ({ annotations }: Descriptor): string | undefined =>
  annotations?.['vnd.docker.reference.type'] === 'attestation-manifest'
    ? annotations['vnd.docker.reference.digest']
    : undefined;

async function collectLeaves(request: PartsRequest, leaf: Leaf, leaves: Leaf[]): Promise<void> {
  const { limits } = request.budget;
  const { descriptor, within } = leaf;
  if (within.length > limits.indexDepth) {
    throw limitError('indexDepth', limits, 'indexes within indexes', within.length, at(request));
  }
  if (leaves.length > maximumManifests) {
    throw new PlimsollError('PL0108', `more than ${maximumManifests} manifests`, {
      at: at(request),
    });
  }
  const isIndex =
    isIndexType(descriptor.mediaType) ||
    // Without a media type only the content tells.
    (descriptor.mediaType === '' &&
      request.parts.manifest(descriptor) !== undefined &&
      looksLikeIndex(await readManifest(request, descriptor)));
  if (!isIndex) {
    leaves.push(leaf);
    return;
  }
  const json = await readManifest(request, descriptor);
  const nested = orThrow(parseIndex(json), request, blobPath(descriptor.digest));
  for (const inner of nested)
    await collectLeaves(request, { descriptor: inner, within: [...within, descriptor] }, leaves);
}

async function chosenByPlatform(
  images: readonly Descriptor[],
  request: PartsRequest,
): Promise<Descriptor> {
  const unique = [...new Map(images.map((image) => [image.digest, image])).values()];
  // An archive of one platform may keep the index of all: only what is there can be taken.
  const present = unique.filter((image) => request.parts.manifest(image) !== undefined);
  const [first] = present;
  if (first === undefined) {
    for (const image of unique) thereOrThrow(undefined, image, request);
    throw new PlimsollError('PL0106', 'no manifest of the index is there', { at: at(request) });
  }
  // One image for another machine is taken when nobody asked for a platform: the check says what that means. Its
  // configuration need not be fetched to find out.
  if (present.length === 1 && request.platform === undefined) return first;
  const wanted = request.platform ?? thisPlatform();
  const offered = await Promise.all(
    present.map(async (image) => ({ image, platform: await platformOfImage(image, request) })),
  );
  const fitting = offered
    .map(({ image, platform }) => ({ image, fit: platform && platformFit(wanted, platform) }))
    .filter((one): one is { image: Descriptor; fit: number } => one.fit !== undefined)
    .sort((a, b) => b.fit - a.fit);
  if (fitting[0] !== undefined) return fitting[0].image;
  throw new PlimsollError('PL0104', `no image for ${formatPlatform(wanted)}`, {
    at: at(request),
    notes: [
      `there are: ${offered.map(({ platform }) => (platform ? formatPlatform(platform) : 'unknown')).join(', ')}`,
    ],
    help: 'name one of these with --platform',
  });
}

async function platformOfImage(
  image: Descriptor,
  request: PartsRequest,
): Promise<Platform | undefined> {
  if (image.platform !== undefined) return image.platform;
  const manifest = parseManifest(await readManifest(request, image));
  if (isFault(manifest)) return undefined;
  const config = parseImageConfig((await readBlob(request, manifest.config)).value);
  return isFault(config) ? undefined : config.platform;
}
