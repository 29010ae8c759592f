// Subnets for new networks: of the private addresses, none that this machine already has a way to, so that no other
// network gets lost behind a bridge. Small ones, as podman takes them: docker's of 65536 addresses each are soon used up.
import { readFileSync } from 'node:fs';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import {
  formatIp,
  formatSubnet,
  type IpFamily,
  overlap,
  parseSubnet,
  type Subnet,
} from '../../lib/ip-address.ts';
import type { NetworkRecord, NetworkSubnet } from './network-record.ts';

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    // Without IPv6 in the kernel there is no such file.
    return [];
  }
}

/** An address as /proc/net/route has it. */
function littleEndian(hex: string): bigint {
  return BigInt(`0x${(hex.match(/../g) ?? []).toReversed().join('') || '0'}`);
}

/** Routes of version 4 (/proc/net/route): hexadecimal, lowest byte first. */
function routesOfFour(lines: readonly string[]): readonly Subnet[] {
  return lines.slice(1).flatMap((line) => {
    const [, destination, , , , , , mask] = line.split(/\s+/);
    if (destination === undefined || mask === undefined) return [];
    const prefix = littleEndian(mask).toString(2).replaceAll('0', '').length;
    return prefix === 0 ? [] : [{ family: 4 as const, value: littleEndian(destination), prefix }];
  });
}

/** Routes of version 6 (/proc/net/ipv6_route): destination, its prefix length, both hexadecimal. */
function routesOfSix(lines: readonly string[]): readonly Subnet[] {
  return lines.flatMap((line) => {
    const [destination, hexPrefix] = line.split(/\s+/);
    if (destination?.length !== 32 || hexPrefix === undefined) return [];
    const prefix = Number.parseInt(hexPrefix, 16);
    return prefix === 0 ? [] : [{ family: 6 as const, value: BigInt(`0x${destination}`), prefix }];
  });
}

/** Subnets that this machine has a way to of its own, without those that begin with nothing (the default routes). */
export function hostSubnets(proc = '/proc'): readonly Subnet[] {
  return [
    ...routesOfFour(linesOf(`${proc}/net/route`)),
    ...routesOfSix(linesOf(`${proc}/net/ipv6_route`)),
  ];
}

/** The way out of this machine over version 4: its interface and the gateway's address; undefined where there is none. */
export function defaultRoute(
  proc = '/proc',
): { readonly interface: string; readonly gateway: string } | undefined {
  for (const line of linesOf(`${proc}/net/route`).slice(1)) {
    const [name, destination, gateway = '', , , , , mask] = line.split(/\s+/);
    if (name && destination === '00000000' && mask === '00000000')
      return { interface: name, gateway: formatIp({ family: 4, value: littleEndian(gateway) }) };
  }
  return undefined;
}

/** Subnets of networks. */
export function subnetsOf(networks: readonly NetworkRecord[]): readonly Subnet[] {
  return networks
    .flatMap(({ subnets }) => subnets)
    .map(({ subnet }) => parseSubnet(subnet))
    .filter((subnet) => subnet !== undefined);
}

/** Pools that subnets are taken from: podman's, and from a unique local prefix (RFC 4193) made of the id. */
function poolsOf(
  family: IpFamily,
  id: string,
): readonly { readonly base: Subnet; readonly prefix: number }[] {
  const texts: readonly (readonly [string, number])[] =
    family === 4
      ? [
          ['10.88.0.0/13', 24],
          ['10.128.0.0/9', 24],
          ['172.16.0.0/12', 24],
          ['192.168.0.0/16', 24],
        ]
      : [[`fd${id.slice(0, 2)}:${id.slice(2, 6)}:${id.slice(6, 10)}::/48`, 64]];
  return texts.flatMap(([text, prefix]) => {
    const base = parseSubnet(text);
    return base === undefined ? [] : [{ base, prefix }];
  });
}

/**
 * A subnet that is in nobody's way. Where the search begins depends on the id: two stores on one machine, which do not
 * know of each other, then seldom take the same.
 * @throws PlimsollError PL0854 where all are taken
 */
export function chooseSubnet(
  family: IpFamily,
  id: string,
  taken: readonly Subnet[],
): NetworkSubnet {
  const start = BigInt(`0x${id.slice(0, 8)}`);
  for (const { base, prefix } of poolsOf(family, id)) {
    const size = 1n << BigInt((family === 4 ? 32 : 128) - prefix);
    const count = 1n << BigInt(prefix - base.prefix);
    // Of version 6 there are 65536, all as good.
    for (let step = 0n; step < count && step < 4096n; step++) {
      const value = base.value + ((start + step) % count) * size;
      const subnet: Subnet = { family, value, prefix };
      if (taken.some((other) => overlap(other, subnet))) continue;
      return { subnet: formatSubnet(subnet), gateway: formatIp({ family, value: value + 1n }) };
    }
  }
  throw new PlimsollError('PL0854', 'no subnet is free for another network', {
    help: 'remove networks that are not needed (plimsoll network prune), or give one: --subnet',
  });
}
