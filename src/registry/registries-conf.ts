// registries.conf of podman, buildah and skopeo, version 2 (containers-registries.conf(5)), and what docker's
// daemon.json says to the same end. Only the forms are read here; src/registry/configuration.ts joins the files.
import { parse, TomlError } from 'smol-toml';
import type { Diagnostic, Parsed } from '../diag/diagnostic.ts';
import { isFault, parseJson } from '../image/oci-json.ts';
import { isJsonObject, type JsonObject, jsonExcerpt } from '../lib/json.ts';

/** When a mirror is asked. */
export type MirrorUse = 'all' | 'digest-only' | 'tag-only';

/** A place that holds copies. */
export interface MirrorTable {
  /** host[:port][/path] that takes the place of the prefix. */
  readonly location: string;
  readonly insecure: boolean;
  readonly use: MirrorUse;
}

/** One [[registry]] table. */
export interface RegistryTable {
  /** host[:port][/path] or *.host */
  readonly prefix: string;
  /** What takes the place of the prefix; empty with a wildcard: nothing does. */
  readonly location: string;
  readonly insecure: boolean;
  readonly blocked: boolean;
  readonly mirrors: readonly MirrorTable[];
}

/** One file's content; what it does not say is absent. */
export interface RegistriesFile {
  readonly searched?: readonly string[];
  readonly registries: readonly RegistryTable[];
  /** Short names and what they stand for; an empty text takes an alias away. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly shortNameMode?: 'enforcing' | 'permissive' | 'disabled';
}

const empty: RegistriesFile = { registries: [], aliases: {} };
/** host[:port][/path] */
const place = /^([^\s/@?#:[\]]+|\[[0-9a-fA-F:]+\])(:\d+)?(\/[^\s?#/][^\s?#]*)?$/;

/** Reads a registries.conf of version 2, or the lists of version 1. Tables with mistakes are left out and told. */
export function parseRegistriesConf(text: string, path: string): Parsed<RegistriesFile> {
  const problems: Diagnostic[] = [];
  const tell = (message: string, line?: number): void => {
    problems.push({
      code: 'PL0607',
      severity: 'warning',
      message,
      at: { path, ...(line === undefined ? {} : { line }) },
    });
  };
  let value: JsonObject;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    tell(`expected TOML: ${error.message.split('\n', 1)[0]}`, error.line);
    return { value: empty, problems };
  }
  const tables = Array.isArray(value['registry']) ? value['registry'].filter(isJsonObject) : [];
  const registries = tables.flatMap((table) => registryOf(table, tell));
  const searched = value['unqualified-search-registries'];
  const mode = value['short-name-mode'];
  const old = isJsonObject(value['registries']) ? value['registries'] : {};
  const listed = (name: string): readonly string[] => {
    const list = old[name];
    return isJsonObject(list) ? texts(list['registries']) : [];
  };
  return {
    value: {
      ...(searched === undefined && listed('search').length === 0
        ? {}
        : { searched: [...texts(searched), ...listed('search')] }),
      registries: [
        ...registries,
        ...listed('insecure').map((prefix) => plainTable(prefix, { insecure: true })),
        ...listed('block').map((prefix) => plainTable(prefix, { blocked: true })),
      ],
      aliases: isJsonObject(value['aliases'])
        ? Object.fromEntries(
            Object.entries(value['aliases']).filter(
              (pair): pair is [string, string] => typeof pair[1] === 'string',
            ),
          )
        : {},
      ...(mode === 'enforcing' || mode === 'permissive' || mode === 'disabled'
        ? { shortNameMode: mode }
        : {}),
    },
    problems,
  };
}

/** A table that says one thing of a registry. */
export function plainTable(prefix: string, parts: Partial<RegistryTable>): RegistryTable {
  return { prefix, location: prefix, insecure: false, blocked: false, mirrors: [], ...parts };
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function registryOf(table: JsonObject, tell: (message: string) => void): readonly RegistryTable[] {
  const { prefix: given, location = '' } = table;
  const prefix = given ?? location;
  if (typeof prefix !== 'string' || prefix === '' || typeof location !== 'string') {
    tell('a [[registry]] table needs a prefix or a location');
    return [];
  }
  const wild = prefix.startsWith('*.');
  if (prefix.slice(wild ? 2 : 0).includes('*') || (wild && prefix.includes('/'))) {
    tell(
      `prefix ${jsonExcerpt(prefix)}: a wildcard stands before a host alone, as in *.example.com`,
    );
    return [];
  }
  if (!place.test(prefix) || (location !== '' && !place.test(location))) {
    tell(`${jsonExcerpt(prefix)}: expected host[:port][/path], without https://`);
    return [];
  }
  const digestOnly = table['mirror-by-digest-only'] === true;
  const mirrors = Array.isArray(table['mirror']) ? table['mirror'].filter(isJsonObject) : [];
  return [
    {
      prefix,
      location: location === '' && !wild ? prefix : location,
      insecure: table['insecure'] === true,
      blocked: table['blocked'] === true,
      mirrors: mirrors.flatMap((mirror): readonly MirrorTable[] => {
        const at = mirror['location'];
        if (typeof at !== 'string' || !place.test(at)) {
          tell(`a mirror of ${prefix} needs a location: host[:port][/path], without https://`);
          return [];
        }
        const use = mirror['pull-from-mirror'];
        return [
          {
            location: at,
            insecure: mirror['insecure'] === true,
            use:
              digestOnly || use === 'digest-only'
                ? 'digest-only'
                : use === 'tag-only'
                  ? use
                  : 'all',
          },
        ];
      }),
    },
  ];
}

/** What docker's daemon.json says of registries. */
export interface DockerDaemonFile {
  /** Addresses of mirrors of docker.io: host[:port][/path]. */
  readonly mirrors: readonly MirrorTable[];
  /** host[:port], or networks in CIDR form. */
  readonly insecure: readonly string[];
}

/** Reads docker's daemon.json. */
export function parseDaemonJson(bytes: Uint8Array, path: string): Parsed<DockerDaemonFile> {
  const json = parseJson(bytes);
  if (isFault(json) || !isJsonObject(json.value)) {
    const message = isFault(json) ? json.fault : 'expected an object';
    return {
      value: { mirrors: [], insecure: [] },
      problems: [{ code: 'PL0607', severity: 'warning', message, at: { path } }],
    };
  }
  const problems: Diagnostic[] = [];
  const mirrors = texts(json.value['registry-mirrors']).flatMap((text): readonly MirrorTable[] => {
    const [, scheme, rest = ''] = /^(https?):\/\/(.*?)\/*$/i.exec(text) ?? [];
    if (scheme !== undefined && place.test(rest))
      return [{ location: rest, insecure: scheme.toLowerCase() === 'http', use: 'all' }];
    problems.push({
      code: 'PL0607',
      severity: 'warning',
      message: `registry-mirrors: expected https://HOST, found ${jsonExcerpt(text)}`,
      at: { path },
    });
    return [];
  });
  return { value: { mirrors, insecure: texts(json.value['insecure-registries']) }, problems };
}
