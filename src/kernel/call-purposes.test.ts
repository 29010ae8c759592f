import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CallPurpose, purposeOf } from './call-purposes.ts';

const cases: readonly [string, CallPurpose][] = [
  ['read', 'input'],
  ['write', 'output'],
  ['wait4', 'action'],
  ['rt_sigsuspend', 'action'],
  ['connect', 'query'],
  ['rt_sigaction', 'query'],
  ['getpid', 'identity'],
  ['mprotect', 'work'],
];

for (const [name, expected] of cases)
  test(`${name}: ${expected}`, () => assert.equal(purposeOf(name), expected));
