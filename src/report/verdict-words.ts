// The words for verdicts and severities: a sign and a word, so that no colour is needed to tell them apart.
import type { HostResult, ProofOutcome, Severity, Verdict } from '../check/finding.ts';
import type { Paint, Style } from '../lib/style.ts';

const signs: Readonly<Record<Verdict, string>> = {
  works: '✓',
  degraded: '~',
  fails: '✗',
  unknown: '?',
};

/** "✓ works", "✓ likely works" where not everything could be seen, "✗ fails". */
export function verdictWords({
  verdict,
  certain,
}: Pick<HostResult, 'verdict' | 'certain'>): string {
  const word = verdict === 'works' && !certain ? 'likely works' : verdict;
  return `${signs[verdict]} ${word}`;
}

/** The colour of a verdict. */
export function verdictPaint(verdict: Verdict, style: Style): Paint {
  return {
    works: style.green,
    degraded: style.yellow,
    fails: style.red,
    unknown: style.magenta,
  }[verdict];
}

/** The colour of a severity. */
export function severityPaint(severity: Severity, style: Style): Paint {
  return {
    fatal: style.red,
    degraded: style.yellow,
    unknown: style.magenta,
    note: style.cyan,
  }[severity];
}

/** What runs came to, in words. */
export const proofWords: Readonly<Record<ProofOutcome, string>> = {
  shown: 'shown',
  refuted: 'refuted',
  'not-reached': 'not reached',
  'not-imitated': 'not tried',
};
