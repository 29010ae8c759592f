// What `docker save` wrote before it wrote OCI layouts: manifest.json with the configuration's and the layers' file
// names (Docker 1.10 on), or only `repositories` and one folder a layer with VERSION, json and layer.tar, each json
// naming its parent (before). Source: moby image/spec v1.md and v1.2.md.

import type { Diagnostic } from '../diag/diagnostic.ts';
import { limitError } from '../diag/limit-error.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { isJsonObject } from '../lib/json.ts';
import type { Layer } from './image.ts';
import type { FoundImage } from './image-parts.ts';
import { layerOf } from './layer-stream.ts';
import { type ImageRequest, isNamed, notChosen, readDocument, readJson } from './oci-image.ts';
import { isFault, parseImageConfig } from './oci-json.ts';
import { formatPlatform, platformFit } from './platform.ts';
import { storedFile } from './stored-files.ts';

/** One image of an archive; paths are those of its members. */
export interface SavedImage {
  readonly configPath: string;
  readonly names: readonly string[];
  /** Lowest first. */
  readonly layers: readonly string[];
  /** Of docker before 1.10: the configuration is one of a layer. */
  readonly isV1: boolean;
}

/** Opens the image. @throws PlimsollError PL0101, PL0104, PL0106 to PL0108, PL0205 */
export async function openDockerArchive(request: ImageRequest): Promise<FoundImage> {
  const chosen = await withLayers(chosenOf(await listed(request), request), request);
  const { budget, files, reference, platform } = request;
  const { limits } = budget;
  const at = { target: reference, path: chosen.configPath };
  if (chosen.layers.length > limits.layers) {
    throw limitError('layers', limits, 'layers', chosen.layers.length, at);
  }
  const { bytes, value } = await readDocument(request, chosen.configPath);
  const config = parseImageConfig(value);
  if (isFault(config)) throw new PlimsollError('PL0108', config.fault, { at });
  if (platform !== undefined && platformFit(platform, config.platform) === undefined) {
    throw new PlimsollError('PL0104', `no image for ${formatPlatform(platform)}`, {
      at,
      notes: [`there is: ${formatPlatform(config.platform)}`],
    });
  }
  const problems: Diagnostic[] = [];
  const { diffIds } = config;
  const matching = diffIds.length === chosen.layers.length;
  // The oldest form has no diffIDs at all; then nothing can be verified.
  if (!matching && diffIds.length > 0) {
    problems.push({
      code: 'PL0108',
      severity: 'warning',
      message: `expected ${chosen.layers.length} diffIDs in the configuration, found ${diffIds.length}`,
      at,
    });
  }
  const layers = chosen.layers.map((path, index): Layer => {
    const diffId = matching ? diffIds[index] : undefined;
    return layerOf({
      index,
      ...(diffId === undefined ? { label: labelOf(path) } : { diffId }),
      source: storedFile(files, path, { target: reference }),
      budget,
      target: reference,
    });
  });
  return {
    names: chosen.names,
    config,
    documents: { config: bytes },
    layers,
    platforms: [config.platform],
    problems,
  };
}

/** A layer's folder, shortened as digests are. */
function labelOf(path: string): string {
  return path.replace(/\/layer\.tar$/, '').slice(0, 12);
}

function chosenOf(images: readonly SavedImage[], request: ImageRequest): SavedImage {
  const names = images.flatMap((image) => image.names);
  const { name } = request;
  const [first] = images;
  if (first === undefined) {
    throw new PlimsollError('PL0106', 'the archive names no image', {
      at: { target: request.reference },
    });
  }
  if (name === undefined) {
    if (new Set(images.map(({ configPath }) => configPath)).size === 1) return first;
    throw notChosen('there are several images', names, request);
  }
  // "@2" is the third image of the archive, as skopeo counts.
  const position = /^@(\d+)$/.exec(name)?.[1];
  const found =
    position === undefined
      ? (images.find((image) => image.names.includes(name)) ??
        images.find((image) => image.names.some((full) => isNamed(full, name))))
      : images[Number(position)];
  if (found === undefined) throw notChosen(`no image is named ${name}`, names, request);
  return found;
}

/**
 * All images of the archive, or the one that the request names.
 * @throws PlimsollError PL0101, PL0106 to PL0108, PL0205
 */
export async function savedImages(request: ImageRequest): Promise<readonly SavedImage[]> {
  const all = await listed(request);
  const chosen = request.name === undefined ? all : [chosenOf(all, request)];
  return Promise.all(chosen.map((image) => withLayers(image, request)));
}

function listed(request: ImageRequest): Promise<readonly SavedImage[]> {
  return request.files.get('manifest.json') === undefined
    ? fromRepositories(request)
    : fromManifest(request);
}

async function fromManifest(request: ImageRequest): Promise<readonly SavedImage[]> {
  const value = await readJson(request, 'manifest.json');
  const strings = (some: unknown): readonly string[] =>
    Array.isArray(some) ? some.filter((item) => typeof item === 'string') : [];
  const images = (Array.isArray(value) ? value : []).filter(isJsonObject).flatMap((item) => {
    const configPath = item['Config'];
    if (typeof configPath !== 'string') return [];
    const names = strings(item['RepoTags']);
    return [{ configPath, names, layers: strings(item['Layers']), isV1: false }];
  });
  if (images.length === 0) {
    throw new PlimsollError(
      'PL0108',
      'manifest.json: expected an array of images with Config and Layers',
      {
        at: { target: request.reference, path: 'manifest.json' },
      },
    );
  }
  return images;
}

async function fromRepositories(request: ImageRequest): Promise<readonly SavedImage[]> {
  const value = await readJson(request, 'repositories');
  const tops = new Map<string, string[]>();
  for (const [repository, tags] of Object.entries(isJsonObject(value) ? value : {})) {
    for (const [tag, id] of Object.entries(isJsonObject(tags) ? tags : {})) {
      if (typeof id !== 'string') continue;
      tops.set(id, [...(tops.get(id) ?? []), `${repository}:${tag}`]);
    }
  }
  return [...tops].map(([id, names]) => ({
    configPath: `${id}/json`,
    names,
    layers: [],
    isV1: true,
  }));
}

/** The image with its layers, which in the oldest form are found from parent to parent. */
async function withLayers(image: SavedImage, request: ImageRequest): Promise<SavedImage> {
  if (!image.isV1) return image;
  const layers: string[] = [];
  const seen = new Set<string>();
  let id: unknown = image.configPath.slice(0, -'/json'.length);
  while (typeof id === 'string' && id !== '' && !seen.has(id)) {
    seen.add(id);
    if (seen.size > request.budget.limits.layers) {
      throw limitError('layers', request.budget.limits, 'layers', seen.size, {
        target: request.reference,
      });
    }
    layers.unshift(`${id}/layer.tar`);
    const json = await readJson(request, `${id}/json`);
    id = isJsonObject(json) ? json['parent'] : undefined;
  }
  return { ...image, layers };
}
