// plimsoll volume ls: the volumes, in docker's table.
import type { Command } from 'commander';
import { listVolumes } from '../../engine/volumes/volume-rows.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { writeRows } from '../format-rows.ts';
import { parseObjectFilters } from '../object-filters.ts';
import { withEngine } from '../open-engine.ts';
import { many } from '../option-kinds.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';
import { filteredVolume, volumeHeadings, volumeRow } from '../volume-listing.ts';

interface ListOptions extends StoreOption {
  readonly filter?: readonly string[];
  readonly format?: string;
  readonly noheading?: boolean;
  readonly quiet?: boolean;
}

/** Adds `plimsoll volume ls` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('ls')
    .alias('list')
    .description('Lists the volumes.')
    .addOption(
      many(
        '-f, --filter <key=value>',
        'name=, driver=, label=KEY[=VALUE], dangling=true|false; may be repeated',
      ),
    )
    .option('--format <format>', "table, 'table TEMPLATE', json, or a Go template")
    .option('-n, --noheading', 'leave the headings out')
    .option('-q, --quiet', 'show names alone');
  addStoreOption(command).action((options: ListOptions) =>
    withEngine(options, context, async (engine) => {
      const keeps = parseObjectFilters(
        options.filter ?? [],
        ['name', 'driver', 'label', 'label!', 'dangling', 'scope'],
        engine.now(),
      );
      const volumes = listVolumes(engine.database).filter((one) =>
        keeps(filteredVolume(engine, one)),
      );
      if (options.quiet && options.format === undefined) {
        for (const { name } of volumes) context.stdout.write(`${name}\n`);
        return;
      }
      const rows = volumes.map((one) => volumeRow(engine, one));
      writeRows(context.stdout, rows, {
        format: options.format,
        heading: options.noheading !== true,
        table: '{{.Driver}}\t{{.Name}}',
        headings: volumeHeadings,
      });
    }),
  );
  addExamples(command, [
    { line: 'plimsoll volume ls', says: 'what there is' },
    { line: 'plimsoll volume ls -q --filter dangling=true', says: 'those that no container has' },
  ]);
}
