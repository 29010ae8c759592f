import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { withoutBooleanValues } from './go-booleans.ts';

const command = new Command('history')
  .option('-H, --human', '', true)
  .option('--no-human', '')
  .option('--no-trunc', '')
  .option('-q, --quiet', '')
  .option('--format <f>', '');

for (const [line, expected] of [
  ['-H=false x', '--no-human x'],
  ['--human=true', '--human'],
  ['--no-trunc=false -q=1', '-q'],
  ['--no-trunc=TRUE', '--no-trunc'],
  ['--format=true --other=true -q=maybe', '--format=true --other=true -q=maybe'],
  ['x -- --quiet=true', 'x -- --quiet=true'],
] as const) {
  test(`${line} is ${expected}`, () => {
    assert.deepEqual(withoutBooleanValues(line.split(' '), command), expected.split(' '));
  });
}
