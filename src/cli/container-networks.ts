// `NetworkSettings` of docker's inspect: where a container is in its networks, and its ports.
import type { Container } from '../engine/container.ts';
import type { AttachedNetwork, PublishedPort } from '../engine/network/network.ts';

interface Addresses {
  readonly ip: string;
  readonly length: number;
  readonly ip6: string;
  readonly length6: number;
  readonly gateway: string;
  readonly gateway6: string;
}

/** Addresses by family; '' where there is none, as Go has it. */
function addressesOf({ addresses, gateways }: AttachedNetwork): Addresses {
  const find = (list: readonly string[], six: boolean): string =>
    list.find((one) => one.includes(':') === six) ?? '';
  const [ip = '', length = '0'] = find(addresses, false).split('/');
  const [ip6 = '', length6 = '0'] = find(addresses, true).split('/');
  return {
    ip,
    length: Number(length),
    ip6,
    length6: Number(length6),
    gateway: find(gateways, false),
    gateway6: find(gateways, true),
  };
}

function endpointOf(id: string, attached: AttachedNetwork): object {
  const { ip, length, ip6, length6, gateway, gateway6 } = addressesOf(attached);
  return {
    IPAMConfig: null,
    Links: null,
    Aliases: attached.aliases.length === 0 ? null : attached.aliases,
    MacAddress: attached.mac,
    DriverOpts: null,
    NetworkID: attached.networkId,
    EndpointID: id,
    Gateway: gateway,
    IPAddress: ip,
    IPPrefixLen: length,
    IPv6Gateway: gateway6,
    GlobalIPv6Address: ip6,
    GlobalIPv6PrefixLen: length6,
    DNSNames: attached.aliases.length === 0 ? null : attached.aliases,
  };
}

/** An attachment that is not there. */
const nowhere: AttachedNetwork = {
  network: '',
  networkId: '',
  interface: '',
  addresses: [],
  gateways: [],
  mac: '',
  aliases: [],
};

/** What a network shows of a container that does not run. */
function idleEndpoint(aliases: readonly string[]): object {
  return endpointOf('', { ...nowhere, aliases });
}

/** Ports by what they are in the container: where they are published, null where they are not. */
export function portBindings(
  published: readonly PublishedPort[],
  exposed: readonly string[],
): ReadonlyMap<string, readonly object[] | null> {
  const bindings = new Map<string, object[] | null>(exposed.map((port) => [port, null]));
  for (const { hostIp, hostPort, containerPort, protocol } of published) {
    const key = `${containerPort}/${protocol}`;
    const binding = { HostIp: hostIp, HostPort: hostPort === 0 ? '' : String(hostPort) };
    bindings.set(key, [...(bindings.get(key) ?? []), binding]);
  }
  return bindings;
}

/** docker writes 'every address' out where a port is listened on. */
const listened = (ports: readonly PublishedPort[]): readonly PublishedPort[] =>
  ports.map((port) => ({ ...port, hostIp: port.hostIp || '0.0.0.0' }));

function attachedOf({ id, settings: { network }, state }: Container): [string, object][] {
  if (state.network !== undefined && state.network.attached.length > 0)
    return state.network.attached.map((one) => [one.network, endpointOf(id, one)]);
  if (network.mode !== 'networks')
    return network.mode === 'container' ? [] : [[network.mode, idleEndpoint([])]];
  if (network.attachments.length === 0) return [['bridge', idleEndpoint([])]];
  return network.attachments.map((one) => [one.network, idleEndpoint(one.aliases)]);
}

/** The object that docker calls NetworkSettings. */
export function containerNetworks(container: Container): object {
  const { settings, state } = container;
  const first = state.network?.attached[0];
  const { ip, length, ip6, length6, gateway, gateway6 } = addressesOf(first ?? nowhere);
  const path = state.network?.namespacePath ?? '';
  const exposed = [...settings.image.config.exposedPorts, ...settings.network.exposed];
  return {
    Bridge: '',
    SandboxID: path === '' ? '' : container.id,
    SandboxKey: path,
    Ports:
      state.network === undefined
        ? new Map()
        : portBindings(listened(state.network.ports), exposed),
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: first === undefined ? '' : container.id,
    Gateway: gateway,
    GlobalIPv6Address: ip6,
    GlobalIPv6PrefixLen: length6,
    IPAddress: ip,
    IPPrefixLen: length,
    IPv6Gateway: gateway6,
    MacAddress: first?.mac ?? '',
    Networks: new Map(attachedOf(container)),
  };
}
