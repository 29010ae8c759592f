// Reads the layers of an image, each once: facts of a layer are kept by its verified digest, needs of the whole image
// by the digests of all its layers and its configuration. Whether the stored bytes of a layer still are what was
// verified is told from the file's identity (Layer.identity), so that an unchanged archive is not hashed again.
import { createHash } from 'node:crypto';
import type { Digest, ImageConfig, Layer, LayeredTarget } from '../image/image.ts';
import { type KeptFiles, keptName } from '../image/kept-files.ts';
import { type IndexedEntry, indexLayers, type LayerIndex, mergeLayers } from '../image/merge.ts';
import type { Inspect, PayloadTree } from '../image/payload-tree.ts';
import type { TargetFacts } from './assemble.ts';
import type { AnalysisCache } from './cache.ts';
import {
  decodeEntries,
  decodeFacts,
  decodeJson,
  encodeEntries,
  encodeFacts,
  encodeJson,
} from './facts-codec.ts';
import analyser from './generated/analyser-version.json' with { type: 'json' };
import type { Needs } from './need.ts';
import type { ReadNeedsOptions } from './read-needs.ts';
import { hasReadableCode } from './readable-code.ts';
import type { FileFacts } from './scan/file-facts.ts';
import { inspection } from './scan/inspect-file.ts';
import { decodeSnapshot, keepSnapshot } from './snapshot.ts';

/** What is kept of a layer beside its entries and facts. */
interface LayerRest {
  readonly problems: LayerIndex<unknown>['problems'];
  readonly bytes: number;
}

const layerKey = (digest: Digest, part: string) => `layer/${analyser.version}/${digest}/${part}`;

/** Reads the image's layers into one tree with their facts. */
export async function readImage(
  { layers }: LayeredTarget,
  { signal, cache, progress, limits, kept, onEntry }: ReadNeedsOptions,
): Promise<PayloadTree<FileFacts>> {
  const total = layers.reduce((sum, { blob }) => sum + (blob?.size ?? 0), 0);
  const known = new Set<Layer>();
  const indexes = await indexLayers(layers, {
    signal,
    inspect: kept === undefined ? inspection() : keeping(kept),
    ...(limits === undefined ? {} : { limits }),
    ...(onEntry === undefined ? {} : { onEntry }),
    onProgress: (done) => progress?.({ done, ...(total > 0 ? { total } : {}), what: 'bytes' }),
    known(layer) {
      const index = cache === undefined ? undefined : keptLayer(layer, cache);
      if (index !== undefined) known.add(layer);
      return index;
    },
  });
  if (cache !== undefined) {
    for (const [at, layer] of layers.entries()) {
      const index = indexes[at];
      if (index !== undefined && !known.has(layer)) keepLayer(layer, index, cache);
    }
  }
  return mergeLayers(indexes, {
    layers,
    signal,
    ...(limits === undefined ? {} : { limits }),
    ...(kept === undefined ? {} : { kept }),
  });
}

/** Looks at files, and keeps the programs and libraries among them whose code can be read. */
function keeping(kept: KeptFiles): Inspect<FileFacts> {
  const inspect = inspection();
  return async (entry) => {
    const facts = await inspect(entry);
    const { layer, path, size } = entry.node;
    if (layer !== undefined && facts?.elf !== undefined && hasReadableCode(facts.elf)) {
      const bytes = await entry.read(size);
      if (bytes.length === size) await kept.keep(keptName({ layer, path }), bytes);
    }
    return facts;
  };
}

/**
 * The digest that identifies a layer's content once it was verified: of the uncompressed tar, which is the same however
 * the layer is compressed and wherever it is kept, else of the blob. A layer for which none is declared (a plain root file system, the oldest docker archives) goes by the identity of its file,
 * as files of a directory do.
 */
function declaredDigest({ blob, diffId, identity }: Layer): Digest | undefined {
  const declared = diffId ?? blob?.digest;
  if (declared !== undefined || identity === undefined) return declared;
  return `sha256:${createHash('sha256').update(`file ${identity}`).digest('hex')}`;
}

/** The digest that was verified for the bytes as they are now; undefined when they were never read, or may have changed. */
function verifiedDigest(layer: Layer, cache: AnalysisCache): Digest | undefined {
  // What is asked for by its digest cannot have changed: facts that are kept are of these bytes.
  if (layer.identity !== undefined && layer.identity === layer.blob?.digest)
    return declaredDigest(layer);
  const digest = layer.identity === undefined ? undefined : cache.verified(layer.identity);
  return digest !== undefined && digest === declaredDigest(layer) ? digest : undefined;
}

function keptLayer(layer: Layer, cache: AnalysisCache): LayerIndex<FileFacts> | undefined {
  const digest = verifiedDigest(layer, cache);
  if (digest === undefined) return undefined;
  const bare = keptEntries(digest, layer.index, cache);
  const facts = decodeFacts(cache.get(layerKey(digest, 'facts')));
  if (bare === undefined || facts === undefined) return undefined;
  const entries = bare.entries.map((entry, at): IndexedEntry<FileFacts> => {
    const payload = facts.get(at);
    return payload === undefined ? entry : { ...entry, payload };
  });
  return { ...bare, entries };
}

function keptEntries(
  digest: Digest,
  index: number,
  cache: AnalysisCache,
): LayerIndex<never> | undefined {
  const rest = decodeJson<LayerRest>(cache.get(layerKey(digest, 'rest')));
  const entries = decodeEntries(cache.get(layerKey(digest, 'entries')), index);
  return rest === undefined || entries === undefined ? undefined : { ...rest, entries };
}

/** Keeps what was read of a layer: its stream has ended, so that its digest was verified. */
function keepLayer(
  layer: Layer,
  { entries, problems, bytes }: LayerIndex<FileFacts>,
  cache: AnalysisCache,
): void {
  const digest = declaredDigest(layer);
  if (digest === undefined) return;
  const facts = entries.flatMap(({ payload }, at) =>
    payload === undefined ? [] : [[at, payload] as const],
  );
  // One after the other: together they would take as much memory as the layer's facts once more.
  cache.put([[layerKey(digest, 'entries'), encodeEntries(entries)]]);
  cache.put([[layerKey(digest, 'facts'), encodeFacts(facts)]]);
  cache.put([[layerKey(digest, 'rest'), encodeJson({ problems, bytes } satisfies LayerRest)]]);
  if (layer.identity !== undefined) cache.rememberVerified(layer.identity, digest);
}

/** Key of the image's snapshot; undefined while some layer is not verified. */
function snapshotKey(
  { layers, kind }: LayeredTarget,
  config: ImageConfig | undefined,
  cache: AnalysisCache,
): string | undefined {
  const hash = createHash('sha256').update(JSON.stringify([kind, config]));
  for (const layer of layers) {
    const digest = verifiedDigest(layer, cache);
    if (digest === undefined) return undefined;
    hash.update(`\0${digest} ${layer.label}`);
  }
  return `image/${analyser.version}/${hash.digest('hex')}`;
}

/** The needs of an image that was read before and has not changed. */
export function keptNeeds(
  image: LayeredTarget,
  { target, config }: TargetFacts,
  options: ReadNeedsOptions,
): Needs | undefined {
  const { cache } = options;
  const key = cache === undefined ? undefined : snapshotKey(image, config, cache);
  if (cache === undefined || key === undefined) return undefined;
  return decodeSnapshot(key, {
    cache,
    target,
    ...(config === undefined ? {} : { config }),
    // Through the kept layers; what is no longer kept is read again.
    read: async (path, limit) => (await readImage(image, options)).read(path, limit),
    readEach: async (paths, limit, visit) =>
      (await readImage(image, options)).readEach(paths, limit, visit),
  });
}

/** Keeps the needs of an image that was just read; gives them with what is kept beside them. */
export function keepNeeds(image: LayeredTarget, needs: Needs, cache: AnalysisCache): Needs {
  const key = snapshotKey(image, needs.userSpace.config, cache);
  return key === undefined ? needs : keepSnapshot(key, needs, cache);
}
