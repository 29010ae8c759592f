// Commands that do one thing with each of several containers: pause, unpause, restart …
import type { Command } from 'commander';
import type { Container } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import type { Context } from './context.ts';
import { addExamples, type Example } from './examples.ts';
import { forEachNamed } from './for-each-named.ts';
import { addWhichOptions, namedContainers, type WhichOptions } from './named-containers.ts';
import { withEngine } from './open-engine.ts';
import { addStoreOption, type StoreOption } from './store-option.ts';

/** Such a command. */
export interface EachCommand<T> {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly Example[];
  /** Adds options of its own. */
  readonly options?: (command: Command) => unknown;
  /** With --all, which ones; absent: there is no --all. */
  readonly all?: { readonly says: string; fits(container: Container): boolean };
  act(engine: Engine, container: Container, options: T): Promise<unknown>;
}

/** Adds the command to the program. */
export function registerEach<T extends object>(
  program: Command,
  context: Context,
  { name, description, examples, options: addOptions, all, act }: EachCommand<T>,
): void {
  const command = program
    .command(name)
    .description(description)
    .argument(all === undefined ? '<container...>' : '[container...]', 'names or ids');
  if (all !== undefined) addWhichOptions(command.option('-a, --all', all.says));
  addOptions?.(command);
  addStoreOption(command);
  addExamples(command, examples);
  command.action((names: readonly string[], options: T & StoreOption & WhichOptions) =>
    withEngine(options, context, async (engine) => {
      const wanted =
        all === undefined
          ? names
          : await namedContainers(engine, names, options, context.cwd, all.fits);
      await forEachNamed(wanted, context, (one) => act(engine, engine.records.find(one), options));
    }),
  );
}
