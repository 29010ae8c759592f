// plimsoll network ls: the networks, in docker's table.
import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { writeRows } from '../format-rows.ts';
import {
  filteredNetwork,
  listedNetworks,
  networkHeadings,
  networkRow,
} from '../network-listing.ts';
import { parseObjectFilters } from '../object-filters.ts';
import { withEngine } from '../open-engine.ts';
import { many } from '../option-kinds.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface ListOptions extends StoreOption {
  readonly filter?: readonly string[];
  readonly format?: string;
  readonly noheading?: boolean;
  readonly quiet?: boolean;
  readonly trunc: boolean;
}

/** Adds `plimsoll network ls` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('ls')
    .alias('list')
    .description('Lists the networks.')
    .addOption(
      many(
        '-f, --filter <key=value>',
        'name=, id=, driver=, label=KEY[=VALUE], dangling=true|false, type=custom|builtin; may be repeated',
      ),
    )
    .option('--format <format>', "table, 'table TEMPLATE', json, or a Go template")
    .option('--no-trunc', 'show ids in full')
    .option('-n, --noheading', 'leave the headings out')
    .option('-q, --quiet', 'show ids alone');
  addStoreOption(command).action((options: ListOptions) =>
    withEngine(options, context, async (engine) => {
      const keeps = parseObjectFilters(
        options.filter ?? [],
        ['name', 'id', 'driver', 'label', 'label!', 'dangling', 'type', 'scope'],
        engine.now(),
      );
      const networks = listedNetworks(engine).filter((one) => keeps(filteredNetwork(engine, one)));
      if (options.quiet && options.format === undefined) {
        for (const { id } of networks)
          context.stdout.write(`${options.trunc ? id.slice(0, 12) : id}\n`);
        return;
      }
      const rows = networks.map((one) => networkRow(one, !options.trunc));
      writeRows(context.stdout, rows, {
        format: options.format,
        heading: options.noheading !== true,
        table: '{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}',
        headings: networkHeadings,
      });
    }),
  );
  addExamples(command, [
    { line: 'plimsoll network ls', says: 'what there is' },
    { line: 'plimsoll network ls -q --filter dangling=true', says: 'those that no container has' },
  ]);
}
