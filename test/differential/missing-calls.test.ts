// What the code of programs tells of missing calls is what happens when one call is refused: a small sample of what
// scripts/missing-calls.ts runs in full.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { agrees, compareWithCode, comparisonText } from '../../scripts/missing-calls/compare.ts';
import { observe } from '../../scripts/missing-calls/record.ts';

spawnSync(join(import.meta.dirname, '../../scripts/test-tools.sh'), [], {
  stdio: 'inherit',
});

const samples = [
  { argv: ['/usr/bin/true'] },
  { argv: ['/usr/bin/timeout', '2', '/usr/bin/true'] },
  { argv: ['/usr/bin/mkdir', 'made'] },
  { argv: ['/usr/bin/tac', 'numbers'], setup: 'seq 9 > numbers' },
];

test('four programs, each of their calls refused with ENOSYS and with EPERM', async () => {
  const observations = [];
  for (const sample of samples)
    observations.push(...(await observe(sample, ['ENOSYS', 'EPERM'], (text) => assert.fail(text))));
  const compared = await compareWithCode(observations, new AbortController().signal);
  assert.ok(compared.length > 60, `only ${compared.length} runs`);
  const right = compared.filter(agrees).length;
  assert.ok(right >= compared.length * 0.9, comparisonText(compared));
});
