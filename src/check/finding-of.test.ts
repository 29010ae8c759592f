import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capEvidence } from '../needs/evidence.ts';
import { findingOf } from './finding-of.ts';

const pieces = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ path: `/bin/p${at}`, detail: 'seen' }));

/** Pieces that a need had, how many of them the finding shows, and how many it counts. */
const cases: readonly [number, number, number | undefined][] = [
  [0, 0, undefined],
  [10, 10, undefined],
  [11, 10, 11],
  [20, 10, 20],
  [21, 10, 21],
  [500, 10, 500],
];

for (const [count, shown, total] of cases) {
  test(`a finding counts ${count} pieces of evidence, whatever the need kept of them`, () => {
    const finding = findingOf({
      code: 'PL1001',
      rule: 'x',
      severity: 'note',
      certainty: 'present',
      title: 't',
      need: 'n',
      offer: { value: 'v', source: 's' },
      evidence: capEvidence(pieces(count)),
      help: 'h',
      component: 'image',
    });
    assert.equal(finding.evidence.length, shown);
    assert.equal(finding.evidenceTotal, total);
    assert.ok(finding.evidence.every((piece) => !('others' in piece)));
  });
}
