// The same finding on several hosts is told once. What makes it the same: what is needed, and how bad its lack is;
// what each host offers instead may differ, and is kept by host.
import type { CheckResult, Finding } from '../check/finding.ts';

/** A finding with all hosts that have it. */
export interface GroupedFinding {
  /** As found on the first host. */
  readonly finding: Finding;
  readonly hosts: readonly string[];
  /** What hosts offer, with the hosts that offer just that. */
  readonly offers: readonly {
    readonly value: string;
    readonly source: string;
    readonly hosts: readonly string[];
  }[];
}

function keyOf({ code, rule, severity, worst, need, proof }: Finding): string {
  return [code, rule, severity, worst, need, proof?.outcome].join('\0');
}

const shownSources = 2;
const order = { fatal: 0, degraded: 1, unknown: 2, note: 3 } as const;
const reachOrder = { start: 0, 'user-space': 1, file: 2 } as const;

/** "default of debian:12" says no more than the host's name beside it, and would keep equal offers apart. */
function withoutName(host: string, text: string): string {
  if (text === `host ${host}`) return 'as the host says';
  const [base = host] = host.split('+', 1);
  return text.replaceAll(host, 'the host').replaceAll(base, 'the host');
}

/** Where an offer of several hosts is known from: each source once, the first few. */
function sourcesOf(same: readonly { readonly host: string; readonly finding: Finding }[]): string {
  const sources = [
    ...new Set(same.map(({ host, finding }) => withoutName(host, finding.offer.source))),
  ];
  const more = sources.length - shownSources;
  const shown = sources.slice(0, shownSources).join('; ');
  return more > 0 ? `${shown}; and ${more} more` : shown;
}

/** The findings of all hosts, most important first: severity, reach, number of hosts, then as each host has them. */
export function groupFindings(result: CheckResult): readonly GroupedFinding[] {
  const all = result.hosts.flatMap(({ host, findings }) =>
    findings.map((finding) => ({ host, finding })),
  );
  const groups = Map.groupBy(all, ({ finding }) => keyOf(finding));
  return [...groups.values()]
    .flatMap((members) => {
      const [first] = members;
      if (first === undefined) return [];
      const offers = Map.groupBy(members, ({ host, finding: { offer } }) =>
        withoutName(host, offer.value),
      );
      return [
        {
          finding: first.finding,
          hosts: [...new Set(members.map(({ host }) => host))],
          offers: [...offers].map(([value, same]) => ({
            value,
            source: sourcesOf(same),
            hosts: [...new Set(same.map(({ host }) => host))],
          })),
        },
      ];
    })
    .sort(
      (a, b) =>
        order[a.finding.severity] - order[b.finding.severity] ||
        reachOrder[a.finding.reach] - reachOrder[b.finding.reach] ||
        b.hosts.length - a.hosts.length,
    );
}
