// The program is run: here, and for AArch64 by qemu.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { machine, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Abi } from '../../kernel/abi.ts';
import { harmlessArguments } from './harmless-arguments.ts';
import { probeProgram } from './probe-program.ts';
import { parseAnswer } from './try-call.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));

before(() => {
  execFileSync(join(import.meta.dirname, '../../../scripts/test-tools.sh'), { stdio: 'inherit' });
});

after(() => rmSync(folder, { recursive: true, force: true }));

const runners: Partial<Readonly<Record<Abi, readonly string[]>>> = {
  [machine() === 'x86_64' ? 'x86_64' : 'aarch64']: [],
  ...(machine() === 'x86_64' ? { aarch64: ['qemu-aarch64-static'] } : {}),
};

function answer(abi: Abi, call: number, args: readonly bigint[]) {
  const file = join(folder, 'program');
  const bytes = probeProgram(abi, call, args);
  assert.ok(bytes !== undefined);
  writeFileSync(file, bytes, { mode: 0o755 });
  const [command = file, ...rest] = [...(runners[abi] ?? []), file];
  return parseAnswer(execFileSync(command, rest, { encoding: 'latin1' }), 'ended');
}

// close, getpid, getppid, and a number that no kernel has.
const numbers = { x86_64: [3, 39, 110, 9999], aarch64: [57, 172, 173, 9999] } as const;

for (const abi of ['x86_64', 'aarch64'] as const) {
  if (runners[abi] === undefined) continue;
  test(`${abi}: values, errors and absent calls`, () => {
    const [close, getpid, getppid, absent] = numbers[abi];
    assert.deepEqual(answer(abi, close, [-1n]), { value: '-1', errno: 'EBADF' });
    assert.equal(answer(abi, getppid, []).value, String(process.pid));
    assert.ok(Number(answer(abi, getpid, []).value) > 0);
    assert.deepEqual(answer(abi, absent, []), { value: '-1', errno: 'ENOSYS' });
  });
}

test('what wrote nothing has no answer, and some calls are not tried', () => {
  assert.deepEqual(parseAnswer('', 'SIGSYS'), { ended: 'SIGSYS' });
  assert.deepEqual(parseAnswer('aaaaaaaaaaaaaabc\n', 'exit 0'), { value: '18' });
  assert.equal(typeof harmlessArguments('exit'), 'string');
  assert.equal(harmlessArguments('openat').length, 6);
});
