// plimsoll rename: gives a container another name.
import type { Command } from 'commander';
import { renameContainer } from '../../engine/rename-container.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

/** Adds `plimsoll rename` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('rename')
    .description('Gives a container another name.')
    .argument('<container>', 'name or id')
    .argument('<name>', 'the new name');
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll rename web web-old', says: 'to make room for a new one' },
  ]);
  command.action((container: string, name: string, options: StoreOption) =>
    withEngine(options, context, (engine) =>
      renameContainer(engine, engine.records.find(container).id, name),
    ),
  );
}
