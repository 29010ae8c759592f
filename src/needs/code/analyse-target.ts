// From what a target starts to its programs with everything that they load, linked.

import type { AnalysisCache } from '../cache.ts';
import { type ElfIndex, elfIndex } from '../elf-index.ts';
import type { Needs } from '../need.ts';
import { startChain } from '../start/start-chain.ts';
import type { ElfFile, StartStep, UserSpace } from '../user-space.ts';
import { filesOfLayers, filesOnDisk, type ProgramBytes } from './program/program-bytes.ts';
import {
  type LinkedProgram,
  linkProgram,
  type ProgramView,
  type StartedBy,
} from './program/program-files.ts';
import { startedPrograms } from './program/started-programs.ts';
import { keepDigests, keptDigests, type SummarySource, summarySource } from './summary-source.ts';
import type { SummaryWorkers } from './summary-workers.ts';
import type { UnresolvedStep } from './syscall-report.ts';

/** How code is analysed. */
export interface CodeOptions {
  readonly signal: AbortSignal;
  /** Where summaries are kept between runs. */
  readonly cache?: AnalysisCache;
  /** Makes the summaries; the caller's to close. */
  readonly workers: SummaryWorkers;
  /** Bytes of files whose code is read at most; what is more is left out, and told. Without: no bound. */
  readonly codeBytes?: number;
  /** Told what goes on: "analysing /usr/bin/x". */
  readonly progress?: (what: string) => void;
}

/** Programs of a target, linked, and steps of its start that no file tells. */
export interface LinkedTarget {
  readonly programs: readonly LinkedProgram[];
  readonly steps: readonly UnresolvedStep[];
}

/** Runs `work` with summaries of these files. */
async function withSummaries<T>(
  files: ProgramBytes,
  { workers, cache, progress, codeBytes }: CodeOptions,
  work: (summaries: SummarySource) => Promise<T>,
): Promise<T> {
  try {
    return await work(
      summarySource({
        files,
        workers,
        ...(cache === undefined ? {} : { cache }),
        ...(codeBytes === undefined ? {} : { codeBytes }),
        onFile: (path) => progress?.(`analysing ${path}`),
      }),
    );
  } finally {
    await files.close();
  }
}

/** Links programs of one view of files. @throws PlimsollError as reading the target does */
export async function linkPrograms(
  programs: readonly ElfFile[],
  view: ProgramView,
  options: CodeOptions,
): Promise<LinkedTarget> {
  return withSummaries(filesOnDisk(view.tree), options, (summaries) =>
    linkAll(programs, view, summaries),
  );
}

/** Programs that are followed, and how many starts one behind the other. */
const maxPrograms = 48;
const maxStarts = 3;

/** Links programs and what they start. */
async function linkAll(
  first: readonly ElfFile[],
  view: ProgramView,
  summaries: SummarySource,
): Promise<LinkedTarget> {
  const programs: LinkedProgram[] = [];
  const steps: UnresolvedStep[] = [];
  const queue: { readonly elf: ElfFile; readonly depth: number; readonly by?: StartedBy }[] =
    first.map((elf) => ({ elf, depth: 0 }));
  const seen = new Set(first);
  let left = 0;
  for (const { elf, depth, by } of queue) {
    const linked = await linkProgram(elf, view, summaries);
    programs.push(by === undefined ? linked : { ...linked, startedBy: by });
    const started = startedPrograms(linked, view);
    for (const detail of started.open) steps.push({ kind: 'start', program: elf.path, detail });
    for (const { elf: next, why } of started.programs) {
      if (seen.has(next)) continue;
      if (queue.length >= maxPrograms || depth >= maxStarts) left++;
      else {
        seen.add(next);
        queue.push({ elf: next, depth: depth + 1, by: { program: elf.path, why } });
      }
    }
  }
  if (left > 0)
    steps.push({
      kind: 'start',
      program: first[0]?.path ?? '',
      detail: `${left} programs that these could start are not followed`,
    });
  return { programs, steps };
}

/** What starts when a command is given in the place of the image's own. */
function chainOf(
  entrypoint: readonly string[],
  userSpace: UserSpace,
  elves: ElfIndex,
): readonly StartStep[] {
  const { tree, texts, scripts, config } = userSpace;
  const { env = {}, workingDirectory = '/' } = config ?? {};
  const byPath = new Map(scripts.map((script) => [script.path, script]));
  return startChain({
    tree,
    elves,
    config: { entrypoint, cmd: [], env, workingDirectory },
    texts,
    text: (path) => userSpace.text(path),
    script: (path) => byPath.get(path),
  });
}

/** Links what a user space starts. @throws PlimsollError as reading the target does */
export async function linkUserSpace(
  { userSpace, derived }: Pick<Needs, 'userSpace' | 'derived'>,
  options: CodeOptions & { readonly entrypoint?: readonly string[] },
): Promise<LinkedTarget> {
  const { tree, config, target } = userSpace;
  const { signal, progress } = options;
  const elves = elfIndex(tree, userSpace.elves);
  const view: ProgramView = {
    tree,
    elves,
    env: config?.env ?? {},
    text: (path) => userSpace.text(path),
  };
  const start =
    options.entrypoint === undefined
      ? userSpace.start
      : chainOf(options.entrypoint, userSpace, elves);
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
  return { programs: linked.programs, steps: [...steps, ...linked.steps] };
}
