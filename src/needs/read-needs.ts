// From an opened target to its needs: scan every layer (or take its facts from the cache), merge the layers into one
// tree, assemble the user space, derive the needs.
import type { FileNode } from '../image/file-tree.ts';
import type { LayeredTarget, Target } from '../image/image.ts';
import type { KeptFiles } from '../image/kept-files.ts';
import type { PayloadTree } from '../image/payload-tree.ts';
import type { Limits } from '../lib/limits.ts';
import { assembleUserSpace, type TargetFacts } from './assemble.ts';
import type { AnalysisCache } from './cache.ts';
import { deriveNeeds } from './derive/derive-needs.ts';
import { makeNeeds } from './make-needs.ts';
import type { Needs } from './need.ts';
import { keepDirectoryNeeds, keptDirectoryNeeds, readDirectory } from './read-directory.ts';
import { keepNeeds, keptNeeds, readImage } from './read-image.ts';
import type { FileFacts } from './scan/file-facts.ts';
import { inspection } from './scan/inspect-file.ts';
import { singleFileTree } from './single-file-tree.ts';

/** How a target is read. */
export interface ReadNeedsOptions {
  readonly signal: AbortSignal;
  /** Facts of layers and files that were read before (src/needs/cache.ts); open as long as the needs are looked at. */
  readonly cache?: AnalysisCache;
  /** Whether needs of the whole target that are kept count as none: a part of them was lost (KeptFactsLost). */
  readonly asIfNew?: boolean;
  /** Takes the programs and libraries of an image's layers while they pass, for whoever reads their code afterwards. */
  readonly kept?: KeptFiles;
  /** Told of each entry of an image's layers as it passes, after it was kept. */
  readonly onEntry?: (node: FileNode, facts: FileFacts | undefined) => void;
  /** Those with which the target was opened. */
  readonly limits?: Partial<Limits>;
  /** Told when the needs of an unchanged target came from the cache as a whole. */
  readonly onKept?: () => void;
  /** Told now and then: bytes (of an image) or files (of a directory) read so far, and in all as far as known. */
  readonly progress?: (state: {
    readonly done: number;
    readonly total?: number;
    readonly what: 'bytes' | 'files';
  }) => void;
}

/**
 * Everything that the target asks of a host. With a cache, looking at the needs may throw KeptFactsLost.
 * @throws PlimsollError what reading a layer throws: PL0002, PL0105, PL0107, PL0202, PL0203
 */
export async function readNeeds(target: Target, options: ReadNeedsOptions): Promise<Needs> {
  const { kind, reference } = target;
  if (kind === 'directory') {
    const { root } = target;
    const facts = { target: { kind, reference, layers: [] }, problems: [] };
    const kept =
      options.asIfNew === true ? undefined : await keptDirectoryNeeds(root, facts.target, options);
    if (kept !== undefined) {
      options.onKept?.();
      return kept;
    }
    const tree = await readDirectory(root, options);
    const needs = needsOf(tree, facts);
    return options.cache === undefined
      ? needs
      : keepDirectoryNeeds(root, tree.digest, needs, options.cache);
  }
  if (kind === 'elf') {
    const tree = await singleFileTree(target.path, target.bytes, inspection());
    return needsOf(tree, { target: { kind, reference, layers: [] }, problems: [] });
  }
  return readLayeredNeeds(target, options);
}

function needsOf(tree: PayloadTree<FileFacts>, facts: TargetFacts): Needs {
  const userSpace = assembleUserSpace(tree, facts);
  return makeNeeds(userSpace, deriveNeeds(userSpace));
}

/** What is known of a target before its layers are read; a root file system has no layers to speak of. */
function factsOf(image: LayeredTarget): TargetFacts {
  const { kind, reference, problems } = image;
  if (kind === 'root-archive') return { target: { kind, reference, layers: [] }, problems };
  const { digest, config, layers } = image;
  const target = {
    kind,
    reference,
    ...(digest === undefined ? {} : { digest }),
    platform: config.platform,
    layers: layers.map(({ label }) => label),
  };
  return { target, config, problems };
}

async function readLayeredNeeds(image: LayeredTarget, options: ReadNeedsOptions): Promise<Needs> {
  const facts = factsOf(image);
  const kept = options.asIfNew === true ? undefined : keptNeeds(image, facts, options);
  if (kept !== undefined) {
    options.onKept?.();
    return kept;
  }
  const needs = needsOf(await readImage(image, options), facts);
  return options.cache === undefined ? needs : keepNeeds(image, needs, options.cache);
}
