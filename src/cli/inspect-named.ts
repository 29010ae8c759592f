import type { Command } from 'commander';
import type { Engine } from '../engine/engine.ts';
import type { Context } from './context.ts';
import { withEngine } from './open-engine.ts';
import { addStoreOption, type StoreOption } from './store-option.ts';
import { writeInspected } from './write-inspected.ts';

interface InspectOptions extends StoreOption {
  readonly format?: string;
}

/** Makes the command show each thing that is named; one that is not there is told, and does not keep the others. */
export function inspectNamed<T extends object>(
  command: Command,
  context: Context,
  inspect: (engine: Engine, name: string, options: T) => object | Promise<object>,
): void {
  command.option(
    '-f, --format <template>',
    'a Go template, or json for one object a line (default: an array)',
  );
  addStoreOption(command).action((names: readonly string[], options: InspectOptions & T) =>
    withEngine(options, context, async (engine) => {
      const found: object[] = [];
      for (const name of names) {
        try {
          found.push(await inspect(engine, name, options));
        } catch (error) {
          context.fail(error);
        }
      }
      writeInspected(context.stdout, found, options.format);
    }),
  );
}
