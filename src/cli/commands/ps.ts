// plimsoll ps: the containers, in docker's table.
import { type Command, Option } from 'commander';
import { healthOf } from '../../engine/health-check.ts';
import { freshContainers } from '../../engine/refresh-container.ts';
import { parseContainerFilters } from '../container-filters.ts';
import { byteSizes, containerHeadings, containerRow } from '../container-listing.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { writeRows } from '../format-rows.ts';
import { collectFilter } from '../image-filters.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface PsOptions extends StoreOption {
  readonly all?: boolean;
  readonly filter?: readonly string[];
  readonly format?: string;
  readonly last?: string;
  readonly latest?: boolean;
  readonly heading: boolean;
  readonly noheading?: boolean;
  readonly trunc: boolean;
  readonly quiet?: boolean;
  readonly size?: boolean;
}

/** Adds `plimsoll ps` to the program. */
export function register(program: Command, context: Context): void {
  const command = program
    .command('ps')
    .description('Lists the containers that run, or all of them.')
    .option('-a, --all', 'those that do not run too')
    .addOption(
      new Option(
        '-f, --filter <key=value>',
        'id, name, label, status, exited, ancestor, before, since, volume, network, health, publish; may be repeated',
      ).argParser(collectFilter),
    )
    .option('--format <format>', "table, 'table TEMPLATE', json, or a Go template")
    .option('-n, --last <number>', 'the last few that were made, however they stand')
    .option('-l, --latest', 'the last one that was made')
    .option('--no-heading', 'leave the headings out')
    .addOption(new Option('--noheading', 'the same').hideHelp())
    .option('--no-trunc', 'show ids and commands in full')
    .option('-q, --quiet', 'show ids alone')
    .option('-s, --size', 'show what they take on disk');
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll ps -a', says: 'all containers' },
    { line: 'plimsoll ps -q --filter label=app=web', says: 'ids of those with a label' },
    { line: "plimsoll ps --format '{{.Names}}: {{.Status}}'", says: 'in your own form' },
  ]);
  command.action((options: PsOptions) =>
    withEngine(options, context, async (engine) => {
      const all = await freshContainers(engine);
      const filter = parseContainerFilters(options.filter ?? [], engine);
      const last = options.latest ? 1 : options.last === undefined ? -1 : Number(options.last);
      const shown = all
        .slice(0, last > 0 ? last : all.length)
        .filter(
          (container) =>
            (options.all === true ||
              last > 0 ||
              filter.saysStatus ||
              ['running', 'paused', 'restarting'].includes(container.state.status)) &&
            filter.keeps(container),
        );
      if (options.quiet && options.format === undefined) {
        for (const { id } of shown)
          context.stdout.write(`${options.trunc ? id.slice(0, 12) : id}\n`);
        return;
      }
      const sized = options.size === true || /\.Size\b/.test(options.format ?? '');
      const sizes = sized ? await byteSizes(engine, shown) : undefined;
      const now = context.now().getTime();
      const rows = shown.map((container) =>
        containerRow(container, {
          now,
          trunc: options.trunc,
          size: sizes?.get(container.id),
          health: healthOf(engine, container),
        }),
      );
      writeRows(context.stdout, rows, {
        format: options.format,
        heading: options.heading && options.noheading !== true,
        table: `{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}${options.size ? '\t{{.Size}}' : ''}`,
        headings: containerHeadings,
      });
    }),
  );
}
