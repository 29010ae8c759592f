// plimsoll matrix TARGET… --host H…: the grid of targets and hosts.
import type { Command } from 'commander';
import type { CheckResult } from '../../check/finding.ts';
import { formatDiagnostic } from '../../diag/format-diagnostic.ts';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { addCheckOptions, type CheckOptions } from '../check-options.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';

async function run(targets: readonly string[], options: CheckOptions, context: Context) {
  // Loaded when it is run: help and completion need only the options above.
  const { checkExitCode, prepareCheck, runCheck } = await import('../run-check.ts');
  const { writeReport } = await import('../write-report.ts');
  const setup = await prepareCheck(options, context);
  const results: CheckResult[] = [];
  let unread: PlimsollError | undefined;
  for (const target of new Set(targets)) {
    try {
      results.push((await runCheck(target, setup, context)).result);
    } catch (error) {
      // One damaged image does not cost the others their answer.
      if (!(error instanceof PlimsollError) || context.signal.aborted) throw error;
      context.progress.clear();
      if (unread !== undefined)
        context.stderr.write(formatDiagnostic(unread.diagnostic, context.stderr.style));
      unread = error;
    }
  }
  if (results.length > 0) {
    await writeReport({ results, matrix: true }, context, {
      format: options.format,
      output: options.output,
      all: options.all === true || context.verbosity === 'verbose',
    });
  }
  context.setExitCode(checkExitCode(results, options.failOn));
  if (unread !== undefined) throw unread;
}

/** Adds `plimsoll matrix` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('matrix')
    .description('Shows the verdicts of several targets on several hosts as a grid.')
    .argument('<target...>', 'targets, as plimsoll check takes them');
  addCheckOptions(command).action((targets: readonly string[], options: CheckOptions) =>
    run(targets, options, context),
  );
  addExamples(command, [
    {
      line: 'plimsoll matrix ./rootfs image.tar --host rhel:7.9 --host debian:12',
      says: 'two targets on two hosts',
    },
    {
      line: 'plimsoll matrix *.tar --host debian:11 --host debian:12 -o matrix.html',
      says: 'all archives of a folder, as a page',
    },
  ]);
}
