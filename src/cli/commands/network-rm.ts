// plimsoll network rm: removes networks.
import type { Command } from 'commander';
import { addEngineEvent } from '../../engine/events.ts';
import { removeNetwork } from '../../engine/network/remove-network.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { forEachNamed } from '../for-each-named.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';
import { unlessMissing } from '../unless-missing.ts';

interface RmOptions extends StoreOption {
  readonly force?: boolean;
}

/** Adds `plimsoll network rm` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('rm')
    .alias('remove')
    .description('Removes networks that no running container is in.')
    .argument('<network...>', 'names or ids')
    .option('-f, --force', 'no failure where it is not there');
  addStoreOption(command).action((names: readonly string[], options: RmOptions) =>
    withEngine(options, context, (engine) =>
      forEachNamed(names, context, (name) =>
        unlessMissing('PL0850', options.force, () => {
          const { id, driver, name: known } = removeNetwork(engine, name);
          addEngineEvent(engine, 'network', 'destroy', id, { name: known, type: driver });
        }),
      ),
    ),
  );
  addExamples(command, [{ line: 'plimsoll network rm back', says: 'one by name' }]);
}
