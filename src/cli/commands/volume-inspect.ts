// plimsoll volume inspect: what volumes are.
import type { Command } from 'commander';
import { findVolume } from '../../engine/volumes/volume-rows.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { inspectNamed } from '../inspect-named.ts';
import { inspectedVolume } from '../volume-listing.ts';

/** Adds `plimsoll volume inspect` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('inspect')
    .description("Shows what volumes are, with docker's fields.")
    .argument('<volume...>', 'names');
  inspectNamed(command, context, (engine, name) =>
    inspectedVolume(engine, findVolume(engine.database, name)),
  );
  addExamples(command, [
    { line: "plimsoll volume inspect -f '{{.Mountpoint}}' data", says: 'where its files are' },
  ]);
}
