// Software by what ELF files link, import, hold and are built from.
import { nameMatcher } from '../name-pattern.ts';
import type { SoftwareEntry } from '../software-entry.ts';
import type { Evidence } from '../user-space.ts';
import { deepName } from './by-package.ts';
import { type Found, matchValue, rank, type SoftwareSources, versioned } from './signal.ts';

/** Signals of ELF files. */
export function matchElves(
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
