// plimsoll network disconnect: a container leaves a network.
import type { Command } from 'commander';
import { withContainer } from '../../engine/engine.ts';
import { addEngineEvent } from '../../engine/events.ts';
import { disconnectNetwork } from '../../engine/network/connect-network.ts';
import { refreshContainer } from '../../engine/refresh-container.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { listedNetwork } from '../network-listing.ts';
import { withEngine } from '../open-engine.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

/** Adds `plimsoll network disconnect` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('disconnect')
    .description('Takes a container out of a network; of one that runs the interface goes at once.')
    .argument('<network>', 'name or id')
    .argument('<container>', 'name or id')
    .option('-f, --force', 'the same: a container that runs need not be forced');
  addStoreOption(command).action((network: string, name: string, options: StoreOption) =>
    withEngine(options, context, async (engine) => {
      const { id: networkId, name: known, driver } = listedNetwork(engine, network);
      const { id } = engine.records.find(name);
      await withContainer(engine, id, async (one) =>
        disconnectNetwork(engine, await refreshContainer(engine, one), known),
      );
      addEngineEvent(engine, 'network', 'disconnect', networkId, {
        container: id,
        name: known,
        type: driver,
      });
    }),
  );
  addExamples(command, [{ line: 'plimsoll network disconnect back web', says: 'web leaves back' }]);
}
