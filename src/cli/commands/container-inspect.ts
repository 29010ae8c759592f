// plimsoll container inspect: what containers are, with docker's fields.
import type { Command } from 'commander';
import { freshContainer } from '../../engine/refresh-container.ts';
import { inspectedContainer } from '../container-inspect.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { inspectNamed } from '../inspect-named.ts';

/** Adds `plimsoll container inspect` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('inspect')
    .description("Shows what containers are and how they stand, with docker's fields.")
    .argument('<container...>', 'names or ids')
    .option('-s, --size', 'count the bytes on disk');
  inspectNamed(command, context, async (engine, name, options: { readonly size?: boolean }) =>
    inspectedContainer(engine, await freshContainer(engine, engine.records.find(name)), {
      size: options.size === true,
    }),
  );
  addExamples(command, [
    { line: 'plimsoll container inspect web', says: 'everything' },
    {
      line: "plimsoll container inspect -f '{{.State.Status}} {{.State.ExitCode}}' web",
      says: 'how it stands',
    },
    {
      line: "plimsoll container inspect -f '{{.NetworkSettings.IPAddress}}' web",
      says: 'its address',
    },
  ]);
}
