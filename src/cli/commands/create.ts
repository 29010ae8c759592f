// plimsoll create: makes a container and does not start it.
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { addCreateOptions, type CreateOptions, createFromOptions } from '../create-from-options.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { timeoutOption } from '../run-options.ts';

/** Adds `plimsoll create` to the program. */
export function register(program: Command, context: Context): void {
  program.enablePositionalOptions();
  const command = program
    .command('create')
    .description('Makes a container of an image, to be started later, and prints its id.')
    .argument('<image>', 'name or id of an image')
    .argument('[command...]', "what to start instead of the image's own");
  addCreateOptions(command.addOption(timeoutOption()));
  addExamples(command, [
    { line: 'plimsoll create --name job debian:12 make', says: 'then: plimsoll start -a job' },
  ]);
  command.action((image: string, rest: readonly string[], options: CreateOptions) =>
    withEngine(options, context, async (engine) => {
      const { id } = await createFromOptions(engine, image, rest, options, context);
      context.stdout.write(`${id}\n`);
    }),
  );
}
