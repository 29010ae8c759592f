// Networks as `network ls` and `network inspect` show them: with docker's fields. host and none are no records, but docker's
// users expect them in the list.
import type { Engine } from '../engine/engine.ts';
import { ensureDefaultNetwork, wordId } from '../engine/network/create-network.ts';
import { endpointsIn } from '../engine/network/endpoints.ts';
import { defaultNetworkName, type NetworkRecord } from '../engine/network/network-record.ts';
import { networkRows } from '../engine/network/network-rows.ts';
import { usersOfNetwork } from '../engine/network/network-users.ts';
import { goTime } from '../lib/human-units.ts';
import { parseSubnet } from '../lib/ip-address.ts';
import type { Filtered } from './object-filters.ts';

/** A network that is listed: host and none have drivers of their own. */
export type ListedNetwork = Omit<NetworkRecord, 'driver'> & { readonly driver: string };

function word(name: 'host' | 'none'): ListedNetwork {
  return {
    id: wordId(name),
    name,
    driver: name === 'host' ? 'host' : 'null',
    interface: '',
    subnets: [],
    internal: false,
    dns: false,
    labels: {},
    options: {},
    createdMs: 0,
  };
}

/** All networks by name, those that are always there among them. */
export function listedNetworks(engine: Engine): readonly ListedNetwork[] {
  ensureDefaultNetwork(engine);
  return [...networkRows(engine.database).list(), word('host'), word('none')].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
}

/** A network by name or id. @throws PlimsollError PL0850, PL0851 */
export function listedNetwork(engine: Engine, text: string): ListedNetwork {
  if (text === defaultNetworkName) return ensureDefaultNetwork(engine);
  const found = (['host', 'none'] as const).map(word).find((one) => one.name === text);
  return found ?? networkRows(engine.database).find(text);
}

const isBuiltIn = (name: string): boolean => [defaultNetworkName, 'host', 'none'].includes(name);

/** What filters ask about. */
export function filteredNetwork(engine: Engine, network: ListedNetwork): Filtered {
  const { id, name, driver, labels, createdMs } = network;
  return {
    id,
    name,
    driver,
    labels,
    createdMs,
    dangling: !isBuiltIn(name) && usersOfNetwork(engine.records, network).length === 0,
    custom: !isBuiltIn(name),
  };
}

const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');

function hasFamily({ subnets }: ListedNetwork, family: 4 | 6): boolean {
  return subnets.some(({ subnet }) => parseSubnet(subnet)?.family === family);
}

/** A row of `network ls`. */
export function networkRow(network: ListedNetwork, noTrunc: boolean): object {
  const { id, name, driver, internal, labels, createdMs } = network;
  return {
    CreatedAt: goTime(createdMs),
    Driver: driver,
    ID: noTrunc ? id : id.slice(0, 12),
    IPv4: String(hasFamily(network, 4)),
    IPv6: String(hasFamily(network, 6)),
    Internal: String(internal),
    Labels: labelText(labels),
    Name: name,
    Scope: 'local',
  };
}

/** The headings of those fields. */
export const networkHeadings: Readonly<Record<string, string>> = {
  CreatedAt: 'CREATED AT',
  Driver: 'DRIVER',
  ID: 'NETWORK ID',
  IPv4: 'IPV4',
  IPv6: 'IPV6',
  Internal: 'INTERNAL',
  Labels: 'LABELS',
  Name: 'NAME',
  Scope: 'SCOPE',
};

/** What `network inspect` shows. */
export function inspectedNetwork(engine: Engine, network: ListedNetwork): object {
  const { id, name, driver, subnets, internal, options, labels, createdMs, dns } = network;
  const withLength = (address: string | undefined): string => {
    if (address === undefined) return '';
    const family = address.includes(':') ? 6 : 4;
    const { prefix } =
      subnets.map(({ subnet }) => parseSubnet(subnet)).find((one) => one?.family === family) ?? {};
    return `${address}/${prefix ?? ''}`;
  };
  return {
    Name: name,
    Id: id,
    Created: new Date(createdMs).toISOString(),
    Scope: 'local',
    Driver: driver,
    EnableIPv4: hasFamily(network, 4),
    EnableIPv6: hasFamily(network, 6),
    IPAM: {
      Driver: 'default',
      Options: {},
      Config: subnets.map(({ subnet, gateway, range }) => ({
        Subnet: subnet,
        ...(range === undefined ? {} : { IPRange: `${range.first}-${range.last}` }),
        ...(gateway === undefined ? {} : { Gateway: gateway }),
      })),
    },
    Internal: internal,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    Containers: Object.fromEntries(
      endpointsIn(engine.database, id, engine.bootId).map((endpoint) => [
        endpoint.container,
        {
          Name: engine.records.get(endpoint.container)?.name ?? endpoint.containerName,
          EndpointID: endpoint.container,
          MacAddress: endpoint.mac,
          IPv4Address: withLength(endpoint.ip4),
          IPv6Address: withLength(endpoint.ip6),
        },
      ]),
    ),
    Options: options,
    Labels: labels,
    // Fields that docker has not.
    Interface: network.interface,
    DNS: dns,
  };
}
