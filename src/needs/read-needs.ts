// From an opened target to its needs: scan every layer (or take its facts from the cache), merge the layers into one
// tree, assemble the user space, derive the needs.
import { openDirectoryTree } from '../image/directory-tree.ts';
import type { ImageTarget, Target } from '../image/image.ts';
import { indexLayers, mergeLayers } from '../image/merge.ts';
import type { PayloadTree } from '../image/payload-tree.ts';
import { assembleUserSpace } from './assemble.ts';
import type { AnalysisCache } from './cache.ts';
import { deriveNeeds } from './derive/derive-needs.ts';
import { makeNeeds } from './make-needs.ts';
import type { Needs } from './need.ts';
import type { FileFacts } from './scan/file-facts.ts';
import { inspection } from './scan/inspect-file.ts';
import { singleFileTree } from './single-file-tree.ts';
import type { UserSpace } from './user-space.ts';

/** How a target is read. */
export interface ReadNeedsOptions {
  readonly signal: AbortSignal;
  /** Facts of layers and files that were read before (src/needs/cache.ts). */
  readonly cache?: AnalysisCache;
  /** Told now and then: bytes (of an image) or files (of a directory) read so far, and in all as far as known. */
  readonly progress?: (state: {
    readonly done: number;
    readonly total?: number;
    readonly what: string;
  }) => void;
}

/**
 * Everything that the target asks of a host.
 * @throws PlimsollError what reading a layer throws: PL0002, PL0105, PL0107, PL0202, PL0203
 */
export async function readNeeds(target: Target, options: ReadNeedsOptions): Promise<Needs> {
  const userSpace = await readUserSpace(target, options);
  return makeNeeds(userSpace, deriveNeeds(userSpace));
}

async function readUserSpace(target: Target, options: ReadNeedsOptions): Promise<UserSpace> {
  const { kind, reference } = target;
  if (kind === 'directory') {
    const tree = await readDirectory(target.root, options);
    return assembleUserSpace(tree, { target: { kind, reference, layers: [] }, problems: [] });
  }
  if (kind === 'elf') {
    const tree = await singleFileTree(target.path, target.bytes, inspection());
    return assembleUserSpace(tree, { target: { kind, reference, layers: [] }, problems: [] });
  }
  const { digest, config, layers, problems } = target;
  return assembleUserSpace(await readImage(target, options), {
    target: {
      kind,
      reference,
      ...(digest === undefined ? {} : { digest }),
      platform: config.platform,
      layers: layers.map(({ label }) => label),
    },
    config,
    problems,
  });
}

async function readDirectory(
  root: string,
  { signal, progress }: ReadNeedsOptions,
): Promise<PayloadTree<FileFacts>> {
  return openDirectoryTree(root, {
    signal,
    inspect: inspection(),
    onProgress: (done) => progress?.({ done, what: 'files' }),
  });
}

async function readImage(
  { layers }: ImageTarget,
  { signal, progress }: ReadNeedsOptions,
): Promise<PayloadTree<FileFacts>> {
  const total = layers.reduce((sum, { blob }) => sum + (blob?.size ?? 0), 0);
  const indexes = await indexLayers(layers, {
    signal,
    inspect: inspection(),
    onProgress: (done) => progress?.({ done, ...(total > 0 ? { total } : {}), what: 'bytes' }),
  });
  return mergeLayers(indexes, { layers, signal });
}
