// plimsoll syscalls TARGET: which system calls can its programs make?
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { shellCommands } from '../../formats/shell-lexer.ts';
import type { Target } from '../../image/image.ts';
import { parsePlatform } from '../../image/platform.ts';
import { nearestNames } from '../../lib/nearest.ts';
import { type AnalysisCache, openCache } from '../../needs/cache.ts';
import { type CodeOptions, linkPrograms } from '../../needs/code/analyse-target.ts';
import { codeReport } from '../../needs/code/code-report.ts';
import { compareReports } from '../../needs/code/compare-reports.ts';
import { liveFiles } from '../../needs/code/program/live-files.ts';
import { seccompProfile } from '../../needs/code/seccomp-profile.ts';
import { type SyscallsReport, syscallsReport } from '../../needs/code/syscall-report.ts';
import type { Needs } from '../../needs/need.ts';
import { readNeeds } from '../../needs/read-needs.ts';
import { KeptFactsLost } from '../../needs/snapshot.ts';
import { type CodeReading, codeReading } from '../code-reading.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { pageOf } from '../facts-text.ts';
import { openImage } from '../open-image.ts';
import { addRegistryOptions, type RegistryChoice } from '../open-registry.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';
import { differenceText, syscallsText, whyText } from '../syscalls-text.ts';

interface SyscallsOptions extends RegistryChoice, StoreOption {
  readonly why?: string;
  readonly diff?: readonly string[];
  readonly entrypoint?: string;
  readonly platform?: string;
  readonly format: 'table' | 'json' | 'seccomp';
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

async function analyse(
  reference: string,
  given: SyscallsOptions,
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

function explained(report: SyscallsReport, name: string, context: Context): string {
  const calls = report.syscalls.filter(
    (call) => call.name === name || String(call.number) === name,
  );
  if (calls.length > 0)
    return calls.map((call) => whyText(call, pageOf(context.stdout))).join('\n');
  const near = nearestNames(
    name,
    report.syscalls.map((call) => call.name),
  );
  throw new PlimsollError(
    'PL0401',
    `${name} is not among the ${report.syscalls.length} calls that can be reached`,
    {
      help:
        report.unresolved.length > 0
          ? `${report.unresolved.length} steps are not solved: plimsoll syscalls ${report.target} lists them`
          : near.length > 0
            ? `did you mean ${near.join(' or ')}?`
            : 'plimsoll syscalls without --why lists them',
    },
  );
}

/** The two targets to compare: both after --diff, or the second of them. */
function comparedOf(
  reference: string | undefined,
  diff: readonly string[] | undefined,
): readonly [string, string] | undefined {
  if (diff === undefined) return undefined;
  const [before, after, ...more] = reference === undefined ? diff : [reference, ...diff];
  if (before !== undefined && after !== undefined && more.length === 0) return [before, after];
  throw new PlimsollError('PL0001', 'two targets are compared, no more and no fewer', {
    help: 'plimsoll syscalls --diff OLD NEW',
  });
}

async function run(
  reference: string | undefined,
  options: SyscallsOptions,
  context: Context,
): Promise<void> {
  const { stdout } = context;
  const write = (value: unknown): void =>
    stdout.writeData(`${JSON.stringify(value, undefined, 2)}\n`);
  const compared = comparedOf(reference, options.diff);
  if (compared !== undefined) {
    const [before, after] = compared;
    const difference = compareReports(
      await analyse(before, options, context),
      await analyse(after, options, context),
    );
    if (options.format === 'json') write(difference);
    else stdout.write(differenceText(difference, pageOf(stdout)));
    return;
  }
  if (reference === undefined)
    throw new PlimsollError('PL0001', 'a target is missing', { help: 'plimsoll syscalls TARGET' });
  const report = await analyse(reference, options, context);
  if (options.why !== undefined) stdout.write(explained(report, options.why, context));
  else if (options.format === 'json') write(report);
  else if (options.format === 'seccomp') {
    write(seccompProfile(report));
    const open = report.unresolved.length;
    if (open > 0 && context.verbosity !== 'quiet') {
      context.progress.clear();
      context.stderr.write(
        `note: ${open} steps are not solved, so that the profile may refuse what a program needs; 'plimsoll syscalls ${reference}' lists them\n`,
      );
    }
  } else stdout.write(syscallsText(report, pageOf(stdout), context.verbosity === 'verbose'));
}

/** Adds `plimsoll syscalls` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('syscalls')
    .description(
      'Tells which system calls the programs of a target can make, from their code alone (x86-64, AArch64).\n' +
        'What could not be solved is named, never guessed.',
    )
    .argument(
      '[target]',
      'an ELF file, a directory, an OCI layout or archive, a docker archive, an image of the store or of a registry',
    )
    .option('--why <call>', 'show the chain of functions that leads to a call')
    .option(
      '--diff <targets...>',
      'show what changed between two targets: calls, how programs cope, paths',
    )
    .option(
      '--entrypoint <command>',
      "what starts in the place of the image's entrypoint and command, in one word for the shell",
    )
    .option('--platform <os/arch>', 'what to take from an image for several platforms: linux/arm64')
    .option('--no-cache', 'read and analyse everything again, and keep nothing')
    .addOption(
      new Option('-f, --format <format>', 'how to show it')
        .choices(['table', 'json', 'seccomp'])
        .default('table'),
    )
    .action((reference: string | undefined, options: SyscallsOptions) =>
      run(reference, options, context),
    );
  addRegistryOptions(addStoreOption(command));
  addExamples(command, [
    {
      line: 'plimsoll syscalls /usr/sbin/nginx',
      says: 'a program with its libraries, where it is installed',
    },
    { line: 'plimsoll syscalls oci:./layout --why statx', says: 'the chain from the entrypoint' },
    {
      line: 'plimsoll syscalls --diff oci:./layout:1.0 oci:./layout:1.1',
      says: 'what a new version of an image calls that the old one did not',
    },
    {
      line: 'plimsoll syscalls ./rootfs --entrypoint nginx --format seccomp',
      says: 'a seccomp profile of what was found',
    },
  ]);
}
