// Software by the packages of the operating system and of languages.
import { nameMatcher } from '../name-pattern.ts';
import type { SoftwareEntry } from '../software-entry.ts';
import { type Found, rank, type SoftwareSources, versioned } from './signal.ts';

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

/** Signals of packages. */
export function matchPackages(
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
export const deepName = (name: string) => name.replaceAll('/', '\u0001');
