import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CallPurpose, purposeOf } from './call-purposes.ts';

const cases: readonly [string, boolean, CallPurpose][] = [
  ['read', false, 'input'],
  ['write', false, 'output'],
  ['wait4', false, 'action'],
  ['rt_sigsuspend', false, 'action'],
  ['connect', false, 'query'],
  ['rt_sigaction', false, 'query'],
  ['rt_sigaction', true, 'action'],
  ['getpid', true, 'identity'],
  ['mprotect', false, 'work'],
];

for (const [name, isGo, expected] of cases)
  test(`${name}${isGo ? ' in Go' : ''}: ${expected}`, () =>
    assert.equal(purposeOf(name, isGo), expected));
