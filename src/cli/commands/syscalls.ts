import { type Command, Option } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { nearestNames } from '../../lib/nearest.ts';
import { compareReports } from '../../needs/code/compare-reports.ts';
import { seccompProfile } from '../../needs/code/seccomp-profile.ts';
import type { SyscallsReport } from '../../needs/code/syscall-report.ts';
import { analyseCalls } from '../analyse-calls.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { pageOf } from '../facts-text.ts';
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
      await analyseCalls(before, options, context),
      await analyseCalls(after, options, context),
    );
    if (options.format === 'json') write(difference);
    else stdout.write(differenceText(difference, pageOf(stdout)));
    return;
  }
  if (reference === undefined)
    throw new PlimsollError('PL0001', 'a target is missing', { help: 'plimsoll syscalls TARGET' });
  const report = await analyseCalls(reference, options, context);
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
