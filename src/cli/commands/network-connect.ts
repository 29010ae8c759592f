// plimsoll network connect: a container joins a network.
import type { Command } from 'commander';
import { withContainer } from '../../engine/engine.ts';
import { addEngineEvent } from '../../engine/events.ts';
import { connectNetwork } from '../../engine/network/connect-network.ts';
import { refreshContainer } from '../../engine/refresh-container.ts';
import type { Context } from '../context.ts';
import { addExamples } from '../examples.ts';
import { networkChoicesOf } from '../network-choices-of.ts';
import { listedNetwork } from '../network-listing.ts';
import { withEngine } from '../open-engine.ts';
import { many } from '../option-kinds.ts';
import { addStoreOption, type StoreOption } from '../store-option.ts';

interface ConnectOptions extends StoreOption {
  readonly alias?: readonly string[];
  readonly ip?: string;
  readonly ip6?: string;
  readonly macAddress?: string;
}

/** Adds `plimsoll network connect` to the group. */
export function register(group: Command, context: Context): void {
  const command = group
    .command('connect')
    .description('Puts a container in one more network; one that runs has it at once.')
    .argument('<network>', 'name or id')
    .argument('<container>', 'name or id')
    .addOption(many('--alias <name>', 'one more name in the network'))
    .option('--ip <address>', 'IPv4 address in the network')
    .option('--ip6 <address>', 'IPv6 address in the network')
    .option('--mac-address <address>', 'hardware address in the network');
  addStoreOption(command).action((network: string, name: string, options: ConnectOptions) =>
    withEngine(options, context, async (engine) => {
      const { alias = [], ...addresses } = options;
      const [attachment = { network, aliases: [] }] = networkChoicesOf({
        ...addresses,
        network: [network],
        networkAlias: alias,
      }).choices.attachments;
      const { id } = engine.records.find(name);
      await withContainer(engine, id, async (one) =>
        connectNetwork(engine, await refreshContainer(engine, one), attachment),
      );
      const { id: networkId, name: known, driver } = listedNetwork(engine, network);
      addEngineEvent(engine, 'network', 'connect', networkId, {
        container: id,
        name: known,
        type: driver,
      });
    }),
  );
  addExamples(command, [
    { line: 'plimsoll network connect --alias db back postgres', says: 'others find it as db too' },
  ]);
}
