// plimsoll wait: waits until containers have ended and prints their exit codes.
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { waitForExit } from '../../engine/wait-for-exit.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { addWhichOptions, namedContainers, type WhichOptions } from '../named-containers.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface WaitOptions extends StoreOption, WhichOptions {
  readonly ignore?: boolean;
}

/** Adds `plimsoll wait` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('wait')
    .description('Waits until containers have ended, and prints their exit codes.')
    .argument('[container...]', 'names or ids')
    .option('-i, --interval <time>', 'taken and not needed: the end is noticed as it comes')
    .option('--ignore', 'pass over what is not there: -1 is its exit code');
  addStoreOption(addWhichOptions(command));
  addExamples(command, [{ line: 'plimsoll wait job', says: '0 when it went well' }]);
  command.action((given: readonly string[], options: WaitOptions) =>
    withEngine(options, context, async (engine) => {
      for (const name of await namedContainers(engine, given, options, context.cwd)) {
        try {
          const { exitCode } = await waitForExit(engine, engine.records.find(name).id);
          context.stdout.write(`${exitCode ?? 137}\n`);
        } catch (error) {
          if (context.signal.aborted) throw error;
          const missing = error instanceof PlimsollError && error.code === 'PL0820';
          if (missing && options.ignore) context.stdout.write('-1\n');
          else context.fail(error);
        }
      }
    }),
  );
}
