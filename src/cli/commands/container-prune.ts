// plimsoll container prune: removes containers that do not run.
import type { Command } from 'commander';
import { withContainer } from '../../engine/engine.ts';
import { freshContainers } from '../../engine/refresh-container.ts';
import { removeContainer } from '../../engine/remove-container.ts';
import { humanSize } from '../../lib/human-units.ts';
import { confirm } from '../confirm.ts';
import { parseContainerFilters } from '../container-filters.ts';
import { byteSizes } from '../container-listing.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { withEngine } from '../open-engine.ts';
import { many } from '../option-kinds.ts';
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
      const ended = ['created', 'exited', 'dead', 'removing'];
      const out = (await freshContainers(engine)).filter(
        (one) => ended.includes(one.state.status) && filter.keeps(one),
      );
      const sizes = await byteSizes(engine, out);
      let bytes = 0;
      const removed: string[] = [];
      for (const { id } of out) {
        try {
          await withContainer(engine, id, (one) => removeContainer(engine, one));
          removed.push(id);
          bytes += sizes.get(id)?.own ?? 0;
        } catch (error) {
          context.fail(error);
        }
      }
      if (removed.length > 0)
        context.stdout.write(`Deleted Containers:\n${removed.join('\n')}\n\n`);
      context.stdout.write(`Total reclaimed space: ${humanSize(bytes, 4)}\n`);
    });
  });
}
