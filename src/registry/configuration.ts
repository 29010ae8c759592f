// The files that say how registries are reached, joined in the order that podman and docker read theirs.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import {
  type DockerDaemonFile,
  type MirrorTable,
  parseDaemonJson,
  parseRegistriesConf,
  type RegistriesFile,
  type RegistryTable,
} from './registries-conf.ts';
import type { Surroundings } from './registry-options.ts';

/** How registries are reached on this machine, for this user. */
export interface RegistryConfiguration {
  /** Registries in which short names are looked for, in this order; none: docker.io alone. */
  readonly searched: readonly string[];
  readonly aliases: ReadonlyMap<string, string>;
  /** Whether a person at a terminal chooses among several registries for a short name; default: permissive, they do. */
  readonly shortNameMode?: RegistriesFile['shortNameMode'];
  readonly registries: readonly RegistryTable[];
  /** Mirrors of docker.io by docker's own configuration. */
  readonly dockerMirrors: readonly MirrorTable[];
  /** Registries without (good) TLS by docker's own configuration: host[:port], or networks. */
  readonly insecure: readonly string[];
  readonly problems: readonly Diagnostic[];
}

/** Nothing configured: as docker without any file. */
export const noConfiguration: RegistryConfiguration = {
  searched: [],
  aliases: new Map(),
  registries: [],
  dockerMirrors: [],
  insecure: [],
  problems: [],
};

/** Reads all files that there are. @throws PlimsollError PL0607 when one that was named cannot be read */
export function readConfiguration(surroundings: Surroundings): RegistryConfiguration {
  const problems: Diagnostic[] = [];
  const paths = [...registriesFiles(surroundings), ...chosenAliases(surroundings)];
  const files = paths.map((path) => {
    const parsed = parseRegistriesConf(readFileSync(path, 'utf8'), path);
    problems.push(...parsed.problems);
    return parsed.value;
  });
  const daemon = daemonFile(surroundings, problems);
  return {
    ...joinFiles(files),
    dockerMirrors: daemon.mirrors,
    insecure: daemon.insecure,
    problems,
  };
}

/** Later files replace what earlier ones say: lists whole, tables and aliases by their name. */
function joinFiles(
  files: readonly RegistriesFile[],
): Pick<RegistryConfiguration, 'searched' | 'aliases' | 'registries' | 'shortNameMode'> {
  const tables = new Map<string, RegistryTable>();
  const aliases = new Map<string, string>();
  let searched: readonly string[] = [];
  for (const file of files) {
    searched = file.searched ?? searched;
    // Within a file the first table of a prefix counts, as podman refuses a second one.
    const seen = new Set<string>();
    for (const table of file.registries) {
      if (!seen.has(table.prefix)) tables.set(table.prefix, table);
      seen.add(table.prefix);
    }
    for (const [name, value] of Object.entries(file.aliases)) {
      if (value === '') aliases.delete(name);
      else aliases.set(name, value);
    }
  }
  const mode = files.findLast(({ shortNameMode }) => shortNameMode !== undefined)?.shortNameMode;
  return {
    searched,
    aliases,
    registries: [...tables.values()],
    ...(mode === undefined ? {} : { shortNameMode: mode }),
  };
}

/** Where it is kept which registry somebody chose for a short name; undefined where there is no place for it. */
export function chosenAliasesFile({ environment, home, user }: Surroundings): string | undefined {
  const cache = environment['XDG_CACHE_HOME'] ?? (home && join(home, '.cache'));
  const folder = user === 0 ? '/var/cache/containers' : cache && join(cache, 'containers');
  return folder ? join(folder, 'short-name-aliases.conf') : undefined;
}

/** Aliases that were chosen go before all others (containers-registries.conf(5)). */
function chosenAliases(surroundings: Surroundings): readonly string[] {
  const path = chosenAliasesFile(surroundings);
  return path !== undefined && readable(path) ? [path] : [];
}

/** Paths of the files that are there, in the order in which they count. */
function registriesFiles({ environment, home, etc = '/etc' }: Surroundings): readonly string[] {
  const named = environment['CONTAINERS_REGISTRIES_CONF'];
  const system = join(etc, 'containers');
  const configuration = environment['XDG_CONFIG_HOME'] ?? (home && join(home, '.config'));
  const own = configuration ? join(configuration, 'containers') : undefined;
  const mainOf = (folder: string): readonly string[] =>
    readable(join(folder, 'registries.conf')) ? [join(folder, 'registries.conf')] : [];
  if (named) {
    if (!readable(named)) throw notRead(named);
    return [named, ...dropIns(system), ...(own === undefined ? [] : dropIns(own))];
  }
  const ownMain = own === undefined ? [] : mainOf(own);
  // A file of the user's takes the place of all of the machine's.
  if (own !== undefined && ownMain.length > 0) return [...ownMain, ...dropIns(own)];
  return [...mainOf(system), ...dropIns(system), ...(own === undefined ? [] : dropIns(own))];
}

function dropIns(folder: string): readonly string[] {
  const path = join(folder, 'registries.conf.d');
  try {
    return readdirSync(path)
      .filter((name) => name.endsWith('.conf'))
      .sort()
      .map((name) => join(path, name))
      .filter(readable);
  } catch {
    return [];
  }
}

function readable(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

function notRead(path: string): PlimsollError {
  let cause: unknown;
  try {
    readFileSync(path);
  } catch (error) {
    cause = error;
  }
  return new PlimsollError('PL0607', `the file could not be read: ${systemReason(cause)}`, {
    at: { path },
    help: 'correct CONTAINERS_REGISTRIES_CONF, or take it out of the environment',
    cause,
  });
}

function daemonFile(
  { home, etc = '/etc' }: Surroundings,
  problems: Diagnostic[],
): DockerDaemonFile {
  // Without root, docker's own file is the user's.
  const paths = [
    ...(home === undefined ? [] : [join(home, '.config/docker/daemon.json')]),
    join(etc, 'docker/daemon.json'),
  ];
  const files = paths.filter(readable).map((path) => {
    const parsed = parseDaemonJson(readFileSync(path), path);
    problems.push(...parsed.problems);
    return parsed.value;
  });
  return {
    mirrors: files.flatMap(({ mirrors }) => mirrors),
    insecure: files.flatMap(({ insecure }) => insecure),
  };
}
