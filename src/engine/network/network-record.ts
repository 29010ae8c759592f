// What is kept of a network. Three are always there without a record being written: bridge, the default one, is made when
// it is first used; host and none are words.

/** A range of addresses of a network. */
export interface NetworkSubnet {
  /** 10.89.0.0/24 */
  readonly subnet: string;
  /** The bridge's own address in it; absent where containers get no way out (macvlan without one). */
  readonly gateway?: string;
  /** First and last address that containers get; absent: all. */
  readonly range?: { readonly first: string; readonly last: string };
}

/** A network. */
export interface NetworkRecord {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly driver: 'bridge' | 'macvlan';
  /** The bridge; of macvlan the host's interface, '' for that of the default route. */
  readonly interface: string;
  readonly subnets: readonly NetworkSubnet[];
  /** Without a way out. */
  readonly internal: boolean;
  /** Whether containers find each other by name. */
  readonly dns: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** As given: -o KEY=VALUE. */
  readonly options: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
}

/** Name of the network that a container is in without --network. */
export const defaultNetworkName = 'bridge';

/** Names that are no networks of anybody's. */
export const reservedNames: ReadonlySet<string> = new Set([
  'bridge',
  'host',
  'none',
  'default',
  'container',
  'private',
  'ns',
]);
