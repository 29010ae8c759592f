// plimsoll volume prune: removes volumes that no container has.
import type { Command } from 'commander';
import { humanSize } from '../../lib/human-units.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { parseObjectFilters } from '../object-filters.ts';
import { withEngine } from '../open-engine.ts';
import { many } from '../option-kinds.ts';
import { pruneVolumes } from '../prune-containers.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface PruneOptions extends StoreOption {
  readonly all?: boolean;
  readonly filter?: readonly string[];
  readonly force?: boolean;
}

/** Adds `plimsoll volume prune` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('prune')
    .description('Removes volumes without a name that no container has; with --all named ones too.')
    .option('-a, --all', 'also those that have a name')
    .addOption(many('--filter <key=value>', 'label=KEY[=VALUE], label!=KEY[=VALUE], all=true'))
    .option('-f, --force', 'do not ask');
  addStoreOption(command).action(async (options: PruneOptions) => {
    const warning = options.all
      ? 'This will remove all local volumes not used by at least one container.'
      : 'This will remove anonymous local volumes not used by at least one container.';
    if (!options.force && !(await confirm(warning, context))) return;
    await withEngine(options, context, async (engine) => {
      const given = options.filter ?? [];
      const says = given.some((text) => text.startsWith('all='));
      const keeps = parseObjectFilters(
        says ? given : [...given, `all=${options.all === true}`],
        ['label', 'label!', 'all'],
        engine.now(),
      );
      const { names: removed, bytes } = pruneVolumes(engine, keeps);
      if (removed.length > 0) context.stdout.write(`Deleted Volumes:\n${removed.join('\n')}\n\n`);
      context.stdout.write(`Total reclaimed space: ${humanSize(bytes, 4)}\n`);
    });
  });
  addExamples(command, [
    { line: 'plimsoll volume prune -f', says: 'without a question' },
    {
      line: 'plimsoll volume prune --all --filter label!=keep',
      says: 'named ones too, but for some',
    },
  ]);
}
