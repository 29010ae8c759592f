import type { Command } from 'commander';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Engine } from '../engine/engine.ts';
import type { Context } from './context.ts';
import { addExamples } from './examples.ts';
import { exitCodes } from './exit-code.ts';
import { withEngine } from './open-engine.ts';
import { addStoreOption, type StoreOption } from './store-option.ts';

/** Adds `exists` to the group of networks or volumes. `find` throws PL0850 or PL0860 where there is none. */
export function existsNamed(
  group: Command,
  context: Context,
  what: 'network' | 'volume',
  find: (engine: Engine, name: string) => unknown,
): void {
  const command = group
    .command('exists')
    .description(`Ends with 0 when the ${what} is there, with 1 when it is not. Prints nothing.`)
    .argument(`<${what}>`, 'its name');
  addStoreOption(command).action((name: string, options: StoreOption) =>
    withEngine(options, context, async (engine) => {
      try {
        find(engine, name);
      } catch (error) {
        if (!(error instanceof PlimsollError) || !['PL0850', 'PL0860'].includes(error.code))
          throw error;
        context.setExitCode(exitCodes.fails);
      }
    }),
  );
  addExamples(command, [
    {
      line: `plimsoll ${what} exists data || plimsoll ${what} create data`,
      says: 'make it where it is not there',
    },
  ]);
}
