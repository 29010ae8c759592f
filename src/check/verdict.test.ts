import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding, Verdict } from './finding.ts';
import { findingOf, someOf, sourceOf } from './finding-of.ts';
import { groupMinorUnknowns, mergeFindings } from './merge-findings.ts';
import { compareFindings, verdictOf } from './verdict.ts';

function finding(parts: Partial<Finding>): Finding {
  return findingOf({
    code: 'PL1004',
    rule: 'made',
    severity: 'fatal',
    certainty: 'declared',
    title: 'made',
    need: 'a need',
    offer: { value: 'an offer', source: 'a test' },
    evidence: [{ path: '/bin/a', detail: 'seen' }],
    help: 'help',
    component: 'kernel',
    ...parts,
  });
}

const fatalStart = finding({ reach: 'start' });
const fatalWhole = finding({ reach: 'user-space' });
const fatalFile = finding({ reach: 'file' });
const degraded = finding({ severity: 'degraded', reach: 'start' });
const degradedFile = finding({ severity: 'degraded', reach: 'file' });
const unknownFatal = finding({ severity: 'unknown', worst: 'fatal', reach: 'start' });
const unknownMinor = finding({ severity: 'unknown', worst: 'degraded', reach: 'start' });
const unknownFile = finding({ severity: 'unknown', worst: 'fatal', reach: 'file' });
const unbounded = finding({ code: 'PL7001', severity: 'note' });
const note = finding({ severity: 'note' });

function checkVerdict(
  findings: readonly Finding[],
  verdict: Verdict,
  certain: boolean,
  startKnown = true,
): void {
  const answer = verdictOf(findings, startKnown);
  assert.deepEqual([answer.verdict, answer.certain], [verdict, certain], answer.why);
  assert.notEqual(answer.why, '');
}

test('fails before unknown before degraded before works', () => {
  checkVerdict([], 'works', true);
  checkVerdict([note], 'works', true);
  checkVerdict([unbounded], 'works', false);
  checkVerdict([unknownMinor], 'works', false);
  checkVerdict([unknownFile], 'works', false);
  checkVerdict([degraded, unknownMinor], 'degraded', false);
  checkVerdict([degraded, unknownFatal], 'unknown', false);
  checkVerdict([unknownFatal, fatalStart], 'fails', true);
  checkVerdict([fatalWhole], 'fails', true);
});

test('a fatal finding beside what starts degrades; a degraded one counts where the start is not known', () => {
  checkVerdict([fatalFile], 'degraded', true);
  checkVerdict([degradedFile], 'works', true);
  checkVerdict([degradedFile], 'degraded', true, false);
});

test('findings come in the order of their weight', () => {
  const sorted = [note, unknownFatal, fatalFile, degraded, fatalWhole, fatalStart].sort(
    compareFindings,
  );
  assert.deepEqual(sorted, [fatalStart, fatalWhole, fatalFile, degraded, unknownFatal, note]);
});

test('the same finding of several files is one, with evidence counted', () => {
  const files = Array.from({ length: 25 }, (_, at) =>
    finding({
      reach: at === 3 ? 'start' : 'file',
      evidence: [{ path: `/bin/${at}`, detail: 'seen' }],
    }),
  );
  const [merged, ...rest] = mergeFindings(files);
  assert.deepEqual(rest, []);
  assert.equal(merged?.evidence.length, 10);
  assert.equal(merged?.evidenceTotal, 25);
  assert.equal(merged?.reach, 'start');
  assert.equal(mergeFindings([finding({ title: 'a' }), finding({ title: 'b' })]).length, 2);
});

test('minor unknowns become one note, others stay', () => {
  const grouped = groupMinorUnknowns([fatalStart, unknownMinor, unknownFile, unknownFatal]);
  assert.deepEqual(
    grouped.map(({ code, severity }) => `${severity} ${code}`),
    ['fatal PL1004', 'unknown PL1004', 'note PL7004'],
  );
  assert.deepEqual(groupMinorUnknowns([fatalStart]), [fatalStart]);
});

test('names are listed and counted', () => {
  assert.equal(someOf([]), '');
  assert.equal(someOf(['a', 'a']), 'a');
  assert.equal(someOf(['a', 'b', 'c']), 'a, b and c');
  assert.equal(someOf(['a', 'b', 'c', 'd', 'e']), 'a, b and 3 others');
});

test('a source is that of the nearest part of the offer', () => {
  const offer = {
    schema: 'plimsoll.host/1',
    name: 'h',
    sources: { kernel: 'uname', 'kernel.config': '/boot/config' },
  } as const;
  assert.equal(sourceOf(offer, 'kernel.config.CONFIG_X'), '/boot/config');
  assert.equal(sourceOf(offer, 'kernel.release'), 'uname');
  assert.equal(sourceOf(offer, 'cpu.level'), 'host h');
});
