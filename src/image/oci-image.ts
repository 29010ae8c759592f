// From the files of an OCI layout (on disk, or inside an archive) to one image: index.json, perhaps indexes within it,
// one manifest that fits name and platform, its configuration, its layers.
import type { Diagnostic, Location } from '../diag/diagnostic.ts';
import { limitError } from '../diag/limit-error.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { digestOf } from '../lib/digest.ts';
import { type BlobSource, bytesOf } from './blob-source.ts';
import type { Budget } from './budget.ts';
import type { Descriptor, Digest, ImageConfig, Layer, Platform } from './image.ts';
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
import { type StoredFiles, storedFile } from './stored-files.ts';

/** What is opened, and what of it is wanted. */
export interface ImageRequest {
  readonly files: StoredFiles;
  readonly reference: string;
  /** Tag or name after the file's. */
  readonly name?: string;
  readonly platform?: Platform;
  readonly budget: Budget;
  readonly signal: AbortSignal;
}

/** An image without what only its container knows. */
export interface FoundImage {
  readonly digest?: Digest;
  readonly names: readonly string[];
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
  readonly platforms: readonly Platform[];
  readonly problems: readonly Diagnostic[];
}

const refName = 'org.opencontainers.image.ref.name';
const imageName = 'io.containerd.image.name';
/** Manifests read while looking for one. */
const maximumManifests = 10_000;

/** Opens the image. @throws PlimsollError PL0101, PL0104 to PL0108, PL0205 */
export async function openOciImage(request: ImageRequest): Promise<FoundImage> {
  const index = await readJson(request, 'index.json', undefined);
  const top = orThrow(parseIndex(index), request, 'index.json');
  const named = chosenByName(top, request);
  const leaves: Descriptor[] = [];
  for (const descriptor of named) await collectLeaves(request, descriptor, 0, leaves);
  const images = leaves.filter((leaf) => !isAttestation(leaf));
  if (images.length === 0) {
    throw new PlimsollError('PL0106', 'the index names no image', {
      at: at(request, 'index.json'),
    });
  }
  const chosen = await chosenByPlatform(images, request);
  const path = blobPath(chosen.digest);
  const manifest = orThrow(
    parseManifest(await readJson(request, path, chosen.digest)),
    request,
    path,
  );
  const names = [...new Set(named.flatMap(namesOf))];
  const platforms = images.map(({ platform }) => platform).filter((some) => some !== undefined);
  return { ...(await imageOf(manifest, request)), digest: chosen.digest, names, platforms };
}

async function imageOf(
  manifest: Manifest,
  request: ImageRequest,
): Promise<Pick<FoundImage, 'config' | 'layers' | 'problems'>> {
  const { budget, files } = request;
  const path = blobPath(manifest.config.digest);
  const json = await readJson(request, path, manifest.config.digest);
  const config = orThrow(parseImageConfig(json), request, path);
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
    config,
    problems,
    layers: layers.map((blob, index) => {
      const diffId = diffIds.length === layers.length ? diffIds[index] : undefined;
      return layerOf({
        index,
        blob,
        ...(diffId === undefined ? {} : { diffId }),
        source: storedFile(files, blobPath(blob.digest), at(request)),
        budget,
        target: request.reference,
      });
    }),
  };
}

function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function at({ reference }: ImageRequest, path?: string): Location {
  return { target: reference, ...(path === undefined ? {} : { path }) };
}

function orThrow<T>(parsed: T | JsonFault, request: ImageRequest, path: string): T {
  if (!isFault(parsed)) return parsed;
  throw new PlimsollError('PL0108', parsed.fault, {
    at: at(request, path),
    help: 'copy the image with a current tool, for example: skopeo copy … oci-archive:image.tar',
  });
}

/** JSON of a blob whose size is bounded, and whose digest must fit where one is named. */
export async function readJson(
  { files, budget, reference, signal }: ImageRequest,
  path: string,
  digest: Digest | undefined,
): Promise<unknown> {
  const place = { target: reference, path };
  const blob: BlobSource = storedFile(files, path, place);
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
  if (!isFault(parsed)) return parsed.value;
  throw new PlimsollError('PL0205', parsed.fault, { at: place });
}

/** Names under which a top-level entry is known: the tag, and containerd's full name. */
function namesOf({ annotations }: Descriptor): readonly string[] {
  return [annotations?.[imageName], annotations?.[refName]].filter((name) => name !== undefined);
}

/** Whether `name` ("redis:8", "8") means the full or short name that the index has. */
export function isNamed(full: string, name: string): boolean {
  if (full === name) return true;
  const withTag = name.includes(':') ? name : `${name}:latest`;
  return [name, withTag].some(
    (wanted) => full.endsWith(`/${wanted}`) || full.endsWith(`:${wanted}`) || full === wanted,
  );
}

function chosenByName(top: readonly Descriptor[], request: ImageRequest): readonly Descriptor[] {
  const all = top.filter((descriptor) => !isAttestation(descriptor));
  const names = [...new Set(all.flatMap(namesOf))];
  const { name } = request;
  if (name !== undefined) {
    const exact = all.filter(
      (descriptor) => namesOf(descriptor).includes(name) || descriptor.digest === name,
    );
    if (exact.length > 0) return exact;
    const matching = all.filter((descriptor) =>
      namesOf(descriptor).some((full) => isNamed(full, name)),
    );
    if (matching.length > 0) return matching;
    throw notChosen(`no image is named ${name}`, names, request);
  }
  // Several entries without names, or of one name, are the platforms of one image.
  const keys = new Set(all.map((descriptor) => namesOf(descriptor)[0] ?? ''));
  const digests = new Set(all.map(({ digest }) => digest));
  if (keys.size > 1 && digests.size > 1)
    throw notChosen('there are several images', names, request);
  return all;
}

/** PL0101 with the names that there are. */
export function notChosen(
  message: string,
  names: readonly string[],
  { reference, name }: Pick<ImageRequest, 'reference' | 'name'>,
): PlimsollError {
  const listed = names.slice(0, 20);
  const bare =
    name !== undefined && reference.endsWith(`:${name}`)
      ? reference.slice(0, -name.length - 1)
      : reference;
  const example = `${/^(oci|oci-archive|docker-archive):/.test(bare) ? '' : 'oci-archive:'}${bare}:${listed[0] ?? 'TAG'}`;
  return new PlimsollError('PL0101', message, {
    at: { target: reference },
    notes: [
      names.length === 0
        ? 'none has a name'
        : `there are: ${listed.join(', ')}${names.length > 20 ? ', …' : ''}`,
    ],
    help: `name one: ${example}`,
  });
}

/** What build tools attach to an image (provenance, bills of materials); nothing that runs. */
function isAttestation({ platform, annotations }: Descriptor): boolean {
  return (
    annotations?.['vnd.docker.reference.type'] !== undefined ||
    (platform?.os === 'unknown' && platform.architecture === 'unknown')
  );
}

const indexTypes = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

async function collectLeaves(
  request: ImageRequest,
  descriptor: Descriptor,
  depth: number,
  leaves: Descriptor[],
): Promise<void> {
  const { limits } = request.budget;
  if (depth > limits.indexDepth) {
    throw limitError('indexDepth', limits, 'indexes within indexes', depth, at(request));
  }
  if (leaves.length > maximumManifests) {
    throw new PlimsollError('PL0108', `more than ${maximumManifests} manifests`, {
      at: at(request),
    });
  }
  const path = blobPath(descriptor.digest);
  const isIndex =
    indexTypes.has(descriptor.mediaType) ||
    // Without a media type only the content tells.
    (descriptor.mediaType === '' &&
      request.files.get(path) !== undefined &&
      looksLikeIndex(await readJson(request, path, descriptor.digest)));
  if (!isIndex) {
    leaves.push(descriptor);
    return;
  }
  const nested = orThrow(
    parseIndex(await readJson(request, path, descriptor.digest)),
    request,
    path,
  );
  for (const inner of nested) await collectLeaves(request, inner, depth + 1, leaves);
}

async function chosenByPlatform(
  images: readonly Descriptor[],
  request: ImageRequest,
): Promise<Descriptor> {
  const unique = [...new Map(images.map((image) => [image.digest, image])).values()];
  // An archive of one platform may keep the index of all: only what is there can be taken.
  const present = unique.filter(({ digest }) => request.files.get(blobPath(digest)) !== undefined);
  const [first] = present;
  if (first === undefined) {
    storedFile(request.files, blobPath(unique[0]?.digest ?? 'sha256:'), at(request));
    throw new PlimsollError('PL0106', 'no manifest of the index is there', { at: at(request) });
  }
  const wanted = request.platform ?? thisPlatform();
  const offered = await Promise.all(
    present.map(async (image) => ({ image, platform: await platformOfImage(image, request) })),
  );
  const fitting = offered
    .map(({ image, platform }) => ({ image, fit: platform && platformFit(wanted, platform) }))
    .filter((one): one is { image: Descriptor; fit: number } => one.fit !== undefined)
    .sort((a, b) => b.fit - a.fit);
  if (fitting[0] !== undefined) return fitting[0].image;
  // One image for another machine is taken when nobody asked for a platform: the check says what that means.
  if (present.length === 1 && request.platform === undefined) return first;
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
  request: ImageRequest,
): Promise<Platform | undefined> {
  if (image.platform !== undefined) return image.platform;
  const path = blobPath(image.digest);
  const manifest = parseManifest(await readJson(request, path, image.digest));
  if (isFault(manifest)) return undefined;
  const { digest } = manifest.config;
  const config = parseImageConfig(await readJson(request, blobPath(digest), digest));
  return isFault(config) ? undefined : config.platform;
}
