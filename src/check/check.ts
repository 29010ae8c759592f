// A check compares what a user space needs with what hosts offer: the rule families in code, then the rules in data,
// then life cycles and policies; what they find is merged, ordered, and summed up in one verdict per host.
import { describeHost } from '../host/describe.ts';
import type { Offer } from '../host/offer.ts';
import { formatPlatform } from '../image/platform.ts';
import type { Needs } from '../needs/need.ts';
import { noOwners } from '../needs/owners.ts';
import type { DataRule } from './data-rule.ts';
import { runDataRules } from './data-rules.ts';
import type { CheckResult, Finding, HostResult } from './finding.ts';
import { groupMinorUnknowns, mergeFindings } from './merge-findings.ts';
import type { Rule } from './rule.ts';
import { codeRules } from './rules/code-rules.ts';
import { lifeCycleRule } from './support/life-cycle-rule.ts';
import type { SupportPolicy } from './support/policy.ts';
import { policyRule, shippedPolicies } from './support/policy-rule.ts';
import { compareFindings, verdictOf } from './verdict.ts';
import { withOwners } from './with-owners.ts';

/** What a check takes beside needs and offers. */
export interface CheckOptions {
  /** Further rule families; those of the program always run. */
  readonly rules?: readonly Rule[];
  /** Rules that are data beside those of the program (--rules). */
  readonly dataRules?: readonly DataRule[];
  /** Support policies beside those of the program (--policy). */
  readonly policies?: readonly SupportPolicy[];
  /** The day for which life cycles are judged, as "2026-11-22". */
  readonly today: string;
}

/** Checks one user space against hosts. Pure: the same needs, offers and day give the same result. */
export function check(needs: Needs, offers: readonly Offer[], options: CheckOptions): CheckResult {
  const { target, os, libc, start, elves, packages, problems } = needs.userSpace;
  const platform = target.platform;
  return {
    schema: 'plimsoll.check/1',
    target: {
      kind: target.kind,
      reference: target.reference,
      ...(target.digest === undefined ? {} : { digest: target.digest }),
      ...(platform === undefined ? {} : { platform: formatPlatform(platform) }),
      ...(os === undefined ? {} : { os: os.prettyName ?? `${os.id} ${os.versionId ?? ''}`.trim() }),
      ...(libc === undefined ? {} : { libc: `${libc.name} ${libc.version ?? ''}`.trim() }),
      start: start.map((step) => step.argv.join(' ')),
      elfFiles: elves.length,
      packages: packages.length,
    },
    hosts: withOwners(
      offers.map((offer) => checkHost(needs, offer, options)),
      needs.userSpace.owners?.() ?? noOwners,
    ),
    problems: problems.map(({ code, message, at }) => ({
      code,
      message,
      ...(at?.path === undefined ? {} : { at: at.path }),
      ...(at?.layer === undefined ? {} : { layer: at.layer }),
      ...(at?.offset === undefined ? {} : { offset: at.offset }),
    })),
  };
}

function checkHost(needs: Needs, offer: Offer, options: CheckOptions): HostResult {
  const found: Finding[] = [];
  const support = [
    lifeCycleRule(options.today),
    policyRule([...shippedPolicies, ...(options.policies ?? [])]),
  ];
  for (const rule of [...codeRules, ...(options.rules ?? []), ...support])
    found.push(...rule.run(needs, offer));
  found.push(...runDataRules(needs, offer));
  if (options.dataRules !== undefined) found.push(...runDataRules(needs, offer, options.dataRules));
  const findings = [...groupMinorUnknowns(mergeFindings(found))].sort(compareFindings);
  return {
    host: offer.name,
    summary: describeHost(offer),
    ...verdictOf(findings, needs.userSpace.start.length > 0),
    findings,
  };
}
