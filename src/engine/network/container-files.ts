// /etc/hosts, /etc/resolv.conf and /etc/hostname of a container, as docker writes them (moby libnetwork: etchosts,
// resolvconf). They are bound over the image's, so they are changed in place and never replaced.
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Owner } from '../../lib/owner.ts';
import type { NetworkChoices } from './network.ts';

/** The parts of a resolv.conf (resolv.conf(5)). */
export interface ResolverConfig {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly options: readonly string[];
}

/** Reads what matters; the last `search` or `domain` counts. */
export function parseResolver(text: string): ResolverConfig {
  const servers: string[] = [];
  const options: string[] = [];
  let search: readonly string[] = [];
  for (const line of text.split('\n')) {
    const [word, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (word === 'nameserver' && values[0] !== undefined) servers.push(values[0]);
    else if (word === 'search' || word === 'domain') search = values;
    else if (word === 'options') options.push(...values);
  }
  return { servers, search, options };
}

/** As a file. */
export function formatResolver({ servers, search, options }: ResolverConfig): string {
  return [
    ...servers.map((server) => `nameserver ${server}`),
    ...(search.length === 0 ? [] : [`search ${search.join(' ')}`]),
    ...(options.length === 0 ? [] : [`options ${options.join(' ')}`]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

const isLoopback = (server: string): boolean => /^(127\.|::1$)/.test(server);

/** Name servers of Google, which docker takes where the host's are out of a container's reach. */
const lastResort = ['8.8.8.8', '8.8.4.4'];

/**
 * What the container asks. `server`: addresses of the network's own name server, which asks further itself. `isolated`:
 * whether the host's loopback is another one there.
 */
export function resolverOf(
  host: ResolverConfig,
  choices: Pick<NetworkChoices, 'dns' | 'dnsSearch' | 'dnsOptions'>,
  { own, isolated }: { readonly own: readonly string[]; readonly isolated: boolean },
): ResolverConfig {
  const { dns, dnsSearch, dnsOptions } = choices;
  const reachable = isolated ? host.servers.filter((server) => !isLoopback(server)) : host.servers;
  const asked = dns.length > 0 ? dns : reachable;
  const servers = own.length > 0 ? own : asked.length > 0 || !isolated ? asked : lastResort;
  const search = dnsSearch.length === 0 ? host.search : dnsSearch.filter((word) => word !== '.');
  const options = dnsOptions.length > 0 ? dnsOptions : host.options;
  // Names of containers have no dot: without this they would be asked for in every search domain first.
  const plain = own.length > 0 && !options.some((option) => option.startsWith('ndots:'));
  return { servers, search, options: plain ? [...options, 'ndots:0'] : options };
}

/** A line of /etc/hosts. */
export interface HostLine {
  readonly address: string;
  readonly names: readonly string[];
}

const standardHosts: readonly HostLine[] = [
  { address: '127.0.0.1', names: ['localhost'] },
  { address: '::1', names: ['localhost', 'ip6-localhost', 'ip6-loopback'] },
  { address: 'fe00::0', names: ['ip6-localnet'] },
  { address: 'ff00::0', names: ['ip6-mcastprefix'] },
  { address: 'ff02::1', names: ['ip6-allnodes'] },
  { address: 'ff02::2', names: ['ip6-allrouters'] },
];

/** NAME:ADDRESS of --add-host; `gateway` stands for host-gateway. */
export function extraHostLines(
  extraHosts: readonly string[],
  gateway: string | undefined,
): readonly HostLine[] {
  return extraHosts.flatMap((text) => {
    const at = text.indexOf(':');
    const given = text.slice(at + 1);
    const address = given === 'host-gateway' ? gateway : given;
    return address === undefined ? [] : [{ address, names: [text.slice(0, at)] }];
  });
}

/** /etc/hosts: the standard lines (or the host's own file), what was added, the container itself. */
export function formatHosts(
  base: string | undefined,
  extra: readonly HostLine[],
  own: readonly HostLine[],
): string {
  const line = ({ address, names }: HostLine): string => `${address}\t${names.join(' ')}\n`;
  const first = base ?? standardHosts.map(line).join('');
  const whole = first === '' || first.endsWith('\n') ? first : `${first}\n`;
  return `${whole}${[...extra, ...own].map(line).join('')}`;
}

/** The three files, by their paths in the container. */
export interface ContainerFiles {
  readonly hosts: string;
  readonly resolver: string;
  readonly hostname: string;
}

const names = { hosts: 'hosts', resolver: 'resolv.conf', hostname: 'hostname' } as const;

/** Where the files are, in a container's folder in the store, by where they are seen. */
export function filePlaces(
  folder: string,
): readonly { readonly destination: string; readonly source: string }[] {
  return Object.values(names).map((name) => ({
    destination: `/etc/${name}`,
    source: join(folder, name),
  }));
}

/** Writes them in place. @throws Error of the system */
export function writeFiles(folder: string, files: Partial<ContainerFiles>, owner: Owner): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const key of ['hosts', 'resolver', 'hostname'] as const) {
    const text = files[key];
    if (text === undefined) continue;
    const path = join(folder, names[key]);
    writeFileSync(path, text, { mode: 0o644 });
    if (owner.uid !== 0 || owner.gid !== 0) chownSync(path, owner.uid, owner.gid);
  }
}

/** The host's resolv.conf: systemd-resolved's own where the usual one only leads to its stub on loopback. */
export function hostResolver(etc = '/etc', run = '/run'): ResolverConfig {
  const usual = parseResolver(textOf(join(etc, 'resolv.conf')) ?? '');
  if (usual.servers.length !== 1 || usual.servers[0] !== '127.0.0.53') return usual;
  const real = textOf(join(run, 'systemd/resolve/resolv.conf'));
  return real === undefined ? usual : parseResolver(real);
}

/** The host's /etc/hosts. */
export function hostHosts(etc = '/etc'): string | undefined {
  return textOf(join(etc, 'hosts'));
}

function textOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
