// plimsoll network inspect: what networks are, and which containers are in them.
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { inspectNamed } from '../inspect-named.ts';
import { inspectedNetwork, listedNetwork } from '../network-listing.ts';

/** Adds `plimsoll network inspect` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('inspect')
    .description("Shows what networks are, with docker's fields.")
    .argument('<network...>', 'names or ids');
  inspectNamed(command, context, (engine, name) =>
    inspectedNetwork(engine, listedNetwork(engine, name)),
  );
  addExamples(command, [
    { line: 'plimsoll network inspect bridge', says: 'the default one' },
    {
      line: "plimsoll network inspect -f '{{range .Containers}}{{.Name}} {{.IPv4Address}}{{println}}{{end}}' back",
      says: 'who is in it',
    },
  ]);
}
