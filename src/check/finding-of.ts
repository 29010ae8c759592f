// Builders of findings: every rule, in code or data, makes its findings here, so that evidence is bounded and
// counted, sources are named the same way, and nothing is left out.
import type { Offer } from '../host/offer.ts';
import { countEvidence } from '../needs/evidence.ts';
import type { Need } from '../needs/need.ts';
import type { Evidence } from '../needs/user-space.ts';
import type { Finding, Reach } from './finding.ts';

/** Pieces of evidence that a finding carries; the rest is only counted. */
export const evidenceLimit = 10;

/** A finding as rules write it: what is left out has a usual value. */
export type FindingParts = Omit<Finding, 'tier' | 'reach' | 'references' | 'evidenceTotal'> &
  Partial<Pick<Finding, 'tier' | 'reach' | 'references' | 'evidenceTotal'>>;

/** Completes a finding: tier 'predicted', reach 'user-space', evidence without repeats, bounded and counted. */
export function findingOf(parts: FindingParts): Finding {
  const evidence = distinctEvidence(parts.evidence);
  const total = Math.max(parts.evidenceTotal ?? 0, countEvidence(evidence));
  return {
    ...parts,
    tier: parts.tier ?? 'predicted',
    reach: parts.reach ?? 'user-space',
    references: parts.references ?? [],
    evidence: evidence.slice(0, evidenceLimit).map(({ others: _, ...shown }) => shown),
    ...(total > Math.min(evidence.length, evidenceLimit) ? { evidenceTotal: total } : {}),
  };
}

/** Evidence without repeats, in order. */
function distinctEvidence(evidence: readonly Evidence[]): readonly Evidence[] {
  const seen = new Map<string, Evidence>();
  for (const one of evidence) {
    const key = `${one.path}\0${one.line}\0${one.function}\0${one.detail}`;
    if (!seen.has(key)) seen.set(key, one);
  }
  return [...seen.values()];
}

/**
 * The offer's side of a finding: what the host gives, and where that is known from.
 * @param part the part of the offer that decides, as "kernel.release"
 * @param value one line in words: "Linux 3.10.0-1160.el7"
 */
export function offered(
  offer: Offer,
  part: string,
  value: string,
): { readonly value: string; readonly source: string } {
  return { value, source: sourceOf(offer, part) };
}

/** Where the value of a part of an offer is known from: its nearest key in `sources`, else the host's name. */
export function sourceOf(offer: Offer, part: string): string {
  for (let key = part; key !== ''; key = key.slice(0, Math.max(0, key.lastIndexOf('.')))) {
    const source = offer.sources?.[key];
    if (source !== undefined) return source;
  }
  return `host ${offer.name}`;
}

/**
 * What a finding about this need touches. Where it cannot be told whether what starts needs it, `otherwise` decides:
 * 'user-space' for needs of the C library or loader, 'file' for those of single programs.
 */
export function reachOf(need: Pick<Need, 'onStartPath'>, otherwise: Reach = 'file'): Reach {
  if (need.onStartPath === undefined) return otherwise;
  return need.onStartPath ? 'start' : 'file';
}

/** The widest of several reaches. */
export function widestReach(reaches: readonly Reach[]): Reach {
  if (reaches.includes('start')) return 'start';
  return reaches.includes('user-space') ? 'user-space' : 'file';
}

/** "a", "a and b", "a, b and 3 others". */
export function someOf(names: readonly string[], shown = 3): string {
  const distinct = [...new Set(names)];
  if (distinct.length <= 1) return distinct[0] ?? '';
  if (distinct.length <= shown)
    return `${distinct.slice(0, -1).join(', ')} and ${distinct.at(-1) ?? ''}`;
  const rest = distinct.length - shown + 1;
  return `${distinct.slice(0, shown - 1).join(', ')} and ${rest} others`;
}
