import type { Evidence } from './user-space.ts';

/** How many pieces of evidence one need keeps. */
export const evidenceLimit = 20;

/** The first pieces; the last of them counts those that are left out. */
export function capEvidence(
  evidence: readonly Evidence[],
  limit = evidenceLimit,
): readonly Evidence[] {
  const last = evidence[limit - 1];
  if (evidence.length <= limit || last === undefined) return evidence;
  const others = countEvidence(evidence) - limit;
  return [...evidence.slice(0, limit - 1), { ...last, others }];
}

/** How many pieces there were, with those that were left out. */
export function countEvidence(evidence: readonly Evidence[]): number {
  return evidence.reduce((sum, { others = 0 }) => sum + 1 + others, 0);
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
