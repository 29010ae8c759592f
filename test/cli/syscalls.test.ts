import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runPlimsoll } from './run-plimsoll.ts';

test('a program: calls, the chain to one of them, a profile', async () => {
  const table = await runPlimsoll(['syscalls', '/bin/true']);
  assert.equal(table.code, 0, table.stderr);
  assert.match(table.stdout, /exit_group/);
  const why = await runPlimsoll(['syscalls', '/bin/true', '--why', 'exit_group']);
  assert.match(why.stdout, /entry point\n(?: +→ .*\n)+ +→ system call at 0x[0-9a-f]+/);
  const profile = JSON.parse(
    (await runPlimsoll(['syscalls', '/bin/true', '--format', 'seccomp'])).stdout,
  );
  assert.equal(profile.defaultAction, 'SCMP_ACT_ERRNO');
  assert.ok(profile.syscalls[0].names.includes('execve'));
});

test('a call that is not among them, and a file that is no program, are told', async () => {
  const absent = await runPlimsoll(['syscalls', '/bin/true', '--why', 'reboot']);
  assert.notEqual(absent.code, 0);
  assert.match(absent.stderr, /PL0401/);
  const script = await runPlimsoll(['syscalls', '/etc/passwd']);
  assert.match(script.stderr, /PL0102/);
});
