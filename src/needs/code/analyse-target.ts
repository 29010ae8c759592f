// From what a target starts to its programs with everything that they load, linked.

import type { AnalysisCache } from '../cache.ts';
import { elfIndex } from '../elf-index.ts';
import type { Needs } from '../need.ts';
import type { ElfFile } from '../user-space.ts';
import { filesOfLayers, filesOnDisk, type ProgramBytes } from './program-bytes.ts';
import { type LinkedProgram, linkProgram, type ProgramView } from './program-files.ts';
import { keepDigests, keptDigests, type SummarySource, summarySource } from './summary-source.ts';
import { summaryWorkers } from './summary-workers.ts';
import type { UnresolvedStep } from './syscall-report.ts';

/** How code is analysed. */
export interface CodeOptions {
  readonly signal: AbortSignal;
  /** Where summaries are kept between runs. */
  readonly cache?: AnalysisCache;
  /** Files that are analysed at a time. */
  readonly threads: number;
  /** Told what goes on: "analysing /usr/bin/x". */
  readonly progress?: (what: string) => void;
}

/** Programs of a target, linked, and steps of its start that no file tells. */
export interface LinkedTarget {
  readonly programs: readonly LinkedProgram[];
  readonly steps: readonly UnresolvedStep[];
}

/** Runs `work` with summaries of these files, and ends the threads. */
async function withSummaries<T>(
  files: ProgramBytes,
  { signal, cache, threads, progress }: CodeOptions,
  work: (summaries: SummarySource) => Promise<T>,
): Promise<T> {
  const workers = summaryWorkers({ threads, signal });
  try {
    return await work(
      summarySource({
        files,
        workers,
        ...(cache === undefined ? {} : { cache }),
        onFile: (path) => progress?.(`analysing ${path}`),
      }),
    );
  } finally {
    await workers.close();
    await files.close();
  }
}

/** Links programs of one view of files. @throws PlimsollError as reading the target does */
export async function linkPrograms(
  programs: readonly ElfFile[],
  view: ProgramView,
  options: CodeOptions,
): Promise<readonly LinkedProgram[]> {
  return withSummaries(filesOnDisk(view.tree), options, (summaries) =>
    linkAll(programs, view, summaries),
  );
}

async function linkAll(
  programs: readonly ElfFile[],
  view: ProgramView,
  summaries: SummarySource,
): Promise<readonly LinkedProgram[]> {
  const linked: LinkedProgram[] = [];
  for (const program of programs) linked.push(await linkProgram(program, view, summaries));
  return linked;
}

/** Links what a user space starts. @throws PlimsollError as reading the target does */
export async function linkUserSpace(
  { userSpace, derived }: Pick<Needs, 'userSpace' | 'derived'>,
  options: CodeOptions,
): Promise<LinkedTarget> {
  const { tree, config, start, target } = userSpace;
  const { signal, progress } = options;
  const elves = elfIndex(tree, userSpace.elves);
  const view: ProgramView = {
    tree,
    elves,
    env: config?.env ?? {},
    text: (path) => userSpace.text(path),
  };
  const digests = keptDigests(derived);
  const files =
    target.kind === 'directory'
      ? filesOnDisk(tree)
      : filesOfLayers(tree, {
          paths: userSpace.elves.map(({ path }) => path),
          signal,
          digests,
          onFile: (_path, count) => progress?.(`reading programs: ${count}`),
        });
  const programs = new Set(
    start.flatMap(({ path }) => (path === undefined ? [] : (elves.at(path) ?? []))),
  );
  const steps = start.flatMap(({ kind, argv }): UnresolvedStep[] =>
    kind === 'elf' || kind === 'script'
      ? []
      : [
          {
            kind: 'start',
            program: argv[0] ?? '',
            detail: `what '${argv.join(' ')}' goes on to start is not known (${kind})`,
          },
        ],
  );
  const linked = await withSummaries(files, options, (summaries) =>
    linkAll([...programs], view, summaries),
  );
  keepDigests(derived, files, digests.length);
  return { programs: linked, steps };
}
