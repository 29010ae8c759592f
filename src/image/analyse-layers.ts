// What each layer of an image did: added, changed, removed; and which bytes are stored for nothing, because a later layer
// stores the file again or removes it. Merging goes by the rules of the image specification, as src/image/merge.ts.
import type { Limits } from '../lib/limits.ts';
import { withLimits } from '../lib/limits.ts';
import type { FileNode } from './file-tree.ts';
import type { LayerIndex } from './merge.ts';
import { TreeBuilder } from './tree-builder.ts';

/** One path that a layer touched. */
export interface LayerChange {
  readonly path: string;
  readonly change: 'added' | 'changed' | 'removed';
  /** As the layer has it; for 'removed' as it was. */
  readonly node: FileNode;
  /** What was there before, for 'changed'. */
  readonly before?: FileNode;
  /** Bytes that the layer stores for it: none for another name of a file. */
  readonly stored: number;
}

/** What one layer did. */
export interface LayerWork {
  readonly index: number;
  /** Bytes of the files that it stores. */
  readonly bytes: number;
  /** By path. */
  readonly changes: readonly LayerChange[];
  /** Bytes of it that later layers store again or remove. */
  readonly wasted: number;
}

/** A path whose bytes are stored for nothing. */
export interface WastedPath {
  readonly path: string;
  /** Bytes stored for nothing, of all its versions. */
  readonly bytes: number;
  /** How often it is stored. */
  readonly versions: number;
  /** The layer that stored it again or removed it last. */
  readonly layer: number;
  /** removed: nobody sees it. content: stored again for other bytes. metadata: for mode, owner or times alone. */
  readonly why: 'removed' | 'content' | 'metadata';
}

/** The same content under several names that are no links, in the finished tree. */
export interface DuplicateFiles {
  readonly paths: readonly string[];
  /** Of each of them. */
  readonly size: number;
}

/** What the layers of an image did. */
export interface LayerAnalysis {
  readonly layers: readonly LayerWork[];
  /** Bytes of the files of all layers. */
  readonly bytes: number;
  /** Most bytes first. */
  readonly wasted: readonly WastedPath[];
  readonly wastedBytes: number;
  /** Part of the stored bytes that somebody can see: 1 where nothing is wasted. */
  readonly efficiency: number;
  /** Most bytes first. */
  readonly duplicates: readonly DuplicateFiles[];
}

/** Files smaller than this are no duplicates that count: one block. */
const duplicateFrom = 4096;

interface Stored {
  readonly layer: number;
  readonly bytes: number;
  readonly digest: string | undefined;
}

interface Loss {
  bytes: number;
  layer: number;
  why: WastedPath['why'];
}

/**
 * Follows the layers from the lowest. The payload of a file is the digest of its content.
 * @throws PlimsollError PL0107
 */
export function analyseLayers(
  indexes: readonly LayerIndex<string>[],
  limits: Partial<Limits> = {},
): LayerAnalysis {
  const tree = new TreeBuilder<string>({ limits: withLimits(limits) });
  /** Which layer stores the bytes of a path; paths that are another name of a file store none. */
  const stored = new Map<string, Stored>();
  const versions = new Map<string, number>();
  const losses = new Map<string, Loss>();
  const wastedOf = indexes.map(() => 0);
  const lose = (path: string, layer: number, why: WastedPath['why']): void => {
    const was = stored.get(path);
    stored.delete(path);
    if (was === undefined || was.bytes === 0) return;
    wastedOf[was.layer] = (wastedOf[was.layer] ?? 0) + was.bytes;
    const loss = losses.get(path) ?? { bytes: 0, layer, why };
    losses.set(path, { bytes: loss.bytes + was.bytes, layer, why });
  };
  const works = indexes.map(({ entries }, layer) => {
    const changes = new Map<string, LayerChange>();
    const gone = (nodes: Iterable<FileNode>): void => {
      for (const node of nodes) {
        changes.set(node.path, { path: node.path, change: 'removed', node, stored: 0 });
        lose(node.path, layer, 'removed');
      }
    };
    for (const { node, whiteout } of entries) {
      if (whiteout === undefined || tree.at(node.path) === undefined) continue;
      const all = [...tree.from(node.path)];
      gone(whiteout === 'opaque' ? all.slice(1) : all);
      if (whiteout === 'opaque') tree.clear(node.path);
      else tree.remove(node.path);
    }
    let bytes = 0;
    for (const { node: given, hardLinkTo, whiteout, payload } of entries) {
      if (whiteout !== undefined) continue;
      const node = given.layer === layer ? given : { ...given, layer };
      const before = tree.at(node.path);
      const removed = changes.get(node.path);
      if (before !== undefined && before.type === 'directory' && node.type !== 'directory')
        gone([...tree.from(node.path)].slice(1));
      if (hardLinkTo !== undefined) {
        if (!tree.link(node, hardLinkTo)) tree.put(node);
      } else tree.put(node, payload);
      const placed = tree.at(node.path) ?? node;
      const old = before ?? (removed?.change === 'removed' ? removed.node : undefined);
      const same = payload !== undefined && stored.get(placed.path)?.digest === payload;
      lose(placed.path, layer, same ? 'metadata' : 'content');
      // Removed and put back by one layer: stored again.
      const loss = losses.get(placed.path);
      if (loss?.layer === layer && loss.why === 'removed') loss.why = 'content';
      const size = hardLinkTo === undefined && node.type === 'file' ? node.size : 0;
      bytes += size;
      stored.set(placed.path, { layer, bytes: size, digest: payload });
      if (size > 0) versions.set(placed.path, (versions.get(placed.path) ?? 0) + 1);
      if (old !== undefined && unchangedDirectory(old, placed) && removed === undefined) continue;
      changes.set(placed.path, {
        path: placed.path,
        change: old === undefined ? 'added' : 'changed',
        node: placed,
        ...(old === undefined ? {} : { before: old }),
        stored: size,
      });
    }
    return { bytes, changes: [...changes.values()].sort((a, b) => (a.path < b.path ? -1 : 1)) };
  });
  const layers = works.map((work, index) => ({ ...work, index, wasted: wastedOf[index] ?? 0 }));
  const bytes = layers.reduce((sum, layer) => sum + layer.bytes, 0);
  const wastedBytes = wastedOf.reduce((sum, one) => sum + one, 0);
  return {
    layers,
    bytes,
    wasted: [...losses]
      .map(([path, loss]) => ({ path, ...loss, versions: versions.get(path) ?? 1 }))
      .sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1)),
    wastedBytes,
    efficiency: bytes === 0 ? 1 : (bytes - wastedBytes) / bytes,
    duplicates: duplicatesIn(stored),
  };
}

/** Layers repeat the directories in which they change something. */
function unchangedDirectory(old: FileNode, node: FileNode): boolean {
  return (
    old.type === 'directory' &&
    node.type === 'directory' &&
    old.mode === node.mode &&
    old.uid === node.uid &&
    old.gid === node.gid
  );
}

function duplicatesIn(stored: ReadonlyMap<string, Stored>): readonly DuplicateFiles[] {
  const files = [...stored].flatMap(([path, { bytes, digest }]) =>
    digest === undefined || bytes < duplicateFrom ? [] : [{ path, bytes, digest }],
  );
  return [...Map.groupBy(files, ({ digest }) => digest).values()]
    .filter((group) => group.length > 1)
    .map((group) => ({ paths: group.map(({ path }) => path).sort(), size: group[0]?.bytes ?? 0 }))
    .sort((a, b) => b.size * (b.paths.length - 1) - a.size * (a.paths.length - 1));
}
