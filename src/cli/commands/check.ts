// plimsoll check TARGET --host H…: will this user space run on those hosts?
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { addCheckOptions, type CheckOptions } from '../check-options.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';

interface CheckCommandOptions extends CheckOptions {
  readonly prove?: boolean;
  readonly timeout: string;
}

async function run(targets: readonly string[], options: CheckCommandOptions, context: Context) {
  const [target = '', ...more] = targets;
  if (more.length > 0 && options.prove !== true) {
    throw new PlimsollError('PL0001', `check takes one target, got ${targets.length}`, {
      help: `for several: plimsoll matrix ${targets.join(' ')}`,
    });
  }
  if (target === '') {
    throw new PlimsollError('PL0001', 'the target is empty', {
      help: 'is a variable of your script not set?',
    });
  }
  if (target === '-' && options.host?.includes('-')) {
    throw new PlimsollError('PL0001', 'target and host cannot both come from standard input', {
      help: 'write one of them to a file first',
    });
  }
  // Loaded when it is run: help and completion need only the options above.
  const { checkExitCode, prepareCheck, runCheck } = await import('../run-check.ts');
  const { writeReport } = await import('../write-report.ts');
  const setup = await prepareCheck(options, context);
  const { result, analysis } =
    options.prove === true
      ? await import('../prove-check.ts').then(({ provedCheck }) =>
          provedCheck({ image: target, command: more, setup, timeout: options.timeout }, context),
        )
      : await runCheck(target, setup, context);
  await writeReport({ results: [result], matrix: false, analysis }, context, {
    format: options.format,
    output: options.output,
    all: options.all === true || context.verbosity === 'verbose',
  });
  context.setExitCode(checkExitCode([result], options.failOn));
}

/** Adds `plimsoll check` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('check')
    .description(
      'Tells whether a user space works on hosts: what breaks, why, and what fixes it.\n' +
        'Nothing is started, but with --prove: the verdict comes from the files alone.',
    )
    .argument(
      '<target...>',
      'a directory, an ELF file, an image of the store or of a registry (redis:8, docker://NAME), an OCI layout (oci:DIR[:TAG]), an OCI or docker archive, a root file system as tar (tar:FILE), or - for standard input',
    );
  addCheckOptions(command)
    .option(
      '--prove',
      'run the command after -- here, and with each host in front of it: what was predicted is shown, refuted or not reached',
    )
    .option(
      '--timeout <seconds>',
      'with --prove: what still runs by then is taken for a service',
      '10',
    )
    .action((targets: readonly string[], options: CheckCommandOptions) =>
      run(targets, options, context),
    );
  addExamples(command, [
    {
      line: 'plimsoll check redis:8 --host rhel:7.9 --prove -- redis-server --version',
      says: 'predicted, then shown or refuted by runs',
    },
    {
      line: 'plimsoll check ./rootfs --host rhel:7.9 --host debian:12 --host gvisor',
      says: 'a root file system on three hosts',
    },
    {
      line: 'plimsoll check /bin/sh --host rhel:7.9+docker:1.13',
      says: 'one program in a container of an old engine',
    },
    {
      line: 'plimsoll check redis:8 --host rhel:7.9',
      says: 'an image of the store, or straight from its registry',
    },
    {
      line: 'docker save redis:8 | plimsoll check - --host ./prod-host.json --format json',
      says: 'an image from standard input, for a program to read',
    },
    {
      line: 'docker export redis | plimsoll check - --host rhel:8.10',
      says: 'the root file system of a container',
    },
    {
      line: 'plimsoll check image.tar --host debian:12 --fail-on degraded -o report.html',
      says: 'in continuous integration: a page to keep, strict exit code',
    },
  ]);
}
