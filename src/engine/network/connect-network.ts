// Containers that join networks and leave them, running or not. What a container has is in its settings, so that its next
// start has it too; of one that runs the interface comes and goes at once, and its /etc/hosts and resolv.conf with it.
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { type Container, isAlive } from '../container.ts';
import type { Engine } from '../engine.ts';
import { networkRequestOf } from '../network-request.ts';
import { ensureDefaultNetwork } from './create-network.ts';
import { forgetOtherBoots, insertEndpoint, removeEndpoints } from './endpoints.ts';
import { setUpWithNetavark, tearDownWithNetavark } from './netavark.ts';
import type { NetworkAttachment, NetworkChoices } from './network.ts';
import { defaultNetworkName, type NetworkRecord } from './network-record.ts';
import { networkRows } from './network-rows.ts';
import {
  hasNamespace,
  joinedOf,
  namespacePathOf,
  networkStateOf,
  outwardMtu,
  writeNetworkFiles,
} from './set-up-network.ts';

function recordOf(engine: Engine, text: string): NetworkRecord {
  return text === defaultNetworkName
    ? ensureDefaultNetwork(engine)
    : networkRows(engine.database).find(text);
}

function refuse(message: string, help: string): PlimsollError {
  return new PlimsollError('PL0855', message, { help });
}

/** @throws PlimsollError PL0855, PL0864 for a container whose network is not of its own */
function checkMode({ id, name, settings, state }: Container, engine: Engine): void {
  const { mode } = settings.network;
  // One that left its last network has a namespace of the engine's all the same.
  const joins =
    mode === 'networks' || (mode === 'none' && (!isAlive(state) || hasNamespace(engine, id)));
  if (!joins)
    throw refuse(
      `container ${name} cannot be connected: its network is ${mode}`,
      'containers with a network of their own can: leave --network host, none and container: out',
    );
  if (engine.ordinaryUser)
    throw new PlimsollError('PL0864', 'only root makes bridges', {
      help: 'containers of an ordinary user have the network that pasta gives them',
    });
}

/** Networks that the container has by its settings, the default one said. */
function attachmentsOf({ mode, attachments }: NetworkChoices): readonly NetworkAttachment[] {
  if (mode !== 'networks') return [];
  return attachments.length > 0 ? attachments : [{ network: defaultNetworkName, aliases: [] }];
}

function keep(
  engine: Engine,
  container: Container,
  attachments: readonly NetworkAttachment[],
): void {
  const { id, settings, state } = container;
  const mode = attachments.length === 0 ? ('none' as const) : ('networks' as const);
  const network = { ...settings.network, mode, attachments };
  engine.database.write(() => {
    engine.records.setSettings(id, { ...settings, network });
    if (isAlive(state))
      engine.records.setState(id, { ...state, network: networkStateOf(engine, id) });
  });
  if (isAlive(state))
    writeNetworkFiles(
      engine,
      networkRequestOf(engine, { ...container, settings: { ...settings, network } }),
    );
}

/** What of a running container's place in one network netavark is told. */
function requestOf(engine: Engine, { id, name }: Container, network: NetworkRecord) {
  const joined = joinedOf(engine, id);
  const mtu = outwardMtu();
  return {
    container: id,
    containerName: name,
    namespacePath: namespacePathOf(engine, id),
    endpoints: joined.filter((one) => one.network.id === network.id),
    ports: networkStateOf(engine, id).ports,
    ...(mtu === undefined ? {} : { mtu }),
  };
}

/**
 * Joins a container, whose lock is held, to a network.
 * @throws PlimsollError PL0850, PL0851, PL0853 to PL0855, PL0857, PL0859, PL0864
 */
export async function connectNetwork(
  engine: Engine,
  container: Container,
  attachment: NetworkAttachment,
): Promise<void> {
  const { database, bootId, signal } = engine;
  checkMode(container, engine);
  const network = recordOf(engine, attachment.network);
  if (attachment.aliases.length > 0 && !network.dns)
    throw new PlimsollError('PL0001', 'this network has no names, so no aliases', {
      help: 'make one that has: plimsoll network create NAME',
    });
  const before = attachmentsOf(container.settings.network);
  if (before.some((one) => recordOf(engine, one.network).id === network.id))
    throw refuse(
      `container ${container.name} is in network ${network.name} already`,
      'plimsoll inspect shows its networks',
    );
  if (isAlive(container.state)) {
    database.write(() => {
      forgetOtherBoots(database, bootId);
      insertEndpoint(database, bootId, {
        container: container.id,
        containerName: container.name,
        network,
        attachment,
        dns: network.dns ? container.settings.network.dns : [],
      });
    });
    try {
      await setUpWithNetavark(engine, requestOf(engine, container, network), signal);
    } catch (error) {
      database.write(() => removeEndpoints(database, container.id, network.id));
      throw error;
    }
  }
  keep(engine, container, [...before, { ...attachment, network: network.name }]);
}

/**
 * Takes a container, whose lock is held, out of a network.
 * @throws PlimsollError PL0850, PL0851, PL0855, PL0857, PL0859, PL0864
 */
export async function disconnectNetwork(
  engine: Engine,
  container: Container,
  text: string,
): Promise<void> {
  const { database, signal } = engine;
  checkMode(container, engine);
  const network = recordOf(engine, text);
  const before = attachmentsOf(container.settings.network);
  const left = before.filter((one) => recordOf(engine, one.network).id !== network.id);
  if (left.length === before.length)
    throw refuse(
      `container ${container.name} is not connected to network ${network.name}`,
      'plimsoll inspect shows its networks',
    );
  if (isAlive(container.state)) {
    await tearDownWithNetavark(engine, requestOf(engine, container, network), signal);
    database.write(() => removeEndpoints(database, container.id, network.id));
  }
  keep(engine, container, left);
}
