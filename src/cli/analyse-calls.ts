// The static analysis of a target's system calls, from what was named to the report: `syscalls` and `profile` ask for it.
import { resolve } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { shellCommands } from '../formats/shell-lexer.ts';
import type { Target } from '../image/image.ts';
import { parsePlatform } from '../image/platform.ts';
import { type AnalysisCache, openCache } from '../needs/cache.ts';
import { type CodeOptions, linkPrograms } from '../needs/code/analyse-target.ts';
import { codeReport } from '../needs/code/code-report.ts';
import { liveFiles } from '../needs/code/program/live-files.ts';
import { type SyscallsReport, syscallsReport } from '../needs/code/syscall-report.ts';
import type { Needs } from '../needs/need.ts';
import { readNeeds } from '../needs/read-needs.ts';
import { KeptFactsLost } from '../needs/snapshot.ts';
import { type CodeReading, codeReading } from './code-reading.ts';
import type { Context } from './context.ts';
import { openImage } from './open-image.ts';
import type { RegistryChoice } from './open-registry.ts';
import type { StoreOption } from './store-option.ts';

/** How a target is found and analysed. */
export interface AnalysisOptions extends RegistryChoice, StoreOption {
  /** Started instead of what the target says: a command line. */
  readonly entrypoint?: string;
  readonly platform?: string;
  /** What was kept of it may be used, and more is kept. */
  readonly cache: boolean;
}

const notAProgram = (reference: string): PlimsollError =>
  new PlimsollError(
    'PL0102',
    `${reference} starts no x86-64 or AArch64 program that could be analysed`,
    {
      at: { target: reference },
      help: 'give an ELF file for x86-64 or AArch64, or an image or root file system whose entrypoint is one',
    },
  );

/**
 * The calls that the programs of a target can make.
 * @throws PlimsollError PL0102 where it starts nothing that could be analysed; as openImage
 */
export async function analyseCalls(
  reference: string,
  given: AnalysisOptions,
  context: Context,
): Promise<SyscallsReport> {
  const { signal, progress, cacheDirectory, user } = context;
  const { entrypoint } = given;
  const platform = given.platform === undefined ? undefined : parsePlatform(given.platform);
  const cache = given.cache
    ? openCache(cacheDirectory, {
        now: () => context.now().getTime(),
        ...(user === undefined ? {} : { user }),
      })
    : undefined;
  const target = await openImage(
    reference,
    {
      ...(platform === undefined ? {} : { platform }),
      registry: given,
      store: given,
      cache,
    },
    context,
  ).catch((error: unknown) => {
    cache?.close();
    throw error;
  });
  const reading = codeReading(target, cache, signal);
  const options = {
    signal,
    ...(cache === undefined ? {} : { cache }),
    workers: reading.workers,
    progress: (what: string) => progress.update(what),
    ...(entrypoint === undefined ? {} : { entrypoint: shellCommands(entrypoint)[0]?.words ?? [] }),
  };
  const attempt = async (asIfNew: boolean): Promise<SyscallsReport> => {
    const report =
      target.kind === 'elf'
        ? await installedProgram(target.path, reference, context, options)
        : await codeReport(await read(target, { cache, reading, asIfNew }, context), options);
    if (report.programs.every(({ files }) => files.length === 0)) throw notAProgram(reference);
    return report;
  };
  try {
    try {
      return await attempt(false);
    } catch (error) {
      // What was kept of the target is damaged: once more from its bytes.
      if (error instanceof KeptFactsLost) return await attempt(true);
      throw error;
    }
  } finally {
    await reading.close();
    if ('close' in target) await target.close();
    cache?.close();
  }
}

/** One ELF file, with the libraries of this machine. */
async function installedProgram(
  path: string,
  reference: string,
  { cwd }: Context,
  options: CodeOptions,
): Promise<SyscallsReport> {
  const view = liveFiles({});
  const program = view.elves.at(resolve(cwd, path));
  if (program === undefined) throw notAProgram(reference);
  const { programs, steps } = await linkPrograms([program], view, options);
  return syscallsReport(reference, programs, steps);
}

interface ReadOptions {
  readonly cache: AnalysisCache | undefined;
  readonly reading: CodeReading;
  readonly asIfNew: boolean;
}

const read = (
  target: Target,
  { cache, reading, asIfNew }: ReadOptions,
  { signal, progress }: Context,
): Promise<Needs> =>
  readNeeds(target, {
    signal,
    ...(cache === undefined ? {} : { cache }),
    ...reading.options,
    asIfNew,
    progress: ({ done, what }) => progress.update(`reading ${what}: ${done}`),
  });
