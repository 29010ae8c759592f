// Runs rules that are data (src/check/data-rules/*.json, compiled into one file at build; people's own by --rules).
import type { Offer } from '../host/offer.ts';
import type { Needs } from '../needs/need.ts';
import type { DataRule } from './data-rule.ts';
import type { Finding } from './finding.ts';
import { findingOf, sourceOf } from './finding-of.ts';
import shipped from './generated/data-rules.json' with { type: 'json' };
import { matchHost } from './host-match.ts';
import type { HostAnswer } from './host-matcher.ts';
import type { ImageMatch } from './image-matcher.ts';
import { ruleMatch } from './rule-matches.ts';
import { mainArchitecture } from './rules/architecture.ts';
import { emulatedOffer, executionOf } from './rules/execution.ts';

/** The rules that come with the program. */
export const shippedRules = shipped as unknown as readonly DataRule[];

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
      if (!Object.hasOwn(values, name)) return whole;
      const found = values[name];
      return found === undefined ? '' : `${whole.startsWith(' ') ? ' ' : ''}${found}`;
    })
    .trim();
}

/** The system calls that a condition on hosts asks about, however deep. */
function callsIn(condition: unknown): readonly string[] {
  if (Array.isArray(condition)) return condition.flatMap(callsIn);
  if (typeof condition !== 'object' || condition === null) return [];
  return Object.entries(condition).flatMap(([key, value]) =>
    key === 'syscall' && typeof value === 'string' ? [value] : callsIn(value),
  );
}

function findingFor(rule: DataRule, needs: Needs, offer: Offer): Finding | undefined {
  // The host first: it is quick to ask, and settles most rules before anything is looked for in the image.
  const answer: HostAnswer =
    rule.host === undefined
      ? { truth: true, value: 'every host', part: '' }
      : matchHost(rule.host, offer);
  if (answer.truth === false) return undefined;
  const unknown = answer.truth === undefined;
  if (unknown && (rule.whenUnknown === 'silent' || rule.severity === 'note')) return undefined;
  const match = ruleMatch(needs, rule);
  if (match === undefined) return undefined;
  if (offer.machine !== undefined && match.onMachines?.includes(offer.machine) === false)
    return undefined;
  const worst = match.ifStarted === true && rule.severity === 'fatal' ? 'degraded' : rule.severity;
  const reported = unknown && rule.whenUnknown !== 'note';
  const clause = unknown ? `${answer.value} is not known` : answer.value;
  // What only some file of the image would feel, and that does not start, is worth a note.
  const aside = match.reach === 'file' && worst === 'degraded';
  if (aside && unknown) return undefined;
  const severity = reported ? 'unknown' : unknown || aside ? 'note' : worst;
  const title = filled(rule.title, match, clause);
  const calls = callsIn(rule.host);
  return findingOf({
    code: rule.code,
    rule: rule.id,
    severity,
    ...(reported && worst !== 'note' ? { worst } : {}),
    certainty: 'declared',
    reach: match.reach ?? 'user-space',
    title: match.ifStarted === true ? `${title}, if that is what starts` : title,
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
    ...(calls.length === 0 ? {} : { calls }),
  });
}

/**
 * The host as the programs see it: under an emulator, with the emulator's processor; and what the image declares as
 * volumes can be written though its root cannot.
 */
function seenBy(needs: Needs, host: Offer): Offer {
  const volumes = needs.userSpace.config?.volumes ?? [];
  const offer =
    host.container?.readOnlyRoot === true && volumes.length > 0
      ? {
          ...host,
          container: {
            ...host.container,
            mounts: [
              ...(host.container.mounts ?? []),
              ...volumes.map((target) => ({ source: 'volume', target })),
            ],
          },
        }
      : host;
  const main = offer.emulation === undefined ? undefined : mainArchitecture(needs);
  return main !== undefined && executionOf(main.machine, offer) === 'emulated'
    ? emulatedOffer(offer)
    : offer;
}

/** Findings of rules that are data for one host. Pure; what the image holds is kept by `needs`. */
export function runDataRules(
  needs: Needs,
  offer: Offer,
  rules: readonly DataRule[] = shippedRules,
): readonly Finding[] {
  const seen = seenBy(needs, offer);
  return rules.flatMap((rule) => findingFor(rule, needs, seen) ?? []);
}
