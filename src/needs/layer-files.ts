// The files of each layer with the digests of their contents, read once and kept by the layer's digest.
import { createHash } from 'node:crypto';
import type { Layer } from '../image/image.ts';
import { type IndexedEntry, indexLayers, type LayerIndex } from '../image/merge.ts';
import type { AnalysisCache } from './cache.ts';
import { decodeEntries, decodeJson, encodeEntries, encodeJson } from './facts-codec.ts';

/** How layers are read. */
export interface LayerFilesOptions {
  readonly signal: AbortSignal;
  readonly cache?: AnalysisCache;
  /** Stored bytes read so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** Files that are larger go without a digest: they would have to be in memory. */
const digestBytes = 512 * 1024 * 1024;

function keyOf({ diffId, blob }: Layer, part: string): string | undefined {
  const digest = diffId ?? blob?.digest;
  return digest === undefined ? undefined : `layer-files/1/${digest}/${part}`;
}

interface KeptRest {
  readonly bytes: number;
  readonly problems: LayerIndex<string>['problems'];
  /** Digests of the entries, in their order; empty for what has none. */
  readonly digests: readonly string[];
}

function kept(layer: Layer, cache: AnalysisCache): LayerIndex<string> | undefined {
  const [first, second] = [keyOf(layer, 'entries'), keyOf(layer, 'rest')];
  if (first === undefined || second === undefined) return undefined;
  const entries = decodeEntries(cache.get(first), layer.index);
  const rest = decodeJson<KeptRest>(cache.get(second));
  if (entries === undefined || rest === undefined) return undefined;
  const { bytes, problems, digests } = rest;
  return {
    bytes,
    problems,
    entries: entries.map((entry, at): IndexedEntry<string> => {
      const payload = digests[at];
      return payload ? { ...entry, payload } : entry;
    }),
  };
}

function keep(
  layer: Layer,
  { bytes, problems, entries }: LayerIndex<string>,
  cache: AnalysisCache,
) {
  const [first, second] = [keyOf(layer, 'entries'), keyOf(layer, 'rest')];
  if (first === undefined || second === undefined) return;
  const digests = entries.map(({ payload }) => payload ?? '');
  cache.put([[first, encodeEntries(entries)]]);
  cache.put([[second, encodeJson({ bytes, problems, digests } satisfies KeptRest)]]);
}

/** Every layer's entries; the payload of a file is the digest of its content. @throws PlimsollError as Layer.entries */
export async function layerFiles(
  layers: readonly Layer[],
  { signal, cache, onProgress }: LayerFilesOptions,
): Promise<readonly LayerIndex<string>[]> {
  const known = new Set<Layer>();
  const indexes = await indexLayers<string>(layers, {
    signal,
    ...(onProgress === undefined ? {} : { onProgress }),
    async inspect(entry) {
      const { size } = entry.node;
      if (size === 0 || size > digestBytes) return undefined;
      const bytes = await entry.read(size);
      return createHash('sha256').update(bytes).digest('base64').slice(0, 32);
    },
    known(layer) {
      const index = cache === undefined ? undefined : kept(layer, cache);
      if (index !== undefined) known.add(layer);
      return index;
    },
  });
  for (const [at, layer] of layers.entries()) {
    const index = indexes[at];
    if (cache !== undefined && index !== undefined && !known.has(layer)) keep(layer, index, cache);
  }
  return indexes;
}
