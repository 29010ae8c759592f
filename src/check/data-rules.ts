// Runs rules that are data (src/check/data-rules/*.json, compiled into one file at build; people's own by --rules).
// What rules find in an image is the same for every host, and is looked for once.
import type { Offer } from '../host/offer.ts';
import type { Needs } from '../needs/need.ts';
import type { DataRule } from './data-rule.ts';
import type { Finding } from './finding.ts';
import { findingOf, sourceOf } from './finding-of.ts';
import shipped from './generated/data-rules.json' with { type: 'json' };
import { type HostAnswer, matchHost } from './host-match.ts';
import { type ImageMatch, matchImage } from './image-match.ts';
import { viewImage } from './image-view.ts';

/** The rules that come with the program. */
export const shippedRules = shipped as unknown as readonly DataRule[];

interface Hit {
  readonly rule: DataRule;
  readonly match: ImageMatch;
}

const hitsOf = new WeakMap<Needs, Map<readonly DataRule[], readonly Hit[]>>();

function imageHits(needs: Needs, rules: readonly DataRule[]): readonly Hit[] {
  const known = hitsOf.get(needs) ?? new Map<readonly DataRule[], readonly Hit[]>();
  hitsOf.set(needs, known);
  const before = known.get(rules);
  if (before !== undefined) return before;
  const view = viewImage(needs);
  const hits = rules.flatMap((rule) => {
    const match = matchImage(rule.image, view);
    if (match === undefined) return [];
    return rule.onStartOnly === true && match.reach === 'file' ? [] : [{ rule, match }];
  });
  known.set(rules, hits);
  return hits;
}

/** Fills the placeholders of a template; one without a value leaves no gap. */
function filled(template: string, match: ImageMatch, value: string): string {
  const values: Readonly<Record<string, string | undefined>> = {
    software: match.software,
    version: match.version,
    package: match.package,
    path: match.path,
    detail: match.detail,
    value,
  };
  return template
    .replace(/ ?\{(\w+)\}/g, (whole, name: string) => {
      if (!(name in values)) return whole;
      const found = values[name];
      return found === undefined ? '' : `${whole.startsWith(' ') ? ' ' : ''}${found}`;
    })
    .trim();
}

function findingFor({ rule, match }: Hit, offer: Offer): Finding | undefined {
  const answer: HostAnswer =
    rule.host === undefined
      ? { truth: true, value: 'every host', part: '' }
      : matchHost(rule.host, offer);
  if (answer.truth === false) return undefined;
  const unknown = answer.truth === undefined;
  if (unknown && (rule.whenUnknown === 'silent' || rule.severity === 'note')) return undefined;
  const reported = unknown && rule.whenUnknown !== 'note';
  const clause = unknown ? `${answer.value} is not known` : answer.value;
  // What only some file of the image would feel, and that does not start, is worth a note.
  const aside = match.reach === 'file' && rule.severity === 'degraded';
  if (aside && unknown) return undefined;
  const severity = reported ? 'unknown' : unknown || aside ? 'note' : rule.severity;
  return findingOf({
    code: rule.code,
    rule: rule.id,
    severity,
    ...(reported && rule.severity !== 'note' ? { worst: rule.severity } : {}),
    certainty: 'declared',
    reach: match.reach ?? 'user-space',
    title: filled(rule.title, match, clause),
    need: filled(rule.need, match, clause),
    offer: {
      value: unknown ? answer.value : clause,
      source: answer.source ?? sourceOf(offer, answer.part),
    },
    evidence: match.evidence,
    ...(rule.symptom === undefined ? {} : { symptom: rule.symptom }),
    help: filled(rule.help, match, clause),
    references: rule.references,
    component: rule.component,
  });
}

/** Findings of rules that are data for one host. Pure; what the image holds is kept by `needs`. */
export function runDataRules(
  needs: Needs,
  offer: Offer,
  rules: readonly DataRule[] = shippedRules,
): readonly Finding[] {
  return imageHits(needs, rules).flatMap((hit) => findingFor(hit, offer) ?? []);
}
