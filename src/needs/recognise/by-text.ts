// Software by texts that the scan kept.
import { compilePath, isLiteral } from '../name-pattern.ts';
import type { SoftwareEntry, TextSignal } from '../software-entry.ts';
import { type Found, maximumPaths, rank, type SoftwareSources, versioned } from './signal.ts';

/** Signals of texts. */
export function matchTexts(
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

/** Where a pattern is found, with what its group caught. */
export function searchTexts(
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
