import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Abi } from './abi.ts';
import { type EngineKnowledge, portraitOf } from './syscall-portrait.ts';
import { allSyscalls, syscallNamed } from './syscalls.ts';

const knowledge: EngineKnowledge = {
  capabilities: () => new Set(['CAP_CHOWN']),
  runc: () => undefined,
};

function portrait(name: string, abi: Abi = 'x86_64') {
  const facts = syscallNamed(name);
  assert.ok(facts, name);
  return portraitOf(facts, abi, knowledge);
}

test('clone3 as a whole', () => {
  const { numbers, carriers, without, filters, libseccomp, gvisor, callers } = portrait('clone3');
  assert.deepEqual(
    numbers.map(({ number, since }) => [number, since]),
    [
      [435, '5.3'],
      [5435, '5.4'],
      [435, '5.19'],
    ],
  );
  assert.ok(carriers.some(({ id, first }) => id === 'rhel' && first === '9.0'));
  assert.ok(without.includes('synology'));
  assert.deepEqual(
    filters
      .filter(({ engine }) => engine === 'docker')
      .map(({ first, last, action, capabilities }) => [first, last, action, capabilities]),
    [
      ['1.10.0', '20.10.9', 'EPERM', []],
      ['20.10.10', undefined, 'ENOSYS', ['CAP_SYS_ADMIN']],
    ],
  );
  assert.equal(libseccomp, '2.4.2');
  assert.equal(gvisor?.support, 'partial');
  assert.ok(callers.some(({ runtime, since }) => runtime === 'glibc' && since === '2.34'));
});

test('backports and the runs of a distribution', () => {
  const rhel = (name: string, abi?: Abi) =>
    portrait(name, abi)
      .carriers.filter(({ id }) => id === 'rhel')
      .map(({ first, last, backported }) => [first, last, backported]);
  assert.deepEqual(rhel('getrandom'), [['7.4', undefined, true]]);
  assert.deepEqual(rhel('kcmp'), [['7.2', undefined, false]]);
  assert.deepEqual(rhel('_sysctl'), [['6.0', '8.10', false]]);
  assert.deepEqual(rhel('io_uring_setup'), [['9.3', undefined, false]]);
});

test('every call on every ABI has a portrait', () => {
  let runs = 0;
  for (const facts of allSyscalls().filter((_, at) => at % 7 === 0)) {
    for (const abi of ['x86_64', 'i386', 'aarch64'] as const) {
      runs += portraitOf(facts, abi, knowledge).filters.length;
    }
  }
  assert.ok(runs > 400);
});
