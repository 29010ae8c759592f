// plimsoll image prune: removes images that nobody named, or all that nobody uses.
import { type Command, Option } from 'commander';
import { humanSize } from '../../lib/human-units.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { collectFilter } from '../image-filters.ts';
import { addStoreOption, type StoreOption, storeToWrite } from '../open-store.ts';
import { type PruneOptions, pruneFilter, pruneImages } from '../prune-images.ts';

/** Adds `plimsoll image prune` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('prune')
    .description(
      'Removes images without a name and what is left of pulls that were given up.\n' +
        'With --all, removes every image that no container uses.',
    )
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
    const what = options.all
      ? 'This will remove all images without at least one container associated to them.'
      : 'This will remove all dangling images.';
    if (!options.force && !(await confirm(what, context))) return;
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
    { line: 'plimsoll image prune -f', says: 'images without a name' },
    {
      line: 'plimsoll image prune -a --filter until=720h',
      says: 'all that are older than 30 days',
    },
  ]);
}
