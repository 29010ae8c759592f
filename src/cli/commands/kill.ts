// plimsoll kill: sends a signal to containers.
import type { Command } from 'commander';
import { killContainer, signalNamed } from '../../engine/stop-container.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { forEachNamed } from '../for-each-named.ts';
import { addWhichOptions, namedContainers, type WhichOptions } from '../named-containers.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface KillCommandOptions extends StoreOption, WhichOptions {
  readonly signal: string;
}

/** Adds `plimsoll kill` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('kill')
    .description('Sends a signal to the first process of containers: SIGKILL, or another.')
    .argument('[container...]', 'names or ids')
    .option('-a, --all', 'all that run')
    .option('-s, --signal <signal>', 'name or number', 'KILL');
  addStoreOption(addWhichOptions(command));
  addExamples(command, [
    { line: 'plimsoll kill web', says: 'at once' },
    { line: 'plimsoll kill -s HUP web', says: 'to have it read its configuration again' },
  ]);
  command.action((names: readonly string[], options: KillCommandOptions) =>
    withEngine(options, context, async (engine) => {
      const signal = signalNamed(options.signal);
      const wanted = await namedContainers(engine, names, options, context.cwd);
      await forEachNamed(wanted, context, (name) =>
        killContainer(engine, engine.records.find(name).id, signal),
      );
    }),
  );
}
