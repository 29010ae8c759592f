// The JSON that layouts and archives have beside their blobs, written: OCI image specification 1.1, image-layout.md,
// with the annotations by which containerd and docker keep full names; docker's manifest.json and repositories.
import { isJsonObject } from '../lib/json.ts';
import type { Descriptor, Platform } from './image.ts';
import { familiarName, familiarRepository, formatImageName, type ImageName } from './image-name.ts';

/** The tag alone, by the OCI specification. */
export const refNameKey = 'org.opencontainers.image.ref.name';
/** The name in full, as containerd, buildkit and docker write it. */
export const fullNameKey = 'io.containerd.image.name';

/** Content of the file oci-layout. */
export const ociLayoutMark = '{"imageLayoutVersion":"1.0.0"}';

const indexType = 'application/vnd.oci.image.index.v1+json';

/** A descriptor as JSON has it. */
export function formatDescriptor(descriptor: Descriptor): Readonly<Record<string, unknown>> {
  const { mediaType, digest, size, platform, annotations } = descriptor;
  return {
    mediaType,
    digest,
    size,
    ...(annotations === undefined ? {} : { annotations }),
    ...(platform === undefined ? {} : { platform: formatPlatformJson(platform) }),
  };
}

function formatPlatformJson(platform: Platform): Readonly<Record<string, unknown>> {
  const { architecture, os, osVersion, osFeatures, variant } = platform;
  return {
    architecture,
    os,
    ...(osVersion === undefined ? {} : { 'os.version': osVersion }),
    ...(osFeatures === undefined ? {} : { 'os.features': osFeatures }),
    ...(variant === undefined ? {} : { variant }),
  };
}

/** What is to stand in index.json: a manifest or index under a name, or without one. */
export interface LayoutEntry {
  readonly target: Descriptor;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Entries for an image under each of its names, or for one without names; `tag` is a name to have instead. */
export function layoutEntries(
  target: Descriptor,
  names: readonly ImageName[],
  tag?: string,
): readonly LayoutEntry[] {
  if (tag !== undefined) return [{ target, annotations: { [refNameKey]: tag } }];
  if (names.length === 0) return [{ target, annotations: {} }];
  return names.map((name) => ({
    target,
    annotations: {
      [fullNameKey]: formatImageName(name),
      ...(name.tag === undefined ? {} : { [refNameKey]: name.tag }),
    },
  }));
}

/**
 * index.json with entries added. `before` is what stands there: all of it is kept, but an entry that has one of the new
 * names loses its place, as does the same target without a name.
 */
export function formatLayoutIndex(entries: readonly LayoutEntry[], before?: unknown): string {
  const kept = isJsonObject(before) ? before : {};
  const old: readonly unknown[] = Array.isArray(kept['manifests']) ? kept['manifests'] : [];
  const stays = old.filter((item) => !entries.some((entry) => replaces(entry, item)));
  const added = entries.map(({ target, annotations }) => {
    const all = { ...target.annotations, ...annotations };
    return formatDescriptor({
      mediaType: target.mediaType,
      digest: target.digest,
      size: target.size,
      ...(Object.keys(all).length === 0 ? {} : { annotations: all }),
      ...(target.platform === undefined ? {} : { platform: target.platform }),
    });
  });
  return JSON.stringify({
    ...kept,
    schemaVersion: 2,
    mediaType: indexType,
    manifests: [...stays, ...added],
  });
}

function replaces({ target, annotations }: LayoutEntry, item: unknown): boolean {
  if (!isJsonObject(item)) return false;
  const theirs = isJsonObject(item['annotations']) ? item['annotations'] : {};
  const named = [fullNameKey, refNameKey].some((key) => typeof theirs[key] === 'string');
  if (!named) return item['digest'] === target.digest;
  const full = annotations[fullNameKey];
  // Two repositories may have the same tag: their full names tell them apart.
  return full !== undefined && typeof theirs[fullNameKey] === 'string'
    ? theirs[fullNameKey] === full
    : annotations[refNameKey] !== undefined && theirs[refNameKey] === annotations[refNameKey];
}

/** One image in docker's manifest.json; paths are those in the archive. */
export interface SavedImageEntry {
  readonly config: string;
  readonly names: readonly ImageName[];
  /** Lowest first. */
  readonly layers: readonly string[];
}

/** manifest.json of an archive that docker loads. */
export function formatSavedManifest(images: readonly SavedImageEntry[]): string {
  return JSON.stringify(
    images.map(({ config, names, layers }) => ({
      Config: config,
      RepoTags: names.length === 0 ? null : names.map(familiarName),
      Layers: layers,
    })),
  );
}

/** The file repositories: repository, tag, hexadecimal id of the top layer. */
export function formatRepositories(
  tops: readonly { readonly name: ImageName; readonly id: string }[],
): string {
  const repositories: Record<string, Record<string, string>> = {};
  for (const { name, id } of tops) {
    const repository = familiarRepository(name);
    if (name.tag !== undefined)
      repositories[repository] = { ...repositories[repository], [name.tag]: id };
  }
  return JSON.stringify(repositories);
}
