// plimsoll wait: waits until containers have ended and prints their exit codes.
import type { Command } from 'commander';
import { waitForExit } from '../../engine/wait-for-exit.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

/** Adds `plimsoll wait` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('wait')
    .description('Waits until containers have ended, and prints their exit codes.')
    .argument('<container...>', 'names or ids');
  addStoreOption(command);
  addExamples(command, [{ line: 'plimsoll wait job', says: '0 when it went well' }]);
  command.action((names: readonly string[], options: StoreOption) =>
    withEngine(options, context, async (engine) => {
      for (const name of names) {
        try {
          const { exitCode } = await waitForExit(engine, engine.records.find(name).id);
          context.stdout.write(`${exitCode ?? 137}\n`);
        } catch (error) {
          if (context.signal.aborted) throw error;
          context.fail(error);
        }
      }
    }),
  );
}
