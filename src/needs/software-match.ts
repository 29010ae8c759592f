// Recognises software by the catalogue (src/needs/software-entry.ts): every signal of every entry against what the
// user space holds. The version comes from the best source that has one: a text made for it, the image's
// environment, the operating system's package, a language package, a file name, a mark in the program.
import type { ElfFacts } from '../formats/elf-facts.ts';
import type { Package } from '../formats/package.ts';
import type { FileTree } from '../image/file-tree.ts';
import type { ImageConfig } from '../image/image.ts';
import {
  type BaseNames,
  baseNamesOf,
  compilePath,
  findPaths,
  isLiteral,
  nameMatcher,
} from './name-pattern.ts';
import type { SoftwareEntry, TextSignal } from './software-entry.ts';
import { upstreamVersion } from './software-version.ts';
import type { Evidence, Software } from './user-space.ts';

/** What recognition looks at; a UserSpace without its software has all of it. */
export interface SoftwareSources {
  readonly config?: ImageConfig;
  readonly tree: FileTree;
  readonly elves: readonly { readonly path: string; readonly facts: ElfFacts }[];
  readonly packages: readonly Package[];
  readonly texts: readonly string[];
  text(path: string): string | undefined;
}

/** Ranks of version sources: the lowest wins. */
const rank = { text: 0, env: 1, package: 2, language: 3, path: 4, mark: 5, none: 9 } as const;

interface Signal {
  readonly rank: number;
  readonly version?: string;
  readonly evidence: Evidence;
}

const maximumPaths = 64;
const maximumEvidence = 8;
const maximumVersions = 8;

/** Software of the user space, by name; one for each version where several are there. */
export function recogniseSoftware(
  sources: SoftwareSources,
  entries: readonly SoftwareEntry[],
): readonly Software[] {
  const signals = new Map<SoftwareEntry, Signal[]>();
  const found = (entry: SoftwareEntry, signal: Signal) => {
    const list = signals.get(entry);
    if (list === undefined) signals.set(entry, [signal]);
    else list.push(signal);
  };
  let names: BaseNames | undefined;
  const baseNames = () => {
    names ??= baseNamesOf(sources.tree);
    return names;
  };
  matchPackages(sources, entries, found);
  matchPaths(sources, entries, baseNames, found);
  matchConfig(sources, entries, found);
  matchElves(sources, entries, found);
  matchTexts(sources, entries, found);
  matchBitnami(sources, entries, found);
  const software: Software[] = [];
  for (const [entry, list] of signals) software.push(...settle(sources, entry, list));
  return software.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

type Found = (entry: SoftwareEntry, signal: Signal) => void;

const versioned = (version: string | undefined) => {
  const plain = version === undefined ? undefined : upstreamVersion(version);
  return plain === undefined ? {} : { version: plain };
};

/** Which field of an entry names packages of a manager; the operating system's managers share one. */
const fields = {
  dpkg: 'packages',
  rpm: 'packages',
  apk: 'packages',
  pacman: 'packages',
  conda: 'packages',
  pypi: 'pypi',
  npm: 'npm',
  gem: 'gems',
  jar: 'jars',
  go: 'goModules',
  cargo: 'cargo',
} as const;

function matchPackages(
  { packages }: SoftwareSources,
  entries: readonly SoftwareEntry[],
  found: Found,
): void {
  const matchers = new Map<string, ReturnType<typeof nameMatcher<SoftwareEntry>>>();
  const matcherOf = (key: string) => {
    const matcher = matchers.get(key) ?? nameMatcher<SoftwareEntry>();
    matchers.set(key, matcher);
    return matcher;
  };
  for (const entry of entries) {
    for (const field of new Set(Object.values(fields))) {
      for (const pattern of entry[field] ?? []) {
        const manager = /^(dpkg|rpm|apk|pacman|conda):/.exec(pattern)?.[1];
        const name = manager === undefined ? pattern : pattern.slice(manager.length + 1);
        matcherOf(manager ?? field).add(field === 'goModules' ? deepName(name) : name, entry);
      }
    }
  }
  for (const item of packages) {
    const field = fields[item.manager];
    const shown = `${item.name} ${item.version}`;
    for (const key of [item.manager, field]) {
      const name = field === 'goModules' ? deepName(item.name) : item.name;
      for (const { value } of matchers.get(key)?.match(name) ?? []) {
        found(value, {
          rank: field === 'packages' ? rank.package : rank.language,
          ...versioned(item.version),
          evidence: {
            path: item.database,
            package: shown,
            detail: `${item.manager} package ${shown}`,
          },
        });
      }
    }
  }
}

/** Go modules' "*" passes over "/": written with a character that no module path holds. */
const deepName = (name: string) => name.replaceAll('/', '\u0001');

function matchPaths(
  { tree }: SoftwareSources,
  entries: readonly SoftwareEntry[],
  baseNames: () => BaseNames,
  found: Found,
): void {
  const commands = nameMatcher<SoftwareEntry>();
  const jars = nameMatcher<SoftwareEntry>();
  const libraries = nameMatcher<SoftwareEntry>();
  for (const entry of entries) {
    for (const pattern of entry.paths ?? []) {
      for (const { path, version } of findPaths(tree, baseNames, pattern, maximumPaths)) {
        found(entry, {
          rank: rank.path,
          ...versioned(version),
          evidence: { path, detail: `${path} is there` },
        });
      }
    }
    for (const name of entry.commands ?? []) commands.add(name, entry);
    for (const name of entry.jars ?? []) if (name.endsWith('.jar')) jars.add(name, entry);
    for (const name of entry.libraries ?? []) libraries.add(name, entry);
  }
  for (const [name, paths] of baseNames()) {
    const hits = [
      ...commands.match(name).map((hit) => ({ ...hit, what: 'command' })),
      ...(name.endsWith('.jar') ? jars.match(name).map((hit) => ({ ...hit, what: 'jar' })) : []),
      ...(name.includes('.so')
        ? libraries.match(name).map((hit) => ({ ...hit, what: 'library' }))
        : []),
    ];
    for (const { value, version, what } of hits) {
      for (const path of paths.slice(0, maximumPaths)) {
        if (what === 'command' && !isCommand(tree, path)) continue;
        found(value, {
          rank: rank.path,
          ...versioned(version),
          evidence: { path, detail: `${what} ${name}` },
        });
      }
    }
  }
}

/** An executable file, or a link in a directory for programs. */
function isCommand(tree: FileTree, path: string): boolean {
  const node = tree.stat(path, { follow: false });
  if (node?.type === 'symlink') return /\/s?bin\/[^/]+$/.test(path);
  return node?.type === 'file' && (node.mode & 0o111) !== 0;
}

function matchConfig(
  { config }: SoftwareSources,
  entries: readonly SoftwareEntry[],
  found: Found,
): void {
  if (config === undefined) return;
  for (const entry of entries) {
    for (const [what, table] of [
      ['env', config.env],
      ['labels', config.labels],
    ] as const) {
      for (const condition of entry[what] ?? []) {
        const hit = matchValue(condition, table);
        if (hit === undefined) continue;
        found(entry, {
          rank: rank.env,
          ...versioned(hit.version),
          evidence: {
            detail: `${what === 'env' ? 'environment' : 'label'} ${hit.name}=${hit.value}`,
          },
        });
      }
    }
  }
}

/** "NAME" or "NAME=REGEX" against a table of strings; the version is the first group, or else the value. */
function matchValue(
  condition: string,
  table: Readonly<Record<string, string>>,
): { name: string; value: string; version?: string } | undefined {
  const at = condition.indexOf('=');
  const name = at < 0 ? condition : condition.slice(0, at);
  const value = Object.hasOwn(table, name) ? table[name] : undefined;
  if (value === undefined) return undefined;
  const shown = { name, value: value.slice(0, 200) };
  if (at < 0) return { ...shown, version: shown.value };
  const groups = new RegExp(condition.slice(at + 1), 'u').exec(value.slice(0, 4096));
  if (groups === null) return undefined;
  return groups[1] === undefined ? shown : { ...shown, version: groups[1] };
}

function matchElves(
  { elves }: SoftwareSources,
  entries: readonly SoftwareEntry[],
  found: Found,
): void {
  const libraries = nameMatcher<SoftwareEntry>();
  const imports = new Map<string, SoftwareEntry[]>();
  const modules = nameMatcher<SoftwareEntry>();
  const commands = nameMatcher<SoftwareEntry>();
  const marking: SoftwareEntry[] = [];
  for (const entry of entries) {
    for (const name of entry.libraries ?? []) libraries.add(name, entry);
    for (const name of entry.imports ?? [])
      imports.set(name, [...(imports.get(name) ?? []), entry]);
    for (const name of entry.goModules ?? []) modules.add(deepName(name), entry);
    for (const name of entry.commands ?? []) commands.add(name, entry);
    if (entry.marks !== undefined) marking.push(entry);
  }
  for (const { path, facts } of elves) {
    const at = (detail: string): Evidence => ({ path, detail });
    for (const name of facts.needed) {
      for (const { value } of libraries.match(name)) {
        found(value, { rank: rank.none, evidence: at(`links ${name}`) });
      }
    }
    for (const { name } of imports.size > 0 ? facts.imports : []) {
      for (const entry of imports.get(name) ?? []) {
        found(entry, { rank: rank.none, evidence: at(`imports ${name}`) });
      }
    }
    for (const entry of marking) {
      for (const condition of entry.marks ?? []) {
        const hit = matchValue(condition, facts.marks);
        if (hit === undefined) continue;
        found(entry, {
          rank: rank.mark,
          ...versioned(hit.version),
          evidence: at(`mark ${hit.name}: ${hit.value}`),
        });
      }
    }
    if (facts.go === undefined) continue;
    const own = facts.go.main;
    for (const { path: module, version } of [
      ...(own === undefined ? [] : [{ path: own, version: '' }]),
      ...facts.go.modules,
    ]) {
      for (const { value } of modules.match(deepName(module))) {
        found(value, {
          rank: rank.language,
          ...versioned(version),
          evidence: at(`Go module ${module} ${version}`.trim()),
        });
      }
    }
    const last = own
      ?.replace(/\/v\d+$/, '')
      .split('/')
      .at(-1);
    for (const { value } of last === undefined ? [] : commands.match(last)) {
      found(value, { rank: rank.none, evidence: at(`Go program ${own}`) });
    }
  }
}

function matchTexts(
  sources: SoftwareSources,
  entries: readonly SoftwareEntry[],
  found: Found,
): void {
  for (const entry of entries) {
    for (const signal of entry.texts ?? []) {
      for (const { path, version, value } of searchTexts(sources, signal)) {
        found(entry, {
          rank: rank.text,
          ...versioned(version),
          evidence: { path, detail: `contains "${value.slice(0, 120)}"` },
        });
      }
    }
  }
}

function searchTexts(
  sources: SoftwareSources,
  { path: pattern, pattern: expression }: TextSignal,
): { path: string; version?: string; value: string }[] {
  const hits: { path: string; version?: string; value: string }[] = [];
  const regex = new RegExp(expression, 'mu');
  const wanted = isLiteral(pattern) ? undefined : compilePath(pattern);
  const paths =
    wanted === undefined ? [pattern] : sources.texts.filter((path) => wanted.test(path));
  for (const path of paths.slice(0, maximumPaths)) {
    const groups = regex.exec(sources.text(path) ?? '');
    if (groups === null) continue;
    const hit = { path, value: groups[0] };
    hits.push(groups[1] === undefined ? hit : { ...hit, version: groups[1] });
  }
  return hits;
}

/**
 * Bitnami's images all say the same way what they hold: BITNAMI_APP_NAME and APP_VERSION in the environment, and a
 * bill of materials beside each part.
 */
function matchBitnami(
  { config, text }: SoftwareSources,
  entries: readonly SoftwareEntry[],
  found: Found,
): void {
  const name = config?.env['BITNAMI_APP_NAME'] ?? '';
  const version = config?.env['APP_VERSION'] ?? config?.env['BITNAMI_IMAGE_VERSION'];
  for (const entry of entries) {
    if (name === entry.name || name.startsWith(`${entry.name}-`)) {
      const detail = `environment BITNAMI_APP_NAME=${name}, APP_VERSION=${version ?? ''}`;
      found(entry, { rank: rank.env, ...versioned(version), evidence: { detail } });
    }
    const path = `/opt/bitnami/${entry.name}/.spdx-${entry.name}.spdx`;
    const stated = /"versionInfo": *"([^"]+)"/.exec(text(path) ?? '')?.[1];
    if (stated !== undefined) {
      found(entry, {
        rank: rank.text,
        ...versioned(stated),
        evidence: { path, detail: `versionInfo ${stated}` },
      });
    }
  }
}

/** One Software for each version that the best source tells. */
function settle(
  sources: SoftwareSources,
  entry: SoftwareEntry,
  signals: readonly Signal[],
): Software[] {
  const asked = (entry.versionFrom ?? []).flatMap((signal) =>
    searchTexts(sources, signal).map(
      ({ path, version, value }): Signal => ({
        rank: rank.text,
        ...versioned(version),
        evidence: { path, detail: value.slice(0, 120) },
      }),
    ),
  );
  const all = [...asked, ...signals].sort((a, b) => a.rank - b.rank);
  const best = all.find((signal) => signal.version !== undefined)?.rank;
  const versions = new Set(
    all.flatMap((signal) =>
      signal.rank === best && signal.version !== undefined ? [signal.version] : [],
    ),
  );
  // One source can write the same version at two depths ("16" in PG_MAJOR, "16.2" in PG_VERSION): the deeper one counts.
  const distinct = [...versions].filter(
    (version) => ![...versions].some((other) => other.startsWith(`${version}.`)),
  );
  const evidenceOf = (version: string | undefined) =>
    uniqueEvidence(
      all.filter(
        (signal) =>
          version === undefined ||
          signal.version === undefined ||
          signal.version === version ||
          signal.rank !== best,
      ),
    );
  if (distinct.length === 0) return [{ name: entry.name, evidence: evidenceOf(undefined) }];
  return distinct
    .slice(0, maximumVersions)
    .map((version) => ({ name: entry.name, version, evidence: evidenceOf(version) }));
}

function uniqueEvidence(signals: readonly Signal[]): readonly Evidence[] {
  const seen = new Map<string, Evidence>();
  for (const { evidence } of signals) {
    const key = `${evidence.path ?? ''} ${evidence.detail}`;
    if (!seen.has(key) && seen.size < maximumEvidence) seen.set(key, evidence);
  }
  return [...seen.values()];
}
