// plimsoll system prune: removes all that is not used.
import { type Command, Option } from 'commander';
import { humanSize } from '../../lib/human-units.ts';
import { confirm } from '../confirm.ts';
import { parseContainerFilters } from '../container-filters.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { collectFilter } from '../image-filters.ts';
import { parseObjectFilters } from '../object-filters.ts';
import { withEngine } from '../open-engine.ts';
import { pruneContainers, pruneNetworks, pruneVolumes } from '../prune-containers.ts';
import { type PruneOptions, pruneFilter, pruneImages } from '../prune-images.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface SystemPruneOptions extends PruneOptions, StoreOption {
  readonly volumes?: boolean;
}

/** Adds `plimsoll system prune` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('prune')
    .description(
      'Removes what is not used: containers that do not run, networks, images, unpacked layers, unfinished pulls.',
    )
    .option('-a, --all', 'all images that no container uses, not those without a name alone')
    .option('--volumes', 'volumes without a name too')
    .addOption(
      new Option(
        '--filter <key=value>',
        'until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]; may be repeated',
      ).argParser(collectFilter),
    )
    .option('-f, --force', 'do not ask');
  addStoreOption(command).action(async (options: SystemPruneOptions) => {
    const filter = pruneFilter(options, context);
    const what = [
      'This will remove:',
      '  - all stopped containers',
      '  - all networks not used by at least one container',
      ...(options.volumes ? ['  - all anonymous volumes not used by at least one container'] : []),
      options.all
        ? '  - all images without at least one container associated to them'
        : '  - all dangling images',
      '  - all unpacked layers that no image needs',
      options.all ? '  - all unfinished pulls' : '  - unfinished pulls older than a day',
    ];
    if (!options.force && !(await confirm(`${what.join('\n')}\n`, context))) return;
    await withEngine(options, context, async (engine) => {
      const given = (options.filter ?? []).filter((text) => !text.startsWith('dangling='));
      const told = (title: string, lines: readonly string[]): void => {
        if (lines.length > 0) context.stdout.write(`${title}:\n${lines.join('\n')}\n\n`);
      };
      const containers = await pruneContainers(
        engine,
        parseContainerFilters(given, engine),
        context,
      );
      told('Deleted Containers', containers.names);
      const keeps = parseObjectFilters(given, ['until', 'label', 'label!'], engine.now());
      told('Deleted Networks', pruneNetworks(engine, keeps));
      const volumes = options.volumes
        ? pruneVolumes(engine, (volume) => volume.anonymous === true && keeps(volume))
        : { names: [], bytes: 0 };
      told('Deleted Volumes', volumes.names);
      const { lines, bytes } = await pruneImages(engine.store, filter, options, context);
      told('Deleted Images', lines);
      const all = containers.bytes + volumes.bytes + bytes;
      context.stdout.write(`Total reclaimed space: ${humanSize(all, 4)}\n`);
    });
  });
  addExamples(command, [
    { line: 'plimsoll system prune', says: 'after a question' },
    { line: 'plimsoll system prune -a -f --volumes', says: 'everything, without one' },
  ]);
}
