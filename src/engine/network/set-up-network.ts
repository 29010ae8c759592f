// Sets a container's network up and takes it down: see network.ts for the order in a container's life.
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { NamespaceChoice } from '../../runtime/container-config.ts';
import {
  keepNetworkNamespace,
  makeNetworkNamespace,
  removeNetworkNamespace,
} from '../../sys/network-namespace.ts';
import { defaultRoute } from './choose-subnet.ts';
import {
  extraHostLines,
  filePlaces,
  formatHosts,
  formatResolver,
  type HostLine,
  hostHosts,
  hostResolver,
  resolverOf,
  writeFiles,
} from './container-files.ts';
import { ensureDefaultNetwork } from './create-network.ts';
import {
  type Endpoint,
  endpointsOf,
  forgetOtherBoots,
  insertEndpoint,
  removeEndpoints,
} from './endpoints.ts';
import { setUpWithNetavark, tearDownWithNetavark } from './netavark.ts';
import type {
  AttachedNetwork,
  NetworkAttachment,
  NetworkRequest,
  NetworkSetUp,
  NetworkState,
  PublishedPort,
} from './network.ts';
import { defaultNetworkName, type NetworkRecord } from './network-record.ts';
import { networkRows } from './network-rows.ts';
import type { NetworkWorld } from './network-world.ts';
import { startPasta, stopPasta } from './pasta.ts';
import { portsOf, removePorts, takePorts } from './ports.ts';

/** Path of a container's network namespace, where the engine makes one. */
export function namespacePathOf(world: Pick<NetworkWorld, 'runFolder'>, id: string): string {
  return join(world.runFolder, 'netns', id);
}

/** Ports of the image and of --expose that -P publishes, beside those that were published by number. */
function portsWanted({ choices, imageExposes }: NetworkRequest): readonly PublishedPort[] {
  if (!choices.publishAll) return choices.ports;
  const has = (text: string): boolean =>
    choices.ports.some(({ containerPort, protocol }) => `${containerPort}/${protocol}` === text);
  const exposed = [...new Set([...imageExposes, ...choices.exposed])].map((text) =>
    text.includes('/') ? text : `${text}/tcp`,
  );
  return [
    ...choices.ports,
    ...exposed
      .filter((text) => !has(text))
      .map((text): PublishedPort => {
        const [port, protocol] = text.split('/');
        return {
          hostIp: '',
          hostPort: 0,
          containerPort: Number(port),
          protocol: protocol === 'udp' || protocol === 'sctp' ? protocol : 'tcp',
        };
      }),
  ];
}

/** Of the interface that leads out, where packets must be smaller than usual there. */
export function outwardMtu(): number | undefined {
  const name = defaultRoute()?.interface;
  if (name === undefined) return undefined;
  try {
    const mtu = Number(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8'));
    return mtu > 0 && mtu < 1500 ? mtu : undefined;
  } catch {
    return undefined;
  }
}

/** Addresses of that interface. */
function outwardAddresses(): readonly string[] {
  const name = defaultRoute()?.interface ?? '';
  return (networkInterfaces()[name] ?? [])
    .map(({ address }) => address)
    .filter((address) => !address.startsWith('fe80:'));
}

/** An endpoint with the prefix lengths and gateways of its network. */
function attachedOf(endpoint: Endpoint, network: NetworkRecord): AttachedNetwork {
  const addresses: string[] = [];
  const gateways: string[] = [];
  for (const { subnet, gateway } of network.subnets) {
    const address = subnet.includes(':') ? endpoint.ip6 : endpoint.ip4;
    if (address === undefined || addresses.some((known) => known.startsWith(`${address}/`)))
      continue;
    addresses.push(`${address}/${subnet.split('/')[1]}`);
    if (gateway !== undefined && !network.internal) gateways.push(gateway);
  }
  return {
    network: network.name,
    networkId: network.id,
    interface: endpoint.interface,
    addresses,
    gateways,
    mac: endpoint.mac,
    aliases: endpoint.aliases,
  };
}

/** A container's place in a network. */
export interface Joined {
  readonly endpoint: Endpoint;
  readonly network: NetworkRecord;
}

/** The networks that a container is in, as the database has it. */
export function joinedOf(world: NetworkWorld, id: string): readonly Joined[] {
  const networks = new Map(
    networkRows(world.database)
      .list()
      .map((one) => [one.id, one]),
  );
  return endpointsOf(world.database, id).flatMap((endpoint) => {
    const network = networks.get(endpoint.network);
    return network === undefined ? [] : [{ endpoint, network }];
  });
}

/** How a container's networks stand, as the database has it: also after `connect` and `disconnect`. */
export function networkStateOf(world: NetworkWorld, id: string): NetworkState {
  const joined = joinedOf(world, id);
  return {
    ...(joined.length === 0 ? {} : { namespacePath: namespacePathOf(world, id) }),
    attached: joined.map(({ endpoint, network }) => attachedOf(endpoint, network)),
    ports: portsOf(world.database, id),
    joins: false,
  };
}

const without: NetworkState = { attached: [], ports: [], joins: false };

/** Writes /etc/hosts and the like, and says where they are. */
function filesOf(
  request: NetworkRequest,
  joined: readonly Joined[],
  hostAddress: string | undefined,
  addresses: readonly string[] = joined
    .flatMap(({ endpoint }) => [endpoint.ip4, endpoint.ip6])
    .filter((address) => address !== undefined),
): NetworkSetUp['files'] {
  const { choices, hostname, domainname, keptFolder, root } = request;
  const isHost = choices.mode === 'host';
  const names = domainname === undefined ? [hostname] : [`${hostname}.${domainname}`, hostname];
  const own = addresses.map((address): HostLine => ({ address, names }));
  const servers = joined
    .filter(({ network }) => network.dns)
    .flatMap(({ network }) => network.subnets.map(({ gateway }) => gateway))
    .filter((gateway) => gateway !== undefined);
  const resolver = resolverOf(hostResolver(), choices, { own: servers, isolated: !isHost });
  const extra = extraHostLines(choices.extraHosts, hostAddress);
  writeFiles(
    keptFolder,
    {
      hosts: formatHosts(isHost ? hostHosts() : undefined, extra, own),
      resolver: formatResolver(resolver),
      hostname: `${hostname}\n`,
    },
    root,
  );
  return filePlaces(keptFolder);
}

/** Where the host is for the container: the gateway of its first network. */
function hostAddressOf(joined: readonly Joined[]): string | undefined {
  return joined.flatMap(({ network }) => network.subnets)[0]?.gateway;
}

/** Writes the files anew, in place, after a container joined or left a network. */
export function writeNetworkFiles(world: NetworkWorld, request: NetworkRequest): void {
  const joined = joinedOf(world, request.id);
  filesOf(request, joined, hostAddressOf(joined));
}

/** The networks that were named, or the default one. @throws PlimsollError PL0850, PL0851, PL0855 */
function networksOf(
  world: NetworkWorld,
  attachments: readonly NetworkAttachment[],
): readonly { readonly network: NetworkRecord; readonly attachment: NetworkAttachment }[] {
  const rows = networkRows(world.database);
  const asked =
    attachments.length === 0 ? [{ network: defaultNetworkName, aliases: [] }] : attachments;
  return asked.map((attachment) => {
    const isDefault = attachment.network === defaultNetworkName;
    const network = isDefault ? ensureDefaultNetwork(world) : rows.find(attachment.network);
    if (attachment.aliases.length > 0 && !network.dns)
      throw new PlimsollError(
        'PL0001',
        `network-scoped alias is supported only for containers in user defined networks`,
        { help: 'make a network (plimsoll network create NAME) and name it with --network' },
      );
    return { network, attachment };
  });
}

async function setUpBridges(world: NetworkWorld, request: NetworkRequest): Promise<NetworkSetUp> {
  const { database, bootId } = world;
  const { id, choices, signal } = request;
  const wanted = networksOf(world, choices.attachments);
  const namespacePath = namespacePathOf(world, id);
  try {
    database.write(() => {
      forgetOtherBoots(database, bootId);
      for (const { network, attachment } of wanted)
        insertEndpoint(database, bootId, {
          container: id,
          containerName: request.name,
          network,
          attachment,
          dns: network.dns ? choices.dns : [],
        });
    });
    const ports = await takePorts(database, id, bootId, portsWanted(request));
    if (!request.ownUsers) makeNetworkNamespace(namespacePath);
    const joined = joinedOf(world, id);
    const mtu = outwardMtu();
    const set = {
      state: networkStateOf(world, id),
      namespace: request.ownUsers
        ? ({ kind: 'private' } as const)
        : ({ kind: 'path', path: namespacePath } as const),
      files: filesOf(request, joined, hostAddressOf(joined)),
    };
    const setUp = (): Promise<void> =>
      setUpWithNetavark(
        world,
        {
          container: id,
          containerName: request.name,
          namespacePath,
          endpoints: joined,
          ports,
          ...(mtu === undefined ? {} : { mtu }),
        },
        signal,
      );
    if (request.ownUsers) {
      const join = (pid: number): Promise<void> => {
        keepNetworkNamespace(pid, namespacePath);
        return setUp();
      };
      return { ...set, ready: Promise.resolve(), join };
    }
    const ready = setUp();
    // Whoever fails meanwhile takes the network down without having waited.
    ready.catch(() => undefined);
    return { ...set, ready };
  } catch (error) {
    await tearDownNetwork(world, id, new AbortController().signal);
    throw error;
  }
}

/** An ordinary user's network: the runtime makes the namespace, pasta comes to it before anything runs in it. */
async function setUpPasta(world: NetworkWorld, request: NetworkRequest): Promise<NetworkSetUp> {
  const { database, bootId } = world;
  const { id, choices } = request;
  const named = choices.attachments.find(({ network }) => network !== defaultNetworkName);
  if (named !== undefined && named.network !== 'pasta')
    throw new PlimsollError(
      'PL0864',
      `network ${named.network} cannot be had by an ordinary user: only root makes bridges`,
      { help: 'leave --network out: pasta gives the container a network' },
    );
  try {
    const ports = await takePorts(database, id, bootId, portsWanted(request));
    return {
      state: { attached: [], ports, joins: true },
      namespace: { kind: 'private' },
      // pasta gives the container this machine's own address, and takes the gateway's for this machine.
      files: filesOf(request, [], defaultRoute()?.gateway, outwardAddresses()),
      ready: Promise.resolve(),
    };
  } catch (error) {
    database.write(() => removePorts(database, id));
    throw error;
  }
}

/**
 * Sets a container's network up, before the runtime's create: its namespace is there then, what is in it when `ready`
 * says so. What an earlier start of the container left is taken down first; when it throws nothing is left, and when
 * `ready` fails `tearDownNetwork` is to follow.
 * @throws PlimsollError PL0850, PL0851, PL0853 to PL0857, PL0859, PL0864
 */
export async function setUpNetwork(
  world: NetworkWorld,
  request: NetworkRequest,
): Promise<NetworkSetUp> {
  const { choices, id, signal } = request;
  await tearDownNetwork(world, id, signal);
  const plain = (namespace: NamespaceChoice): NetworkSetUp => ({
    state: without,
    namespace,
    files: filesOf(request, [], undefined),
    ready: Promise.resolve(),
  });
  switch (choices.mode) {
    case 'none':
      return plain({ kind: 'private' });
    case 'host':
      return plain({ kind: 'host' });
    case 'path':
      return plain({ kind: 'path', path: choices.target ?? '' });
    case 'container': {
      const { shared } = request;
      if (shared === undefined)
        throw new PlimsollError('PL0857', `container ${choices.target} is not running`, {
          help: `start it first: plimsoll start ${choices.target}`,
        });
      return {
        state: without,
        namespace: { kind: 'path', path: `/proc/${shared.pid}/ns/net` },
        files: filePlaces(shared.keptFolder),
        ready: Promise.resolve(),
      };
    }
    case 'networks':
      return world.ordinaryUser ? setUpPasta(world, request) : setUpBridges(world, request);
  }
}

/**
 * Between the runtime's create and start: waits until the network is whole; where the state says so, gives it to the
 * container whose first process is `pid`.
 * @throws PlimsollError PL0857, PL0859
 */
export async function joinNetwork(
  world: NetworkWorld,
  id: string,
  { state, ready, join }: NetworkSetUp,
  pid: number,
  signal: AbortSignal,
): Promise<void> {
  await ready;
  await join?.(pid);
  if (state.joins) await startPasta(world, { id, pid, ports: state.ports }, signal);
}

/**
 * Takes down whatever there is of a container's network. May be called again, and for one that has none.
 * @returns what could not be done, as notes: the rest is done all the same
 */
export async function tearDownNetwork(
  world: NetworkWorld,
  id: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { database, bootId } = world;
  const notes: string[] = [];
  const told = (error: unknown): void => {
    notes.push(error instanceof Error ? error.message : String(error));
  };
  stopPasta(world, id);
  const namespacePath = namespacePathOf(world, id);
  const joined = joinedOf(world, id);
  const ports = portsOf(database, id);
  if (joined.length === 0 && ports.length === 0) {
    removeNetworkNamespace(namespacePath);
    return notes;
  }
  const isHere = database.get(
    'SELECT 1 FROM endpoint WHERE container = ? AND boot_id = ?',
    id,
    bootId,
  );
  if (isHere !== undefined) {
    const containerName = joined[0]?.endpoint.containerName ?? id;
    const request = { container: id, containerName, namespacePath, endpoints: joined, ports };
    // Killed before it was mounted, or unmounted by somebody: netavark needs one to clean up the host's side.
    const isLost = !isMounted(namespacePath);
    try {
      if (isLost) {
        removeNetworkNamespace(namespacePath);
        makeNetworkNamespace(namespacePath);
      }
      await tearDownWithNetavark(world, request, signal);
    } catch (error) {
      // It ends with the interfaces, which are not in the new one.
      if (!isLost || !String(error).includes('No such device')) told(error);
    }
  }
  try {
    removeNetworkNamespace(namespacePath);
  } catch (error) {
    told(error);
  }
  database.write(() => {
    removeEndpoints(database, id);
    removePorts(database, id);
  });
  return notes;
}

/** Whether a container has a namespace that the engine made. */
export function hasNamespace(world: Pick<NetworkWorld, 'runFolder'>, id: string): boolean {
  return isMounted(namespacePathOf(world, id));
}

function isMounted(path: string): boolean {
  return readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `);
}
