// plimsoll container exists: as podman has it.
import type { Command } from 'commander';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { exitCodes } from '../exit-code.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

/** Adds `plimsoll container exists` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('exists')
    .description('Ends with 0 when there is such a container, with 1 when there is none.')
    .argument('<container>', 'name or id');
  addStoreOption(command);
  addExamples(command, [{ line: 'plimsoll container exists web', says: 'for scripts' }]);
  command.action((name: string, options: StoreOption) =>
    withEngine(options, context, async (engine) => {
      try {
        engine.records.find(name);
      } catch (error) {
        if (!(error instanceof PlimsollError) || error.code !== 'PL0820') throw error;
        context.setExitCode(exitCodes.fails);
      }
    }),
  );
}
