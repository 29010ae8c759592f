// plimsoll system prune: removes all that is not used.
import { type Command, Option } from 'commander';
import { humanSize } from '../../lib/human-units.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { collectFilter } from '../image-filters.ts';
import { addStoreOption, type StoreOption, storeToWrite } from '../open-store.ts';
import { type PruneOptions, pruneFilter, pruneImages } from '../prune-images.ts';

/** Adds `plimsoll system prune` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('prune')
    .description('Removes what is not used: images, unpacked layers, unfinished pulls.')
    .option('-a, --all', 'all images that no container uses, not those without a name alone')
    .addOption(
      new Option(
        '--filter <key=value>',
        'until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]; may be repeated',
      ).argParser(collectFilter),
    )
    .option('-f, --force', 'do not ask');
  addStoreOption(command).action(async (options: PruneOptions & StoreOption) => {
    const filter = pruneFilter(options, context);
    const what = [
      'This will remove:',
      options.all
        ? '  - all images without at least one container associated to them'
        : '  - all dangling images',
      '  - all unpacked layers that no image needs',
      options.all ? '  - all unfinished pulls' : '  - unfinished pulls older than a day',
    ];
    if (!options.force && !(await confirm(`${what.join('\n')}\n`, context))) return;
    const store = await storeToWrite(options, context);
    try {
      const { lines, bytes } = await pruneImages(store, filter, options, context);
      if (lines.length > 0) context.stdout.write(`Deleted Images:\n${lines.join('\n')}\n\n`);
      context.stdout.write(`Total reclaimed space: ${humanSize(bytes, 4)}\n`);
    } finally {
      store.close();
    }
  });
  addExamples(command, [
    { line: 'plimsoll system prune', says: 'after a question' },
    { line: 'plimsoll system prune -a -f', says: 'everything, without one' },
  ]);
}
