import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { syscallsJsonSchema, syscallsReportSchema } from '../../src/cli/syscalls-schema.ts';
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
  const entry = profile.syscalls.find(({ names }: { names: string[] }) => names[0] === 'getrandom');
  assert.match(entry.comment, /\/true: .+ → .+ in .+libc/);
  const json = await runPlimsoll(['syscalls', '/bin/true', '--format', 'json']);
  const report = syscallsReportSchema.parse(JSON.parse(json.stdout));
  assert.equal(report.programs[0]?.syscalls.length, report.syscalls.length);
  const prctl = report.syscalls.find(({ name }) => name === 'arch_prctl');
  assert.ok(prctl?.arguments['code']?.names.includes('ARCH_SET_FS'));
});

test('what changed between two targets', async () => {
  const both = await runPlimsoll(['syscalls', '--diff', '/bin/true', '/bin/ls']);
  assert.match(both.stdout, /new calls \(\d+\)[\s\S]*lgetxattr/);
  const back = await runPlimsoll(['syscalls', '/bin/ls', '--diff', '/bin/true', '-f', 'json']);
  const difference = JSON.parse(back.stdout);
  assert.equal(difference.schema, 'plimsoll.syscalls-difference/1');
  assert.deepEqual(difference.added, []);
  assert.ok(difference.removed.some(({ name }: { name: string }) => name === 'lgetxattr'));
  const same = await runPlimsoll(['syscalls', '--diff', '/bin/true', '/bin/true']);
  assert.match(same.stdout, /the same calls/);
  assert.match((await runPlimsoll(['syscalls', '--diff', '/bin/true'])).stderr, /PL0001/);
});

test('the published schema is current', () => {
  const file = join(import.meta.dirname, '../../schemas/syscalls.schema.json');
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(syscallsJsonSchema()));
});

test('a call that is not among them, and a file that is no program, are told', async () => {
  const absent = await runPlimsoll(['syscalls', '/bin/true', '--why', 'reboot']);
  assert.notEqual(absent.code, 0);
  assert.match(absent.stderr, /PL0401/);
  const script = await runPlimsoll(['syscalls', '/etc/passwd']);
  assert.match(script.stderr, /PL0102/);
});
