// The layers of an image merged into one tree, as the OCI image specification's layer.md says. Each layer is read once
// into a LayerIndex (which depends on nothing but the layer's bytes and can be kept by its diffID); merging indexes is
// pure and takes milliseconds.
import type { Diagnostic } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { problemList } from '../diag/problem-list.ts';
import type { Limits } from '../lib/limits.ts';
import { withLimits } from '../lib/limits.ts';
import type { FileNode } from './file-tree.ts';
import type { Layer } from './image.ts';
import { type KeptFiles, keptName } from './kept-files.ts';
import type { Inspect, PayloadTree } from './payload-tree.ts';
import { type ReadStored, type StoredAt, TreeBuilder } from './tree-builder.ts';

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
  /** Uncompressed bytes of the layer's files. */
  readonly bytes: number;
}

/** How layers are read into indexes. */
export interface IndexOptions<P> {
  readonly signal: AbortSignal;
  readonly inspect: Inspect<P>;
  readonly limits?: Partial<Limits>;
  /** Told of each entry as it passes, with what `inspect` gave. */
  readonly onEntry?: (node: FileNode, payload: P | undefined) => void;
  /** Bytes of blobs read so far, of all layers together. */
  readonly onProgress?: (bytes: number) => void;
}

/** Problems that are kept of one layer, and of merging all of them. */
const layerProblems = 100;
const mergeProblems = 1000;

/** Reads one layer. @throws PlimsollError PL0105, PL0107, PL0202, PL0203 */
async function indexLayer<P>(
  layer: Layer,
  { signal, inspect, onEntry, onProgress }: IndexOptions<P>,
): Promise<LayerIndex<P>> {
  const entries: IndexedEntry<P>[] = [];
  const problems = problemList(layerProblems);
  let bytes = 0;
  const reading = layer.entries({
    signal,
    onProblem: problems.add,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  for await (const entry of reading) {
    const { node, hardLinkTo, whiteout } = entry;
    bytes += node.size;
    const looked =
      node.type === 'file' && hardLinkTo === undefined && whiteout === undefined
        ? inspect(entry)
        : undefined;
    const payload = looked instanceof Promise ? await looked : looked;
    onEntry?.(node, payload);
    entries.push({
      node,
      ...(hardLinkTo === undefined ? {} : { hardLinkTo }),
      ...(whiteout === undefined ? {} : { whiteout }),
      ...(payload === undefined ? {} : { payload }),
    });
  }
  return { entries, problems: problems.all(), bytes };
}

/** Layers read at a time: inflating happens on other threads, so a second one keeps the first core busy. */
const concurrency = 2;

/** Reads several layers, two at a time, in the order given. Indexes known already are passed through `known`. */
export async function indexLayers<P>(
  layers: readonly Layer[],
  options: IndexOptions<P> & { readonly known?: (layer: Layer) => LayerIndex<P> | undefined },
): Promise<readonly LayerIndex<P>[]> {
  const limits = withLimits(options.limits);
  const found: LayerIndex<P>[] = [];
  const progress = new Map<number, number>();
  let next = 0;
  let entries = 0;
  let bytes = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < layers.length; at = next++) {
      const layer = layers[at];
      if (layer === undefined) return;
      const index =
        options.known?.(layer) ??
        (await indexLayer(layer, {
          ...options,
          onProgress: (done) => {
            progress.set(at, done);
            options.onProgress?.([...progress.values()].reduce((sum, one) => sum + one, 0));
          },
        }));
      entries += index.entries.length;
      bytes += index.bytes;
      exceeded('entries', entries, limits.entries, layer);
      exceeded('totalBytes', bytes, limits.totalBytes, layer);
      found[at] = index;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return found;
}

function exceeded(name: keyof Limits, value: number, limit: number, layer: Layer): void {
  if (value <= limit) return;
  throw new PlimsollError('PL0107', `the image has more than ${limit} ${name}`, {
    at: { layer: layer.label },
    help: `if the image is trusted, raise the limit: --limit ${name}=${value * 2}`,
  });
}

/** How indexes are merged into a tree. */
export interface MergeOptions {
  /** Read again when bytes of a file are asked for; without them `read` finds nothing. */
  readonly layers?: readonly Layer[];
  readonly signal?: AbortSignal;
  readonly limits?: Partial<Limits>;
  /** Files of the layers that were kept while they were read, by keptName. */
  readonly kept?: KeptFiles;
}

/** Merges indexes, the lowest layer first. @throws PlimsollError PL0107 */
export function mergeLayers<P>(
  indexes: readonly LayerIndex<P>[],
  options: MergeOptions = {},
): PayloadTree<P> {
  const problems = problemList(mergeProblems);
  for (const index of indexes) for (const problem of index.problems) problems.add(problem);
  const say = (message: string, { path, layer = 0 }: FileNode): void =>
    problems.add({
      code: 'PL0202',
      severity: 'warning',
      message,
      at: { layer: options.layers?.[layer]?.label ?? `layer ${layer + 1}`, path },
    });
  const tree = new TreeBuilder<P>({
    limits: withLimits(options.limits),
    onBlocked: (node, by) =>
      say(`${by} is in the way and no directory: engines cannot unpack this layer`, node),
  });
  indexes.forEach(({ entries }, layer) => {
    // Whiteouts hide what lower layers have, wherever in the layer they stand: so they go first.
    for (const { node, whiteout } of entries) {
      if (whiteout === 'whiteout') tree.remove(node.path);
      else if (whiteout === 'opaque') tree.clear(node.path);
    }
    const waiting: IndexedEntry<P>[] = [];
    for (const entry of entries) {
      if (entry.whiteout !== undefined) continue;
      // A kept layer may stand elsewhere in this image.
      const node = entry.node.layer === layer ? entry.node : { ...entry.node, layer };
      if (entry.hardLinkTo === undefined) tree.put(node, entry.payload);
      else if (!tree.link(node, entry.hardLinkTo)) waiting.push(entry);
    }
    // A link that stands before its file.
    for (const { node, hardLinkTo = '' } of waiting) {
      const placed = { ...node, layer };
      if (tree.link(placed, hardLinkTo)) continue;
      say(`hard link to ${hardLinkTo}, which is not in the image`, placed);
    }
    // AUFS's own folder, to which hard links of the layer may have led.
    tree.remove('/.wh..wh.plnk');
  });
  const { kept } = options;
  const isKept = (stored: StoredAt): boolean => kept?.has(keptName(stored)) === true;
  return tree.finish(storedReader(options), problems.all(), isKept);
}

function storedReader({
  layers = [],
  signal = new AbortController().signal,
  kept,
}: MergeOptions): ReadStored {
  return async (all, limit, visit) => {
    const files: (typeof all)[number][] = [];
    for (const file of all) {
      const bytes = await kept?.read(keptName(file.stored));
      if (bytes === undefined) files.push(file);
      else {
        tooLarge(file.path, bytes.length, limit);
        await visit(file.path, bytes);
      }
    }
    for (const [index, layer] of layers.entries()) {
      const wanted = Map.groupBy(
        files.filter(({ stored }) => stored.layer === index),
        ({ stored }) => stored.path,
      );
      if (wanted.size === 0) continue;
      // The last entry of a name counts, so the layer is read to its end.
      for await (const entry of layer.entries({ signal })) {
        const names = wanted.get(entry.node.path);
        if (names === undefined || entry.node.type !== 'file' || entry.whiteout !== undefined)
          continue;
        if (entry.hardLinkTo !== undefined) continue;
        tooLarge(entry.node.path, entry.node.size, limit);
        const bytes = await entry.read(limit);
        for (const { path } of names) await visit(path, bytes);
      }
    }
  };
}

/** Throws PL0107 for a file that is longer than what the caller can take. */
export function tooLarge(path: string, size: number, limit: number): void {
  if (size <= limit) return;
  throw new PlimsollError('PL0107', `the file has ${size} bytes, more than the ${limit} allowed`, {
    at: { path },
  });
}
