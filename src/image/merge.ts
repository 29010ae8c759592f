// The layers of an image merged into one tree, as the OCI image specification's layer.md says. Each layer is read once
// into a LayerIndex (which depends on nothing but the layer's bytes and can be kept by its diffID); merging indexes is
// pure and takes milliseconds.
import type { Diagnostic } from '../diag/diagnostic.ts';
import type { Limits } from '../lib/limits.ts';
import type { FileNode } from './file-tree.ts';
import type { Layer } from './image.ts';
import type { Inspect, PayloadTree } from './payload-tree.ts';

/** One entry of a layer, without its bytes. */
export interface IndexedEntry<P> {
  readonly node: FileNode;
  readonly hardLinkTo?: string;
  readonly whiteout?: 'whiteout' | 'opaque';
  readonly payload?: P;
}

/** Everything in one layer that a merged tree needs; JSON-safe when P and the nodes' xattrs are made so. */
export interface LayerIndex<P> {
  readonly entries: readonly IndexedEntry<P>[];
  readonly problems: readonly Diagnostic[];
  /** Uncompressed bytes of the layer. */
  readonly bytes: number;
}

export interface IndexOptions<P> {
  readonly signal: AbortSignal;
  readonly inspect: Inspect<P>;
  readonly limits?: Partial<Limits>;
  /** Bytes of blobs read so far, of all layers together. */
  readonly onProgress?: (bytes: number) => void;
}

/** Reads one layer. @throws PlimsollError PL0105, PL0107, PL0202, PL0203 */
export async function indexLayer<P>(
  _layer: Layer,
  _options: IndexOptions<P>,
): Promise<LayerIndex<P>> {
  throw new Error('not written yet');
}

/** Reads several layers, two at a time, in the order given. Indexes known already are passed through `known`. */
export async function indexLayers<P>(
  _layers: readonly Layer[],
  _options: IndexOptions<P> & { readonly known?: (layer: Layer) => LayerIndex<P> | undefined },
): Promise<readonly LayerIndex<P>[]> {
  throw new Error('not written yet');
}

/**
 * Merges indexes, the lowest layer first. `layers` are read again when bytes of a file are asked for; without them
 * `read` finds nothing.
 */
export function mergeLayers<P>(
  _indexes: readonly LayerIndex<P>[],
  _options?: { readonly layers?: readonly Layer[]; readonly signal?: AbortSignal },
): PayloadTree<P> {
  throw new Error('not written yet');
}
