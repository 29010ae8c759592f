import type { Evidence } from './user-space.ts';

/** How many pieces of evidence one need keeps. */
export const evidenceLimit = 20;

/** The first pieces, and one line that counts the rest. */
export function capEvidence(evidence: readonly Evidence[]): readonly Evidence[] {
  if (evidence.length <= evidenceLimit) return evidence;
  const rest = evidence.length - evidenceLimit + 1;
  return [...evidence.slice(0, evidenceLimit - 1), { detail: `and ${rest} more` }];
}

/** Groups items by a key, in the order in which the keys first come. */
export function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
