// The first few calls of a process are looked up one by one; the rest from a table that is made ready as a whole.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allSyscalls, syscallNamed } from './syscalls.ts';

test('a call that is looked up alone has the same facts as in the whole table', () => {
  const names = ['openat2', 'uselib', 'clock_gettime64', 'read'];
  const alone = names.map((name) => syscallNamed(name));
  assert.equal(syscallNamed('no_such_call'), undefined);
  const whole = new Map(allSyscalls().map((facts) => [facts.name, facts]));
  for (const [at, name] of names.entries()) assert.deepEqual(alone[at], whole.get(name), name);
});
