// Who has which address: a row for each container in each network, written before anything is set up and removed after it
// is taken down. A row of another run of the machine is void, since nothing that it stood for is left. Several commands at
// once are kept apart by the database: the addresses of a network are unique in it.
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import {
  formatIp,
  type IpAddress,
  type IpFamily,
  isInSubnet,
  parseIp,
  parseSubnet,
  type Subnet,
  subnetSize,
} from '../../lib/ip-address.ts';
import type { Row, StoreDatabase } from '../../store/database.ts';
import type { NetworkAttachment } from './network.ts';
import type { NetworkRecord, NetworkSubnet } from './network-record.ts';

/** A container in a network. */
export interface Endpoint {
  readonly container: string;
  /** Id of the network. */
  readonly network: string;
  /** In the container: eth0. */
  readonly interface: string;
  readonly ip4?: string;
  readonly ip6?: string;
  readonly mac: string;
  /** Names that others find it by. */
  readonly aliases: readonly string[];
  /** The container's name when it was set up. */
  readonly containerName: string;
  /** Name servers of its own. */
  readonly dns: readonly string[];
}

interface Detail {
  readonly aliases: readonly string[];
  readonly containerName: string;
  readonly dns: readonly string[];
}

/** What an endpoint is asked for. */
export interface EndpointRequest {
  readonly container: string;
  readonly containerName: string;
  readonly network: NetworkRecord;
  readonly attachment: NetworkAttachment;
  readonly dns: readonly string[];
}

/** Removes what other runs of the machine left; inside of `write`. */
export function forgetOtherBoots(database: StoreDatabase, bootId: string): void {
  database.run('DELETE FROM endpoint WHERE boot_id <> ?', bootId);
  database.run('DELETE FROM port WHERE boot_id <> ?', bootId);
}

function endpointOf(row: Row): Endpoint {
  const text = (name: string): string | undefined => {
    const value = row[name];
    return typeof value === 'string' ? value : undefined;
  };
  const [ip4, ip6] = [text('ip4'), text('ip6')];
  return {
    container: text('container') ?? '',
    network: text('network') ?? '',
    interface: text('interface') ?? '',
    ...(ip4 === undefined ? {} : { ip4 }),
    ...(ip6 === undefined ? {} : { ip6 }),
    mac: text('mac') ?? '',
    ...(JSON.parse(text('detail') ?? '{}') as Detail),
  };
}

/** The networks of a container, in the order of their interfaces. */
export function endpointsOf(database: StoreDatabase, container: string): readonly Endpoint[] {
  return database
    .all('SELECT * FROM endpoint WHERE container = ? ORDER BY interface', container)
    .map(endpointOf);
}

/** The containers of a network that are set up in this run of the machine. */
export function endpointsIn(
  database: StoreDatabase,
  network: string,
  bootId: string,
): readonly Endpoint[] {
  return database
    .all(
      'SELECT * FROM endpoint WHERE network = ? AND boot_id = ? ORDER BY container',
      network,
      bootId,
    )
    .map(endpointOf);
}

/** Gives up a container's place in a network; in all of them without one. */
export function removeEndpoints(
  database: StoreDatabase,
  container: string,
  network?: string,
): void {
  if (network === undefined) database.run('DELETE FROM endpoint WHERE container = ?', container);
  else database.run('DELETE FROM endpoint WHERE container = ? AND network = ?', container, network);
}

/** Beyond this many addresses that are taken the search gives up: an IPv6 subnet cannot be searched whole. */
const longestSearch = 70_000n;

interface Pool {
  readonly subnet: Subnet;
  readonly definition: NetworkSubnet;
  readonly first: bigint;
  readonly last: bigint;
}

function poolOf(definition: NetworkSubnet): Pool | undefined {
  const subnet = parseSubnet(definition.subnet);
  if (subnet === undefined) return undefined;
  const end = subnet.value + subnetSize(subnet) - 1n;
  const from = definition.range === undefined ? undefined : parseIp(definition.range.first);
  const to = definition.range === undefined ? undefined : parseIp(definition.range.last);
  // The first address is the network's own, the last of version 4 the broadcast's; tiny subnets have neither.
  const whole = subnetSize(subnet) <= 2n;
  const least = whole ? subnet.value : subnet.value + 1n;
  const most = whole || subnet.family === 6 ? end : end - 1n;
  const first = from === undefined || from.value < least ? least : from.value;
  const last = to === undefined || to.value > most ? most : to.value;
  return { subnet, definition, first, last };
}

function addressInUse(address: string, network: NetworkRecord): PlimsollError {
  return new PlimsollError(
    'PL0853',
    `address ${address} of network ${network.name} is already in use`,
    { help: `plimsoll network inspect ${network.name} shows who has it` },
  );
}

/** An address in one of the network's subnets of a family. @throws PlimsollError PL0853, PL0854 */
function chooseAddress(
  database: StoreDatabase,
  network: NetworkRecord,
  family: IpFamily,
  wanted: string | undefined,
): string | undefined {
  const column = family === 4 ? 'ip4' : 'ip6';
  const isTaken = (address: string): boolean =>
    database.get(
      `SELECT 1 FROM endpoint WHERE network = ? AND ${column} = ?`,
      network.id,
      address,
    ) !== undefined;
  const pools = network.subnets
    .map(poolOf)
    .filter((pool): pool is Pool => pool?.subnet.family === family);
  if (wanted !== undefined) {
    const address = parseIp(wanted);
    const pool =
      address === undefined ? undefined : pools.find(({ subnet }) => isInSubnet(address, subnet));
    if (address === undefined || pool === undefined)
      throw new PlimsollError(
        'PL0854',
        `address ${wanted} is in no subnet of network ${network.name}`,
        {
          help: `take one of ${network.subnets.map(({ subnet }) => subnet).join(', ')}`,
        },
      );
    const tidy = formatIp(address);
    if (isTaken(tidy) || isGateway(pool, address)) throw addressInUse(tidy, network);
    return tidy;
  }
  if (pools.length === 0) return undefined;
  for (const pool of pools) {
    const found = nextFree(database, network, pool, isTaken);
    if (found !== undefined) return found;
  }
  throw new PlimsollError('PL0853', `network ${network.name} has no free address left`, {
    help: 'remove containers that are not needed, or make a network with a larger --subnet',
  });
}

function isGateway({ definition }: Pool, { value }: IpAddress): boolean {
  const gateway = definition.gateway === undefined ? undefined : parseIp(definition.gateway);
  return gateway?.value === value;
}

/** The next after the one given last, so that an address is not given to another container at once. */
function nextFree(
  database: StoreDatabase,
  network: NetworkRecord,
  pool: Pool,
  isTaken: (address: string) => boolean,
): string | undefined {
  const { family } = pool.subnet;
  const name = pool.definition.subnet;
  const row = database.get(
    'SELECT address FROM last_address WHERE network = ? AND subnet = ?',
    network.id,
    name,
  );
  const before = row === undefined ? undefined : parseIp(String(row['address']));
  const count = pool.last - pool.first + 1n;
  const start = before === undefined ? 0n : before.value + 1n - pool.first;
  for (let step = 0n; step < count && step < longestSearch; step++) {
    const value = pool.first + ((((start + step) % count) + count) % count);
    const address = formatIp({ family, value });
    if (isGateway(pool, { family, value }) || isTaken(address)) continue;
    database.run(
      'INSERT OR REPLACE INTO last_address (network, subnet, address) VALUES (?, ?, ?)',
      network.id,
      name,
      address,
    );
    return address;
  }
  return undefined;
}

/** docker's older rule: made of the address, so that who has the address next has the same one. */
function macOf(address: string): string {
  const value = parseIp(address)?.value ?? 0n;
  const bytes = [24n, 16n, 8n, 0n].map((shift) =>
    ((value >> shift) & 255n).toString(16).padStart(2, '0'),
  );
  return `02:42:${bytes.join(':')}`;
}

/** The first of eth0, eth1 … that the container does not have. */
function freeInterface(database: StoreDatabase, container: string): string {
  const taken = new Set(endpointsOf(database, container).map((endpoint) => endpoint.interface));
  let number = 0;
  while (taken.has(`eth${number}`)) number++;
  return `eth${number}`;
}

/**
 * Gives a container its place in a network; inside of `write`.
 * @throws PlimsollError PL0853 address in use or none left, PL0854 not of the network, PL0855 in it already
 */
export function insertEndpoint(
  database: StoreDatabase,
  bootId: string,
  { container, containerName, network, attachment, dns }: EndpointRequest,
): Endpoint {
  const before = endpointsOf(database, container);
  if (before.some((endpoint) => endpoint.network === network.id))
    throw new PlimsollError(
      'PL0855',
      `container ${containerName} is in network ${network.name} already`,
      { help: 'name each network once' },
    );
  const ip4 = chooseAddress(database, network, 4, attachment.ip);
  const ip6 = chooseAddress(database, network, 6, attachment.ip6);
  const wanted = attachment.interface;
  if (wanted !== undefined && before.some((endpoint) => endpoint.interface === wanted))
    throw new PlimsollError(
      'PL0855',
      `container ${containerName} has an interface ${wanted} already`,
      {
        help: 'give each network an interface of its own',
      },
    );
  const endpoint: Endpoint = {
    container,
    containerName,
    network: network.id,
    interface: wanted ?? freeInterface(database, container),
    ...(ip4 === undefined ? {} : { ip4 }),
    ...(ip6 === undefined ? {} : { ip6 }),
    mac: attachment.mac ?? macOf(ip4 ?? ip6 ?? ''),
    aliases: attachment.aliases,
    dns,
  };
  database.run(
    'INSERT INTO endpoint (container, network, interface, ip4, ip6, mac, detail, boot_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    container,
    network.id,
    endpoint.interface,
    ip4 ?? null,
    ip6 ?? null,
    endpoint.mac,
    JSON.stringify({ aliases: attachment.aliases, containerName, dns } satisfies Detail),
    bootId,
  );
  return endpoint;
}
