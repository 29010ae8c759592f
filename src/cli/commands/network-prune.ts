// plimsoll network prune: removes networks that no container has.
import type { Command } from 'commander';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { parseObjectFilters } from '../object-filters.ts';
import { withEngine } from '../open-engine.ts';
import { many } from '../option-kinds.ts';
import { pruneNetworks } from '../prune-containers.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface PruneOptions extends StoreOption {
  readonly filter?: readonly string[];
  readonly force?: boolean;
}

/** Adds `plimsoll network prune` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('prune')
    .description('Removes networks that no container has, running or not.')
    .addOption(many('--filter <key=value>', 'until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]'))
    .option('-f, --force', 'do not ask');
  addStoreOption(command).action(async (options: PruneOptions) => {
    const warning = 'This will remove all custom networks not used by at least one container.';
    if (!options.force && !(await confirm(warning, context))) return;
    await withEngine(options, context, async (engine) => {
      const keeps = parseObjectFilters(
        options.filter ?? [],
        ['until', 'label', 'label!'],
        engine.now(),
      );
      const removed = pruneNetworks(engine, keeps);
      if (removed.length > 0) context.stdout.write(`Deleted Networks:\n${removed.join('\n')}\n\n`);
    });
  });
  addExamples(command, [{ line: 'plimsoll network prune -f', says: 'without a question' }]);
}
