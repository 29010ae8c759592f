// Begins with the code of what an image starts while its layers still pass: threads work on it beside the inflating. Which
// files that are is a guess from names (the words of the image's command, links, what programs need), so that nothing
// depends on it: what was guessed at well is found in the cache or under way when the program is linked.
import { createHash } from 'node:crypto';
import type { FileNode } from '../../image/file-tree.ts';
import type { ImageConfig } from '../../image/image.ts';
import { type KeptFiles, keptName } from '../../image/kept-files.ts';
import { baseName } from '../../lib/path.ts';
import type { AnalysisCache } from '../cache.ts';
import { hasReadableCode } from '../readable-code.ts';
import type { FileFacts } from '../scan/file-facts.ts';
import { keepSummary, keptSummary } from './summary-source.ts';
import type { SummaryWorkers } from './summary-workers.ts';

export interface EarlySummariesOptions {
  /** What the image starts. */
  readonly config: Pick<ImageConfig, 'entrypoint' | 'cmd'>;
  readonly workers: SummaryWorkers;
  /** Where the programs of layers are kept while they pass. */
  readonly kept: KeptFiles;
  readonly cache?: AnalysisCache;
}

interface Program {
  readonly node: FileNode;
  /** Names of what it needs: libraries, its loader. */
  readonly needs: readonly string[];
}

/** Told of each entry of a layer as it passes, files with what was seen in them. */
export type OnEntry = (node: FileNode, facts: FileFacts | undefined) => void;

/** Starts summaries of files that the image most likely runs. */
export function earlySummaries({ config, workers, kept, cache }: EarlySummariesOptions): OnEntry {
  const wanted = new Set<string>();
  const links = new Map<string, string>();
  const programs = new Map<string, Program>();
  const want = (name: string): void => {
    if (wanted.has(name)) return;
    wanted.add(name);
    const target = links.get(name);
    if (target !== undefined) want(target);
    const program = programs.get(name);
    if (program !== undefined) begin(program);
  };
  const begin = ({ node, needs }: Program): void => {
    for (const name of needs) want(name);
    // A failure is told to whoever asks for this file when it is linked.
    summarise(node).catch(() => undefined);
  };
  const summarise = async ({ path, layer, size }: FileNode): Promise<void> => {
    if (layer === undefined) return;
    const read = () => kept.read(keptName({ layer, path }));
    const bytes = await read();
    if (bytes === undefined) return;
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (keptSummary(cache, digest) !== undefined) return;
    keepSummary(cache, digest, await workers.summarise(read, { digest, size }));
  };
  for (const word of [...config.entrypoint, ...config.cmd])
    if (!word.startsWith('-')) want(baseName(word));
  return (node, facts) => {
    const name = baseName(node.path);
    if (node.linkTarget !== undefined) {
      const target = baseName(node.linkTarget);
      links.set(name, target);
      if (wanted.has(name)) want(target);
      return;
    }
    const shell = facts?.script?.interpreter;
    if (shell !== undefined && wanted.has(name)) want(baseName(shell));
    const elf = facts?.elf;
    if (elf === undefined || !hasReadableCode(elf)) return;
    const { needed, interpreter, soname } = elf;
    const program = {
      node,
      needs: (interpreter === undefined ? needed : [...needed, interpreter]).map(baseName),
    };
    for (const each of new Set([name, soname ?? name])) {
      programs.set(each, program);
      if (wanted.has(each)) begin(program);
    }
  };
}
