// plimsoll container prune: removes containers that do not run.
import type { Command } from 'commander';
import { humanSize } from '../../lib/human-units.ts';
import { confirm } from '../confirm.ts';
import { parseContainerFilters } from '../container-filters.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { many } from '../option-kinds.ts';
import { pruneContainers } from '../prune-containers.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface PruneOptions extends StoreOption {
  readonly filter?: readonly string[];
  readonly force?: boolean;
}

/** Adds `plimsoll container prune` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('prune')
    .description('Removes all containers that do not run.')
    .addOption(many('--filter <key=value>', 'until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]'))
    .option('-f, --force', 'do not ask');
  addStoreOption(command);
  addExamples(command, [
    { line: 'plimsoll container prune -f --filter until=24h', says: 'those of before yesterday' },
  ]);
  command.action(async (options: PruneOptions) => {
    const warning = 'This will remove all stopped containers.';
    if (!options.force && !(await confirm(warning, context))) return;
    await withEngine(options, context, async (engine) => {
      const filter = parseContainerFilters(options.filter ?? [], engine);
      const { names: removed, bytes } = await pruneContainers(engine, filter, context);
      if (removed.length > 0)
        context.stdout.write(`Deleted Containers:\n${removed.join('\n')}\n\n`);
      context.stdout.write(`Total reclaimed space: ${humanSize(bytes, 4)}\n`);
    });
  });
}
