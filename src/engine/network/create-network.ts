// Makes networks: checks what was asked, finds a subnet where none was given, writes the record. Nothing on the machine
// changes until a container is in it.
import { createHash, randomBytes } from 'node:crypto';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import {
  formatIp,
  formatSubnet,
  isInSubnet,
  overlap,
  parseIp,
  parseSubnet,
  type Subnet,
  subnetSize,
} from '../../lib/ip-address.ts';
import { chooseSubnet, defaultRoute, hostSubnets, subnetsOf } from './choose-subnet.ts';
import {
  defaultNetworkName,
  type NetworkRecord,
  type NetworkSubnet,
  reservedNames,
} from './network-record.ts';
import { networkRows } from './network-rows.ts';
import type { NetworkWorld } from './network-world.ts';

/** What a network is asked for. */
export interface NetworkOrder {
  readonly name: string;
  readonly driver: string;
  /** Subnets, and by their order gateways and ranges. */
  readonly subnets: readonly string[];
  readonly gateways: readonly string[];
  readonly ranges: readonly string[];
  readonly ipv6: boolean;
  readonly internal: boolean;
  readonly dns: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
}

/** An order of which only the name was said. */
export function plainOrder(name: string): NetworkOrder {
  return {
    name,
    driver: 'bridge',
    subnets: [],
    gateways: [],
    ranges: [],
    ipv6: false,
    internal: false,
    dns: true,
    labels: {},
    options: {},
  };
}

function unfit(message: string, help: string): PlimsollError {
  return new PlimsollError('PL0854', message, { help });
}

const nameForm = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

function checkName(name: string): void {
  if (reservedNames.has(name))
    throw new PlimsollError('PL0852', `'${name}' is a word with a meaning of its own`, {
      help: 'take another name for the network',
    });
  if (!nameForm.test(name))
    throw new PlimsollError('PL0001', `invalid network name ${JSON.stringify(name)}`, {
      help: 'names are [a-zA-Z0-9][a-zA-Z0-9_.-]*',
    });
}

/** Each subnet with the gateway and range that lie in it. */
function givenSubnets({ subnets, gateways, ranges }: NetworkOrder): readonly NetworkSubnet[] {
  const parsed = subnets.map((text) => {
    const subnet = parseSubnet(text);
    if (subnet === undefined)
      throw unfit(`invalid subnet ${text}`, 'write it as address and length: 10.89.0.0/24');
    if (subnetSize(subnet) < 4n) throw unfit(`subnet ${text} is too small`, 'take a /30 at most');
    return subnet;
  });
  const [, ...later] = parsed;
  if (parsed.some((one, at) => later.slice(at).some((other) => overlap(one, other))))
    throw unfit('the subnets overlap', 'give each address once');
  const inOne = (
    text: string,
    what: string,
    value: Subnet | ReturnType<typeof parseIp>,
  ): Subnet => {
    const found = value && parsed.find((subnet) => isInSubnet(value, subnet));
    if (found !== undefined) return found;
    throw unfit(`${what} ${text} lies in no subnet of the network`, 'give its --subnet before');
  };
  const byGateway = new Map(
    gateways.map((text) => [inOne(text, 'gateway', parseIp(text)), text] as const),
  );
  const byRange = new Map(
    ranges.map((text) => {
      const range = parseSubnet(text);
      return [inOne(text, 'range', range), range] as const;
    }),
  );
  return parsed.map((subnet) => {
    const { family } = subnet;
    const range = byRange.get(subnet);
    return {
      subnet: formatSubnet(subnet),
      gateway: byGateway.get(subnet) ?? formatIp({ family, value: subnet.value + 1n }),
      ...(range === undefined
        ? {}
        : {
            range: {
              first: formatIp(range),
              last: formatIp({ family, value: range.value + subnetSize(range) - 1n }),
            },
          }),
    };
  });
}

function driverOf({ driver }: NetworkOrder): NetworkRecord['driver'] {
  if (driver === 'bridge' || driver === 'macvlan') return driver;
  throw new PlimsollError('PL0001', `unknown network driver ${JSON.stringify(driver)}`, {
    help: 'drivers are bridge and macvlan',
  });
}

/** The bridge's name: of its own, or from what its network is. */
function interfaceOf(id: string, driver: NetworkRecord['driver'], order: NetworkOrder): string {
  const { options } = order;
  if (driver === 'macvlan') return options['parent'] ?? defaultRoute()?.interface ?? '';
  const asked = options['com.docker.network.bridge.name'] ?? options['interface_name'];
  if (asked === undefined) return `pl-${id.slice(0, 12)}`;
  if (/^[\w.-]{1,15}$/.test(asked)) return asked;
  throw new PlimsollError('PL0001', `invalid name of a bridge: ${JSON.stringify(asked)}`, {
    help: 'at most 15 letters and digits',
  });
}

/** Inside of `write`. */
function insertNetwork(world: NetworkWorld, id: string, order: NetworkOrder): NetworkRecord {
  const rows = networkRows(world.database);
  const driver = driverOf(order);
  const given = givenSubnets(order);
  const others = subnetsOf(rows.list());
  for (const { subnet: text } of given) {
    const subnet = parseSubnet(text);
    if (subnet !== undefined && others.some((other) => overlap(other, subnet)))
      throw unfit(
        `subnet ${text} overlaps with that of another network`,
        'plimsoll network inspect shows the subnets; take another, or none',
      );
  }
  const taken = [...others, ...hostSubnets()];
  const has = (family: 4 | 6): boolean =>
    given.some(({ subnet }) => parseSubnet(subnet)?.family === family);
  if (driver === 'macvlan' && !has(4) && !has(6))
    throw unfit('a macvlan network needs the subnet that it is in', 'give it: --subnet, --gateway');
  const subnets = [
    ...(has(4) || driver === 'macvlan' || (has(6) && !order.ipv6)
      ? []
      : [chooseSubnet(4, id, taken)]),
    ...given,
    ...(has(6) || !order.ipv6 ? [] : [chooseSubnet(6, id, taken)]),
  ];
  const record: NetworkRecord = {
    id,
    name: order.name,
    driver,
    interface: interfaceOf(id, driver, order),
    subnets,
    internal: order.internal,
    // aardvark-dns listens on the bridge's own address.
    dns: order.dns && driver === 'bridge',
    labels: order.labels,
    options: order.options,
    createdMs: world.now(),
  };
  rows.insert(record);
  return record;
}

/**
 * Makes a network.
 * @throws PlimsollError PL0001, PL0852 name taken, PL0854 subnet that does not fit
 */
export function createNetwork(world: NetworkWorld, order: NetworkOrder): NetworkRecord {
  checkName(order.name);
  const id = randomBytes(32).toString('hex');
  return world.database.write(() => insertNetwork(world, id, order));
}

/** The network of containers that name none, made when it is first asked for. */
export function ensureDefaultNetwork(world: NetworkWorld): NetworkRecord {
  const { database } = world;
  const known = networkRows(database).named(defaultNetworkName);
  if (known !== undefined) return known;
  return database.write(() => {
    const order = { ...plainOrder(defaultNetworkName), dns: false };
    const again = networkRows(database).named(defaultNetworkName);
    return again ?? insertNetwork(world, randomBytes(32).toString('hex'), order);
  });
}

/** Id that `network ls` shows of host and none, which are no records: always the same. */
export function wordId(word: 'host' | 'none'): string {
  return createHash('sha256').update(`plimsoll network ${word}`).digest('hex');
}
