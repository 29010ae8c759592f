// The options of docker and podman about a container's network; what they come to is in network-choices-of.ts.
import { Option } from 'commander';
import { many } from './option-kinds.ts';

/** The options as commander gives them. */
export interface NetworkOptions {
  readonly network?: readonly string[];
  /** Docker's older word for it. */
  readonly net?: readonly string[];
  readonly networkAlias?: readonly string[];
  readonly netAlias?: readonly string[];
  readonly ip?: string;
  readonly ip6?: string;
  readonly macAddress?: string;
  readonly publish?: readonly string[];
  readonly publishAll?: boolean;
  readonly expose?: readonly string[];
  readonly dns?: readonly string[];
  readonly dnsSearch?: readonly string[];
  readonly dnsOption?: readonly string[];
  readonly dnsOpt?: readonly string[];
  readonly addHost?: readonly string[];
}

/** The options, in docker's words. */
export function networkOptions(): readonly Option[] {
  return [
    many('--network <network>', 'bridge, none, host, container:NAME, ns:PATH, or a network'),
    many('--net <network>', 'the same').hideHelp(),
    many('--network-alias <name>', 'one more name in the network'),
    many('--net-alias <name>', 'the same').hideHelp(),
    new Option('--ip <address>', 'IPv4 address in the network'),
    new Option('--ip6 <address>', 'IPv6 address in the network'),
    new Option('--mac-address <address>', 'hardware address in the network'),
    many('-p, --publish <[[ip:]port:]port[/udp]>', 'lead ports of this machine into the container'),
    new Option('-P, --publish-all', 'publish all ports that the image exposes'),
    many('--expose <port[/udp]>', 'a port that --publish-all publishes'),
    many('--dns <address>', 'name server'),
    many('--dns-search <domain>', "domain that names are looked up in; '.': none"),
    many('--dns-option <option>', 'option of resolv.conf'),
    many('--dns-opt <option>', 'the same').hideHelp(),
    many('--add-host <name:address>', 'a line in /etc/hosts; host-gateway: this machine'),
  ];
}
