// plimsoll syscalls TARGET: which system calls can its programs make?
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Target } from '../../image/image.ts';
import { openTarget } from '../../image/open-target.ts';
import { nearestNames } from '../../lib/nearest.ts';
import { type AnalysisCache, openCache } from '../../needs/cache.ts';
import {
  type CodeOptions,
  type LinkedTarget,
  linkPrograms,
  linkUserSpace,
} from '../../needs/code/analyse-target.ts';
import { liveFiles } from '../../needs/code/live-files.ts';
import {
  type SyscallsReport,
  seccompProfile,
  syscallsReport,
} from '../../needs/code/syscall-report.ts';
import type { Needs } from '../../needs/need.ts';
import { readNeeds } from '../../needs/read-needs.ts';
import { KeptFactsLost } from '../../needs/snapshot.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { pageOf } from '../facts-text.ts';
import { syscallsText, whyText } from '../syscalls-text.ts';

interface SyscallsOptions {
  readonly why?: string;
  readonly format: 'table' | 'json' | 'seccomp';
}

const notAProgram = (reference: string): PlimsollError =>
  new PlimsollError('PL0102', `${reference} starts no x86-64 program that could be analysed`, {
    at: { target: reference },
    help: 'give an ELF file for x86-64, or an image or root file system whose entrypoint is one',
  });

async function analyse(reference: string, context: Context): Promise<SyscallsReport> {
  const { signal, progress, cacheDirectory, user } = context;
  const target = await openTarget(reference, { signal });
  const cache = openCache(cacheDirectory, {
    now: () => context.now().getTime(),
    ...(user === undefined ? {} : { user }),
  });
  const options = {
    signal,
    cache,
    threads: availableParallelism(),
    progress: (what: string) => progress.update(what),
  };
  const attempt = async (asIfNew: boolean): Promise<SyscallsReport> => {
    const { programs, steps } =
      target.kind === 'elf'
        ? await installedProgram(target.path, reference, context, options)
        : await linkUserSpace(await read(target, cache, asIfNew, context), options);
    if (programs.every(({ files }) => files.length === 0)) throw notAProgram(reference);
    return syscallsReport(reference, programs, steps);
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
    if ('close' in target) await target.close();
    cache.close();
  }
}

/** One ELF file, with the libraries of this machine. */
async function installedProgram(
  path: string,
  reference: string,
  { cwd }: Context,
  options: CodeOptions,
): Promise<LinkedTarget> {
  const view = liveFiles({});
  const program = view.elves.at(resolve(cwd, path));
  if (program === undefined) throw notAProgram(reference);
  return linkPrograms([program], view, options);
}

const read = (
  target: Target,
  cache: AnalysisCache,
  asIfNew: boolean,
  { signal, progress }: Context,
): Promise<Needs> =>
  readNeeds(target, {
    signal,
    cache,
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

async function run(reference: string, options: SyscallsOptions, context: Context): Promise<void> {
  const report = await analyse(reference, context);
  const { stdout } = context;
  const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
  if (options.why !== undefined) stdout.write(explained(report, options.why, context));
  else if (options.format === 'json') stdout.write(json(report));
  else if (options.format === 'seccomp') stdout.write(json(seccompProfile(report)));
  else stdout.write(syscallsText(report, pageOf(stdout), context.verbosity === 'verbose'));
}

/** Adds `plimsoll syscalls` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('syscalls')
    .description(
      'Tells which system calls the programs of a target can make, from their code alone (x86-64).\n' +
        'What could not be solved is named, never guessed.',
    )
    .argument('<target>', 'an ELF file, a directory, an OCI layout or archive, a docker archive')
    .option('--why <call>', 'show the chain of functions that leads to a call')
    .addOption(
      new Option('--format <format>', 'how to show it')
        .choices(['table', 'json', 'seccomp'])
        .default('table'),
    )
    .action((reference: string, options: SyscallsOptions) => run(reference, options, context));
  addExamples(command, [
    {
      line: 'plimsoll syscalls /usr/sbin/nginx',
      says: 'a program with its libraries, where it is installed',
    },
    { line: 'plimsoll syscalls oci:./layout --why statx', says: 'the chain from the entrypoint' },
    {
      line: 'plimsoll syscalls ./rootfs --format seccomp',
      says: 'a seccomp profile of what was found',
    },
  ]);
}
