// What a manifest or index refers to, whatever kind of artifact it is of: what must be copied with it, and what must
// not be thrown away as long as it is there. OCI image specification 1.1, manifest.md and image-index.md; docker's
// schema 2; the artifact manifest of release candidates of 1.1, which registries still hold.
import { isJsonObject } from '../lib/json.ts';
import type { Descriptor } from './image.ts';
import { isFault, type JsonFault, looksLikeIndex, parseDescriptors } from './oci-json.ts';

/** Descriptors that stand in a manifest or index. */
export interface ManifestReferences {
  /** Manifests and indexes of an index. */
  readonly manifests: readonly Descriptor[];
  /** The configuration; absent in an index. */
  readonly config?: Descriptor;
  /** Layers of an image, blobs of an artifact; lowest first. */
  readonly layers: readonly Descriptor[];
}

const indexTypes: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
]);

/** Whether the media type is that of an index, or of docker's manifest list. */
export function isIndexType(mediaType: string): boolean {
  return indexTypes.has(mediaType);
}

/** What the manifest or index refers to. */
export function parseReferences(value: unknown): ManifestReferences | JsonFault {
  if (!isJsonObject(value)) return { fault: 'expected a manifest object' };
  if (looksLikeIndex(value)) {
    const manifests = parseDescriptors(value['manifests'], 'manifests');
    return isFault(manifests) ? manifests : { manifests, layers: [] };
  }
  if (value['schemaVersion'] === 1 || Array.isArray(value['fsLayers'])) {
    return { fault: 'a manifest of schema 1 (before Docker 1.10) has no references by digest' };
  }
  const layers = parseDescriptors(value['layers'] ?? value['blobs'] ?? [], 'layers');
  if (isFault(layers)) return layers;
  if (value['config'] === undefined) return { manifests: [], layers };
  const config = parseDescriptors([value['config']], 'config');
  if (isFault(config)) return config;
  return { manifests: [], layers, ...(config[0] === undefined ? {} : { config: config[0] }) };
}
