// Keeps a report readable: one finding for what is the same, one note for everything minor that the host leaves open.
import type { Finding } from './finding.ts';
import { findingOf, someOf, widestReach } from './finding-of.ts';

/** Findings that say the same of several files become one, with all their evidence counted. */
export function mergeFindings(findings: readonly Finding[]): readonly Finding[] {
  const groups = Map.groupBy(
    findings,
    ({ code, rule, severity, worst, title, offer }) =>
      `${code}\0${rule}\0${severity}\0${worst}\0${title}\0${offer.value}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first, ...rest] = group;
    if (first === undefined) return [];
    if (rest.length === 0) return [first];
    return [
      findingOf({
        ...first,
        reach: widestReach(group.map((finding) => finding.reach)),
        evidence: group.flatMap((finding) => finding.evidence),
        evidenceTotal: group.reduce(
          (sum, finding) => sum + (finding.evidenceTotal ?? finding.evidence.length),
          0,
        ),
      }),
    ];
  });
}

/** Puts what is unknown of the host and would at worst degrade, or stop a file beside what starts, into one PL7004 note. */
export function groupMinorUnknowns(findings: readonly Finding[]): readonly Finding[] {
  const minor = findings.filter(
    ({ severity, worst, reach }) =>
      severity === 'unknown' && (worst === 'degraded' || reach === 'file'),
  );
  if (minor.length === 0) return findings;
  const asked = [...new Set(minor.map((finding) => finding.offer.value))];
  const note = findingOf({
    code: 'PL7004',
    rule: 'unknown-host-parts',
    severity: 'note',
    certainty: 'declared',
    title: `the host does not say: ${someOf(asked, 4)}`,
    need: 'parts of the host that could make it work worse than it should',
    offer: { value: 'not stated', source: minor[0]?.offer.source ?? '' },
    evidence: minor.map((finding) => ({
      ...finding.evidence[0],
      detail: `${finding.code} ${finding.title}: ${finding.offer.value}`,
    })),
    help: 'run `plimsoll host probe --format json` on that host and check against its result',
    references: ['https://docs.docker.com/engine/security/seccomp/'],
    component: 'configuration',
  });
  return [...findings.filter((finding) => !minor.includes(finding)), note];
}
