// From findings to one word per host. A fatal finding decides only when it touches what starts or the user space as
// a whole; in a file beside those it makes the host 'degraded'. What is unknown is as bad as `worst` says, one step
// milder than if it were known.
import { briefTitle } from '../lib/brief.ts';
import type { Finding, HostResult } from './finding.ts';

type Weight = 'fails' | 'unknown' | 'degraded' | 'doubt' | 'none';

function weightOf(finding: Finding, startKnown: boolean): Weight {
  if (finding.proof?.outcome === 'refuted') return 'none';
  const decisive = finding.reach !== 'file';
  if (finding.severity === 'fatal') return decisive ? 'fails' : 'degraded';
  if (finding.severity === 'unknown')
    return finding.worst === 'fatal' && decisive ? 'unknown' : 'doubt';
  // What a program beside the start does worse is told, but the container as it starts works all the same.
  return finding.severity === 'degraded' && (decisive || !startKnown) ? 'degraded' : 'none';
}

/** Codes whose notes say that the analysis does not see everything. */
const blurs = new Set(['PL7001', 'PL7003', 'PL7004']);

/** Also a note that calls of what starts are refused, and that nobody knows whether it copes. */
const blurring = ({ code, rule, reach }: Finding): boolean =>
  blurs.has(code) || (reach === 'start' && rule.startsWith('syscalls-perhaps-'));

/**
 * The verdict on one host, whether it is certain, and why in one line.
 * @param startKnown whether the target says what starts; where it does not, every file counts
 */
export function verdictOf(
  findings: readonly Finding[],
  startKnown: boolean,
): Pick<HostResult, 'verdict' | 'certain' | 'why'> {
  const by = Map.groupBy(findings, (finding) => weightOf(finding, startKnown));
  const titles = (weight: Weight): string => firstAndMore(by.get(weight) ?? []);
  const blurred = findings.filter(blurring);
  const certain = blurred.length === 0 && !by.has('doubt');
  if (by.has('fails')) return { verdict: 'fails', certain: true, why: titles('fails') };
  if (by.has('unknown')) return { verdict: 'unknown', certain: false, why: titles('unknown') };
  if (by.has('degraded')) return { verdict: 'degraded', certain, why: titles('degraded') };
  if (certain) return { verdict: 'works', certain, why: 'nothing that it needs is missing' };
  const doubts = firstAndMore([...blurred, ...(by.get('doubt') ?? [])]);
  return { verdict: 'works', certain, why: `nothing found; not certain: ${doubts}` };
}

/** The first in few words, and how many others there are. */
function firstAndMore(findings: readonly Finding[]): string {
  const titles = [...new Set(findings.map(({ title }) => briefTitle(title)))];
  const [first = ''] = titles;
  return titles.length > 1 ? `${first}; and ${titles.length - 1} more` : first;
}

const severityOrder = { fatal: 0, degraded: 1, unknown: 2, note: 3 } as const;
const reachOrder = { start: 0, 'user-space': 1, file: 2 } as const;
const certaintyOrder = { observed: 0, declared: 1, reachable: 2, present: 3 } as const;

/** Most important first: severity, then what it touches, then how sure, then how much is affected. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    severityOrder[a.severity] - severityOrder[b.severity] ||
    reachOrder[a.reach] - reachOrder[b.reach] ||
    worstOrder(a) - worstOrder(b) ||
    certaintyOrder[a.certainty] - certaintyOrder[b.certainty] ||
    count(b) - count(a) ||
    compareText(a.code, b.code) ||
    compareText(a.title, b.title)
  );
}

const worstOrder = (finding: Finding): number => (finding.worst === 'degraded' ? 1 : 0);
const count = (finding: Finding): number => finding.evidenceTotal ?? finding.evidence.length;
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
