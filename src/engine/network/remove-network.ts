import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { endpointsIn, forgetOtherBoots } from './endpoints.ts';
import { defaultNetworkName, type NetworkRecord } from './network-record.ts';
import { networkRows } from './network-rows.ts';
import type { NetworkWorld } from './network-world.ts';

/**
 * Removes a network that no running container is in. Its bridge went with the last one.
 * @throws PlimsollError PL0850, PL0851, PL0858
 */
export function removeNetwork(world: NetworkWorld, text: string): NetworkRecord {
  const { database, bootId } = world;
  if (text === defaultNetworkName || text === 'host' || text === 'none')
    throw new PlimsollError('PL0858', `${text} is a pre-defined network and cannot be removed`, {
      help: 'plimsoll network ls --filter type=custom lists those that can',
    });
  return database.write(() => {
    const rows = networkRows(database);
    const network = rows.find(text);
    if (network.name === defaultNetworkName) return removeNetwork(world, network.name);
    forgetOtherBoots(database, bootId);
    const names = endpointsIn(database, network.id, bootId).map((one) => one.containerName);
    if (names.length > 0)
      throw new PlimsollError(
        'PL0858',
        `error while removing network: network ${network.name} has active endpoints: ${names.join(', ')}`,
        {
          help: `stop the containers, or take them out: plimsoll network disconnect ${network.name} ${names[0]}`,
        },
      );
    rows.remove(network.id);
    return network;
  });
}
