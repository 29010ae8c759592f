// What docker's options of networks come to (docker/cli opts/port.go and docs of `docker run`), with podman's form
// NETWORK:ip=…,mac=… beside docker's name=NETWORK,ip=….
import { isIP, isIPv4, isIPv6 } from 'node:net';
import {
  defaultNetwork,
  type NetworkAttachment,
  type NetworkChoices,
  type PortProtocol,
  type PublishedPort,
} from '../engine/network/network.ts';
import type { NetworkOptions } from './network-options.ts';
import { commaFields, conflictingOptions, cut, wrongOption } from './wrong-option.ts';

/** What the options say, and what of them is left out. */
export interface GivenNetwork {
  readonly choices: NetworkChoices;
  readonly notes: readonly string[];
}

const protocols: Readonly<Record<string, PortProtocol>> = { tcp: 'tcp', udp: 'udp', sctp: 'sctp' };

interface Range {
  readonly first: number;
  readonly last: number;
}

/** '80', '80-90'. */
function rangeOf(text: string): Range | undefined {
  const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  return first === '' || range.last > 65535 || range.last < range.first ? undefined : range;
}

const portForm = '[[ADDRESS:]PORT:]PORT[/tcp|udp|sctp], a port or a range: 127.0.0.1:8080:80';

/** 'target=80,published=8080,protocol=udp' in the short form. */
function shortPort(text: string): string {
  if (!/^(target|published|protocol|mode)=/.test(text)) return text;
  const values = new Map((commaFields(text) ?? []).map((field) => cut(field, '=') ?? [field, '']));
  for (const key of values.keys()) {
    if (!['target', 'published', 'protocol', 'mode'].includes(key))
      throw wrongOption('--publish', text, 'target=PORT,published=PORT,protocol=tcp');
  }
  const published = values.get('published');
  return `${published === undefined ? '' : `${published}:`}${values.get('target') ?? ''}/${values.get('protocol') ?? 'tcp'}`;
}

/** An address of version 6 stands in brackets, or without them before two ports. */
function partsOf(body: string) {
  const [, bracketed, rest = body] = /^\[([^\]]+)\]:(.*)$/.exec(body) ?? [];
  const parts = rest.split(':');
  const containerText = parts.pop() ?? '';
  const hostText = parts.pop() ?? '';
  const before = parts.join(':');
  // Nothing may stand between the brackets and the ports.
  if (bracketed !== undefined && before !== '') return { address: body, hostText, containerText };
  return { address: bracketed ?? before, hostText, containerText };
}

/**
 * Ports of one --publish.
 * @throws PlimsollError PL0001
 */
export function parsePublish(given: string): readonly PublishedPort[] {
  const wrong = () => wrongOption('--publish', given, portForm);
  const text = shortPort(given);
  const [, body = '', word = 'tcp'] = /^([^/]*)(?:\/(.*))?$/.exec(text) ?? [];
  const protocol = protocols[word.toLowerCase()];
  const { address, hostText, containerText } = partsOf(body);
  const container = rangeOf(containerText);
  const host = hostText === '' ? { first: 0, last: 0 } : rangeOf(hostText);
  if (protocol === undefined || container === undefined || host === undefined) throw wrong();
  if (container.first === 0) throw wrong();
  if (address !== '' && isIP(address) === 0)
    throw wrongOption('--publish', given, 'an address of this machine before the ports');
  const hostIp = address;
  const count = container.last - container.first;
  if (host.first === 0 || count === host.last - host.first) {
    return Array.from({ length: count + 1 }, (_, at) => ({
      hostIp,
      hostPort: host.first === 0 ? 0 : host.first + at,
      containerPort: container.first + at,
      protocol,
    }));
  }
  if (count > 0)
    throw wrongOption('--publish', given, `as many ports before the colon as after it`);
  return [
    {
      hostIp,
      hostPort: host.first,
      hostPortLast: host.last,
      containerPort: container.first,
      protocol,
    },
  ];
}

/** '80', '80-82/udp' as PORT/PROTOCOL each. */
function exposedOf(text: string): readonly string[] {
  const [ports, word = 'tcp'] = text.split('/');
  const range = rangeOf(ports ?? '');
  const protocol = protocols[word.toLowerCase()];
  if (range === undefined || range.first === 0 || protocol === undefined)
    throw wrongOption('--expose', text, 'PORT[-PORT][/tcp|udp|sctp]');
  return Array.from(
    { length: range.last - range.first + 1 },
    (_, at) => `${range.first + at}/${protocol}`,
  );
}

function extraHostOf(text: string): string {
  // An equals sign is docker's newer form, made for addresses of version 6.
  const [name = '', bare = ''] = cut(text, '=') ?? cut(text, ':') ?? [];
  const address = bare.replace(/^\[(.*)\]$/, '$1');
  if (name === '' || /\s/.test(name) || (isIP(address) === 0 && address !== 'host-gateway'))
    throw wrongOption('--add-host', text, 'NAME:ADDRESS, or NAME:host-gateway');
  return `${name}:${address}`;
}

const macForm = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i;

function attachmentWith(
  option: string,
  attachment: NetworkAttachment,
  key: string,
  value: string,
  whole: string,
): NetworkAttachment {
  switch (key) {
    case 'alias':
      return { ...attachment, aliases: [...attachment.aliases, value] };
    case 'ip':
      if (isIPv4(value)) return { ...attachment, ip: value };
      if (isIPv6(value) && option === '--network') return { ...attachment, ip6: value };
      throw wrongOption(option, whole, 'an IPv4 address');
    case 'ip6':
      if (isIPv6(value)) return { ...attachment, ip6: value };
      throw wrongOption(option, whole, 'an IPv6 address');
    case 'mac':
    case 'mac-address':
      if (macForm.test(value))
        return { ...attachment, mac: value.toLowerCase().replaceAll('-', ':') };
      throw wrongOption(option, whole, 'a hardware address: 02:42:ac:11:00:02');
    case 'interface_name':
      if (/^[\w.-]{1,15}$/.test(value)) return { ...attachment, interface: value };
      throw wrongOption(option, whole, 'a name of at most 15 letters');
    default:
      throw wrongOption(option, whole, 'name=, alias=, ip=, ip6=, mac-address= or interface_name=');
  }
}

/** NETWORK, name=NETWORK,ip=… (docker) or NETWORK:ip=… (podman). */
function attachmentOf(text: string): NetworkAttachment {
  const long = /^(name|alias|ip|ip6|mac-address)=/.test(text);
  const at = text.indexOf(':');
  const fields = commaFields(long || at < 0 ? text : text.slice(at + 1)) ?? [];
  let attachment: NetworkAttachment = {
    network: long ? '' : at < 0 ? text : text.slice(0, at),
    aliases: [],
  };
  for (const field of long || at >= 0 ? fields : []) {
    const [key, value] = cut(field, '=') ?? [field, ''];
    if (key === 'name' && long) attachment = { ...attachment, network: value };
    else attachment = attachmentWith('--network', attachment, key, value, text);
  }
  if (attachment.network !== '') return attachment;
  throw wrongOption('--network', text, 'the name of a network');
}

function modeOf(texts: readonly string[]): Pick<NetworkChoices, 'mode' | 'target' | 'attachments'> {
  const special = (text: string): Pick<NetworkChoices, 'mode' | 'target'> | undefined => {
    if (text === 'none') return { mode: 'none' };
    if (text === 'host') return { mode: 'host' };
    if (text.startsWith('container:')) return { mode: 'container', target: text.slice(10) };
    if (text.startsWith('ns:/')) return { mode: 'path', target: text.slice(3) };
    return undefined;
  };
  const [first = 'default', ...more] = texts;
  const found = special(first);
  if (found !== undefined && more.length === 0) {
    if (found.target !== '') return { ...found, attachments: [] };
    throw wrongOption('--network', first, 'container: and the name of a container');
  }
  if (texts.some((text) => special(text) !== undefined))
    throw conflictingOptions(
      'cannot attach both user-defined and non-user-defined network-modes',
      'none, host, container: and ns: stand alone; networks may be several',
    );
  const named = texts.filter((text) => text !== 'default' && text !== 'private');
  return { mode: 'networks', attachments: named.map(attachmentOf) };
}

/** What --ip, --mac-address and --network-alias say of the one network. */
function withSingleOptions(
  attachments: readonly NetworkAttachment[],
  options: NetworkOptions,
): readonly NetworkAttachment[] {
  const given: readonly (readonly [string, string, string])[] = [
    ...[...(options.networkAlias ?? []), ...(options.netAlias ?? [])].map(
      (alias) => ['--network-alias', 'alias', alias] as const,
    ),
    ...(options.ip === undefined ? [] : [['--ip', 'ip', options.ip] as const]),
    ...(options.ip6 === undefined ? [] : [['--ip6', 'ip6', options.ip6] as const]),
    ...(options.macAddress === undefined
      ? []
      : [['--mac-address', 'mac', options.macAddress] as const]),
  ];
  const [first = { network: 'bridge', aliases: [] }, ...more] = attachments;
  const [option] = given;
  if (option === undefined) return attachments;
  if (more.length > 0 && option[0] !== '--network-alias')
    throw conflictingOptions(
      `${option[0]} and several networks`,
      'say it of each: --network name=NET,ip=ADDRESS,alias=NAME',
    );
  return [
    given.reduce(
      (attachment, [name, key, value]) => attachmentWith(name, attachment, key, value, value),
      first,
    ),
    ...more,
  ];
}

function refuseForeign(mode: NetworkChoices['mode'], options: NetworkOptions): void {
  if (mode === 'networks') return;
  const help = 'leave one of the two out';
  const refuse = (given: unknown, what: string): void => {
    if (given === undefined || (Array.isArray(given) && given.length === 0)) return;
    throw conflictingOptions(`${what} and the network mode`, help);
  };
  refuse(options.ip ?? options.ip6, 'an address');
  refuse(options.macAddress, 'mac-address');
  refuse(options.networkAlias ?? options.netAlias, 'network-scoped alias');
  if (mode !== 'container') return;
  refuse(options.dns ?? options.dnsSearch ?? options.dnsOption ?? options.dnsOpt, 'dns');
  refuse(options.addHost, 'custom host-to-IP mapping');
  refuse(options.publish, 'port publishing');
  refuse(options.publishAll === true ? true : undefined, 'port publishing');
  refuse(options.expose, 'port exposing');
}

/**
 * What the options come to.
 * @throws PlimsollError PL0001 names the option, the value and what was expected
 */
export function networkChoicesOf(options: NetworkOptions): GivenNetwork {
  const { mode, target, attachments } = modeOf([
    ...(options.network ?? []),
    ...(options.net ?? []),
  ]);
  refuseForeign(mode, options);
  for (const address of options.dns ?? []) {
    if (isIP(address) === 0) throw wrongOption('--dns', address, 'an IP address');
  }
  for (const domain of options.dnsSearch ?? []) {
    if (domain !== '.' && !/^[\w-]+(\.[\w-]+)*\.?$/.test(domain))
      throw wrongOption('--dns-search', domain, 'a domain such as example.org');
  }
  const ports = (options.publish ?? []).flatMap(parsePublish);
  const publishes = ports.length > 0 || options.publishAll === true;
  const discarded = publishes && mode !== 'networks';
  return {
    choices: {
      ...defaultNetwork,
      mode,
      ...(target === undefined ? {} : { target }),
      attachments: mode === 'networks' ? withSingleOptions(attachments, options) : [],
      ports: discarded ? [] : ports,
      publishAll: !discarded && options.publishAll === true,
      exposed: (options.expose ?? []).flatMap(exposedOf),
      dns: options.dns ?? [],
      dnsSearch: options.dnsSearch ?? [],
      dnsOptions: [...(options.dnsOption ?? []), ...(options.dnsOpt ?? [])],
      extraHosts: (options.addHost ?? []).map(extraHostOf),
    },
    notes: discarded
      ? [`published ports are discarded when using ${mode === 'path' ? 'ns:' : mode} network mode`]
      : [],
  };
}
