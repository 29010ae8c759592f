import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GoProgram, goDoesWithout, rustDoesWithout } from './language-runtimes.ts';

const alone: GoProgram = { asksLibc: false, hasEpollCreate: false };
const cgo: GoProgram = { asksLibc: true, hasEpollCreate: true };

const cases: readonly [string, 'ENOSYS' | 'EPERM' | 'EINVAL', GoProgram, boolean | undefined][] = [
  ['exit_group', 'ENOSYS', cgo, false],
  ['rt_sigaction', 'ENOSYS', alone, false],
  ['rt_sigaction', 'EPERM', cgo, true],
  ['rt_sigaction', 'EINVAL', cgo, false],
  ['epoll_create1', 'ENOSYS', alone, false],
  ['epoll_create1', 'ENOSYS', cgo, true],
  ['fcntl', 'EPERM', alone, false],
  ['fcntl', 'EPERM', cgo, true],
  ['nanosleep', 'ENOSYS', alone, true],
  ['clone3', 'ENOSYS', cgo, true],
  ['clone3', 'EPERM', cgo, undefined],
  ['openat', 'ENOSYS', alone, undefined],
];

for (const [call, errno, program, expected] of cases)
  test(`${call} with ${errno}${program === cgo ? ' beside the C library' : ''}: ${expected}`, () =>
    assert.equal(goDoesWithout(call, errno, program), expected));

test("Rust's run-time ends where poll and rt_sigaction are refused", () => {
  assert.equal(rustDoesWithout('poll', 'ENOSYS'), false);
  assert.equal(rustDoesWithout('poll', 'EINVAL'), true);
  assert.equal(rustDoesWithout('rt_sigaction', 'EPERM'), false);
  assert.equal(rustDoesWithout('openat', 'ENOSYS'), undefined);
});
