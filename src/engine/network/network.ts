// The network of a container as the engine uses it. Order of a container's life: `setUpNetwork` before the runtime's
// create; `joinNetwork` between create and start, with the first process (only pasta needs it, otherwise it does nothing);
// `tearDownNetwork` after the container ended, which finds what there is by the container's id alone, so that it works
// after a kill -9 at any point, twice, and for containers that never had a network.
import type { Owner } from '../../lib/owner.ts';
import type { NamespaceChoice } from '../../runtime/container-config.ts';

/** Protocols of published ports. */
export type PortProtocol = 'tcp' | 'udp' | 'sctp';

/** A port of the host that leads into the container. */
export interface PublishedPort {
  /** Address of the host that it listens on; '' is every one. */
  readonly hostIp: string;
  /** 0: any that is free. */
  readonly hostPort: number;
  /** Last of a range of which any free one is taken; absent: `hostPort` alone. */
  readonly hostPortLast?: number;
  readonly containerPort: number;
  readonly protocol: PortProtocol;
}

/** One network that a container is in. */
export interface NetworkAttachment {
  /** Name or id. */
  readonly network: string;
  readonly aliases: readonly string[];
  readonly ip?: string;
  readonly ip6?: string;
  readonly mac?: string;
  /** Name of the interface in the container; absent: eth0, eth1 … */
  readonly interface?: string;
}

/** What was asked of the network (--network, -p, --dns, --add-host …). */
export interface NetworkChoices {
  /**
   * none: loopback alone. host: the host's. container: that of another one. path: a namespace that is there.
   * networks: those in `attachments`; the engine's own default network where there are none.
   */
  readonly mode: 'none' | 'host' | 'container' | 'path' | 'networks';
  /** Name or id of the container, or the path of the namespace. */
  readonly target?: string;
  readonly attachments: readonly NetworkAttachment[];
  readonly ports: readonly PublishedPort[];
  /** Publish every port that the image exposes. */
  readonly publishAll: boolean;
  /** PORT/PROTOCOL of --expose; those of the image are in NetworkRequest. */
  readonly exposed: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** NAME:ADDRESS of --add-host. */
  readonly extraHosts: readonly string[];
}

/** The default network and nothing else. */
export const defaultNetwork: NetworkChoices = {
  mode: 'networks',
  attachments: [],
  ports: [],
  publishAll: false,
  exposed: [],
  dns: [],
  dnsSearch: [],
  dnsOptions: [],
  extraHosts: [],
};

/** A container without any network. */
export const noNetwork: NetworkChoices = { ...defaultNetwork, mode: 'none' };

/** A network that a container is in, as it was set up. */
export interface AttachedNetwork {
  /** Name of the network. */
  readonly network: string;
  readonly networkId: string;
  /** In the container: eth0. */
  readonly interface: string;
  /** With prefix lengths: 10.88.0.2/16. */
  readonly addresses: readonly string[];
  readonly gateways: readonly string[];
  readonly mac: string;
  readonly aliases: readonly string[];
}

/** What was set up, as it is kept with the state of a container: what `inspect`, `port` and `ps` show. */
export interface NetworkState {
  /** Path of the namespace; absent where the runtime makes one or the host's is used. */
  readonly namespacePath?: string;
  readonly attached: readonly AttachedNetwork[];
  /** With the ports that were chosen. */
  readonly ports: readonly PublishedPort[];
  /** Whether `joinNetwork` has something to do. */
  readonly joins: boolean;
}

/** Another container whose network is shared. */
export interface SharedContainer {
  readonly id: string;
  /** Number of its first process on the host */
  readonly pid: number;
  /** Its folder in the store, where its /etc/hosts and the like are. */
  readonly keptFolder: string;
}

/** What a network is set up for. */
export interface NetworkRequest {
  readonly id: string;
  readonly name: string;
  /** Without a domain name; what --hostname gave or the first twelve digits of the id. */
  readonly hostname: string;
  readonly domainname?: string;
  readonly choices: NetworkChoices;
  /** PORT/PROTOCOL that the image exposes. */
  readonly imageExposes: readonly string[];
  /** The container's folder in the store: goes with it. hosts, resolv.conf and hostname are kept in it. */
  readonly keptFolder: string;
  /** The container's own user namespace has to own its network namespace: the runtime makes both. */
  readonly ownUsers: boolean;
  /** Whose the files in it are. */
  readonly root: Owner;
  /** For mode container. */
  readonly shared?: SharedContainer;
  readonly signal: AbortSignal;
}

/** A network that is set up, and what the container sees of it. */
export interface NetworkSetUp {
  readonly state: NetworkState;
  /** What config.json says of the namespace. */
  readonly namespace: NamespaceChoice;
  /** Files to bind in the container, unless a mount that was asked for lies there: /etc/hosts, /etc/resolv.conf, /etc/hostname. */
  readonly files: readonly { readonly destination: string; readonly source: string }[];
  /** Settles when interfaces and rules are there: `joinNetwork` waits for it, the runtime's create need not. */
  readonly ready: Promise<void>;
  /** Sets the network up in the namespace that the runtime made, of the process that is given. */
  readonly join?: (pid: number) => Promise<void>;
}
