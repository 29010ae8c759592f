// Recognises software by the catalogue (src/needs/software-entry.ts): every signal of every entry against what the
// user space holds (src/needs/recognise/). The version comes from the best source that has one: a text made for it, the
// image's environment, the operating system's package, a language package, a file name, a mark in the program.
import { type BaseNames, baseNamesOf } from './name-pattern.ts';
import { matchBitnami, matchConfig } from './recognise/by-config.ts';
import { matchElves } from './recognise/by-elf.ts';
import { matchPackages } from './recognise/by-package.ts';
import { matchPaths } from './recognise/by-path.ts';
import { matchTexts, searchTexts } from './recognise/by-text.ts';
import { rank, type Signal, type SoftwareSources, versioned } from './recognise/signal.ts';
import type { SoftwareEntry } from './software-entry.ts';
import type { Evidence, Software } from './user-space.ts';

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
