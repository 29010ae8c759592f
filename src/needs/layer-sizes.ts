// How large the files of each layer are, unpacked: what docker calls the size of a layer. Known from an analysis or an
// earlier look, else the layer is read through once.
import type { Layer } from '../image/image.ts';
import type { AnalysisCache } from './cache.ts';
import { decodeJson, encodeJson } from './facts-codec.ts';

/** How sizes are found. */
export interface LayerSizeOptions {
  readonly signal: AbortSignal;
  readonly cache?: AnalysisCache;
  /** Told now and then: stored bytes read so far. */
  readonly onProgress?: (bytes: number) => void;
}

const keyOf = ({ diffId, blob }: Layer): string | undefined => {
  const digest = diffId ?? blob?.digest;
  return digest === undefined ? undefined : `layer-size/1/${digest}`;
};

/** Bytes of the layer's files; a hard link adds nothing to the file it names. @throws PlimsollError as Layer.entries */
async function measured(layer: Layer, { signal, onProgress }: LayerSizeOptions): Promise<number> {
  let bytes = 0;
  const entries = layer.entries({ signal, ...(onProgress === undefined ? {} : { onProgress }) });
  for await (const { node, whiteout, hardLinkTo } of entries) {
    if (whiteout === undefined && hardLinkTo === undefined) bytes += node.size;
  }
  return bytes;
}

/** The size of each layer, in the order given. @throws PlimsollError PL0105, PL0107, PL0202, PL0203 */
export async function layerSizes(
  layers: readonly Layer[],
  options: LayerSizeOptions,
): Promise<readonly number[]> {
  const { cache } = options;
  const sizes: number[] = [];
  for (const layer of layers) {
    const key = keyOf(layer);
    const kept = key === undefined ? undefined : decodeJson<number>(cache?.get(key));
    const size = kept ?? (await measured(layer, options));
    if (kept === undefined && key !== undefined) cache?.put([[key, encodeJson(size)]]);
    sizes.push(size);
  }
  return sizes;
}
