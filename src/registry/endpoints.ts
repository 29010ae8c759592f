// From the name of an image to the places where it is asked for: mirrors first, then the registry itself.
import { BlockList, isIP } from 'node:net';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { defaultDomain, type ImageName, parseImageName } from '../image/image-name.ts';
import { isFault } from '../image/oci-json.ts';
import type { RegistryConfiguration } from './configuration.ts';
import type { MirrorTable, RegistryTable } from './registries-conf.ts';

/** A place that may have an image. */
export interface Endpoint {
  /** The registry as people and files of credentials name it: docker.io, localhost:5000. */
  readonly domain: string;
  /** Where it is connected to: host[:port]. */
  readonly host: string;
  /** The repository there. */
  readonly path: string;
  /** Whether certificates that are not good, and connections without TLS, are allowed. */
  readonly insecure: boolean;
  /** Whether connections without TLS are allowed, while certificates must be good: this machine itself. */
  readonly loopback: boolean;
  readonly mirror: boolean;
}

/** What is done at the endpoints. */
export interface EndpointUse {
  /** Mirrors are for reading. */
  readonly writing: boolean;
  /** --tls-verify */
  readonly tlsVerify?: boolean;
}

/** docker.io is a name; its registry has another. */
const hostOf = (domain: string): string =>
  domain === defaultDomain ? 'registry-1.docker.io' : domain;

/**
 * The places to ask, in order. @throws PlimsollError PL0607 when the configuration forbids the image
 */
export function endpointsOf(
  name: ImageName,
  configuration: RegistryConfiguration,
  { writing, tlsVerify }: EndpointUse,
): readonly Endpoint[] {
  const table = tableFor(name, configuration.registries);
  if (table?.blocked === true) {
    throw new PlimsollError('PL0607', `${table.prefix} is blocked by the configuration`, {
      at: { target: `${name.domain}/${name.path}` },
      help: 'take blocked = true from its table in registries.conf, if you may',
    });
  }
  const at = (location: string, insecure: boolean, mirror: boolean): Endpoint =>
    endpointAt(location, insecure, mirror, configuration, tlsVerify);
  const full = `${name.domain}/${name.path}`;
  const moved = (from: string, to: string): string =>
    to === '' || from.startsWith('*.') ? full : `${to}${full.slice(from.length)}`;
  const primary =
    table === undefined
      ? at(full, false, false)
      : at(moved(table.prefix, table.location), table.insecure, false);
  if (writing) return [primary];
  const mirrors = mirrorsFor(name, table, configuration);
  return [
    ...mirrors
      .filter(({ use }) => use === 'all' || (use === 'digest-only') === (name.digest !== undefined))
      .map(({ mirror: { location, insecure }, prefix }) =>
        at(
          prefix.startsWith('*.')
            ? `${location}/${name.path}`
            : `${location}${full.slice(prefix.length)}`,
          insecure,
          true,
        ),
      ),
    primary,
  ];
}

function mirrorsFor(
  name: ImageName,
  table: RegistryTable | undefined,
  { dockerMirrors }: RegistryConfiguration,
): readonly {
  readonly mirror: MirrorTable;
  readonly prefix: string;
  readonly use: MirrorTable['use'];
}[] {
  const named =
    table?.mirrors.map((mirror) => ({ mirror, prefix: table.prefix, use: mirror.use })) ?? [];
  if (named.length > 0 || name.domain !== defaultDomain) return named;
  return dockerMirrors.map((mirror) => ({ mirror, prefix: defaultDomain, use: mirror.use }));
}

/** The table with the longest prefix of the name. */
export function tableFor(
  { domain, path, tag, digest }: ImageName,
  registries: readonly RegistryTable[],
): RegistryTable | undefined {
  const full = `${domain}/${path}`;
  const version = digest === undefined ? (tag === undefined ? '' : `:${tag}`) : `@${digest}`;
  const fits = (table: RegistryTable): boolean =>
    coversHost(table, domain) ||
    table.prefix === `${full}${version}` ||
    full === table.prefix ||
    full.startsWith(`${table.prefix}/`);
  return registries.filter(fits).sort((a, b) => b.prefix.length - a.prefix.length)[0];
}

function endpointAt(
  location: string,
  configured: boolean,
  mirror: boolean,
  configuration: RegistryConfiguration,
  tlsVerify: boolean | undefined,
): Endpoint {
  const slash = location.indexOf('/');
  const domain = slash < 0 ? location : location.slice(0, slash);
  return {
    domain,
    host: hostOf(domain),
    path: slash < 0 ? '' : location.slice(slash + 1),
    insecure:
      tlsVerify === undefined ? configured || isInsecure(domain, configuration) : !tlsVerify,
    loopback: tlsVerify !== true && isLoopback(domain),
    mirror,
  };
}

const withoutPort = (domain: string): string =>
  domain.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');

/** 127.0.0.0/8, ::1 and localhost, which docker lets do without TLS. */
export function isLoopback(domain: string): boolean {
  const host = withoutPort(domain);
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** Whether a file says so of the registry as a whole: a table of its own, or docker's list. */
function isInsecure(domain: string, { registries, insecure }: RegistryConfiguration): boolean {
  return (
    registries.some((table) => table.insecure && coversHost(table, domain)) ||
    insecure.some((entry) => isListed(domain, entry))
  );
}

/** Whether a table is for all of a host: it names the host, or hosts with a wildcard. */
function coversHost({ prefix }: RegistryTable, domain: string): boolean {
  return prefix.startsWith('*.')
    ? withoutPort(domain).endsWith(prefix.slice(1)) || domain.endsWith(prefix.slice(1))
    : prefix === domain;
}

function isListed(domain: string, entry: string): boolean {
  if (entry === domain) return true;
  const [network = '', bits] = entry.split('/');
  const host = withoutPort(domain);
  const family = isIP(host);
  if (bits === undefined || family === 0 || isIP(network) !== family || !/^\d{1,3}$/.test(bits))
    return false;
  const list = new BlockList();
  try {
    const kind = family === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(network, Number(bits), kind);
    return list.check(host, kind);
  } catch {
    // A prefix longer than addresses are.
    return false;
  }
}

/** Whether a name has no registry in it, so that aliases and the searched registries count. */
export function isShortName(text: string): boolean {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  return (
    slash < 0 || !(/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first)
  );
}

/**
 * What a name may stand for, in the order in which it is tried: for a short name its alias, else the searched
 * registries, else docker.io; the default tag is not added.
 * @throws PlimsollError PL0608 when it is no name
 */
export function namesMeant(
  text: string,
  configuration: RegistryConfiguration,
): readonly ImageName[] {
  const plain = nameOrThrow(text);
  if (!isShortName(text)) return [plain];
  const [repository = ''] = /^[^:@]*/.exec(text) ?? [];
  const rest = text.slice(repository.length);
  const alias = configuration.aliases.get(repository);
  if (alias !== undefined) return [nameOrThrow(`${alias}${rest}`)];
  if (configuration.searched.length === 0) return [plain];
  return configuration.searched.map((registry) => nameOrThrow(`${registry}/${text}`));
}

/** What a name stands for where only one can be meant: the first. @throws PlimsollError PL0608 */
export function nameMeant(text: string, configuration: RegistryConfiguration): ImageName {
  const [first] = namesMeant(text.replace(/^docker:\/\//, ''), configuration);
  return first ?? nameOrThrow(text);
}

/** The name that a text is. @throws PlimsollError PL0608 */
export function nameOrThrow(text: string): ImageName {
  const name = parseImageName(text);
  if (!isFault(name)) return name;
  throw new PlimsollError('PL0608', name.fault, {
    at: { target: text },
    ...(name.help === undefined ? {} : { help: name.help }),
  });
}

/** A registry by its domain alone, for what concerns no repository. */
export function registryEndpoint(
  domain: string,
  configuration: RegistryConfiguration,
  tlsVerify: boolean | undefined,
): Endpoint {
  return endpointAt(domain, false, false, configuration, tlsVerify);
}
