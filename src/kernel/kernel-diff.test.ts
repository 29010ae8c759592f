import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffKernels } from './kernel-diff.ts';
import { kernelNamed, kernelsNear } from './kernel-subject.ts';

function diff(a: string, b: string) {
  const [one, other] = [kernelNamed(a, 'x86_64'), kernelNamed(b, 'x86_64')];
  assert.ok(one && other, `${a}, ${b}`);
  return diffKernels(one, other, 'x86_64');
}

test('kernels by name', () => {
  for (const [name, base] of [
    ['3.10', '3.10'],
    ['kernel:5.4', '5.4'],
    ['v6.1.5', '6.1'],
    ['2.6.32', '2.6.32'],
    ['2.6.39', '2.6.39'],
    ['5.14.0-362.el9', '5.14'],
    ['rhel:7.9', '3.10'],
    ['debian:bookworm', '6.1'],
    ['2.6.40', undefined],
    ['3.20', undefined],
    ['5.20', undefined],
    ['2.4', undefined],
    ['9.9', undefined],
    ['rhel:7.99', undefined],
    ['', undefined],
  ] as const) {
    assert.equal(kernelNamed(name, 'x86_64')?.base, base, name);
  }
});

test('names near a mistyped one', () => {
  assert.deepEqual(kernelsNear('rhel:7.99').slice(0, 1), ['rhel:10.1']);
  assert.ok(kernelsNear('debain:12').includes('debian:12'));
  assert.deepEqual(kernelsNear('completely different'), []);
});

test('what one kernel has that another lacks', () => {
  const { onlyA, onlyB } = diff('rhel:7.9', 'rhel:9.3');
  const calls = (surplus: typeof onlyA) => surplus.calls.map(({ name }) => name);
  assert.deepEqual(calls(onlyA), ['_sysctl', 'lookup_dcookie']);
  assert.ok(calls(onlyB).includes('clone3'));
  assert.ok(!calls(onlyB).includes('getrandom'), 'rhel:7.9 carries getrandom');
  assert.equal(onlyB.calls.find(({ name }) => name === 'futex_waitv')?.backported, true);
  assert.equal(onlyB.calls.find(({ name }) => name === 'statx')?.backported, false);
  assert.ok(onlyB.flags.some(({ symbols }) => symbols.includes('RESOLVE_BENEATH')));
  assert.ok(onlyB.gates.some(({ name }) => name === 'secretmem.enable'));
  assert.ok(!onlyB.gates.some(({ kind }) => kind === 'sysctl'), 'absence cannot be told');
});

test('mainline releases differ by what came between', () => {
  const { onlyA, onlyB } = diff('5.2', '5.3');
  assert.deepEqual(onlyA.calls, []);
  assert.deepEqual(onlyB.calls, [
    { name: 'clone3', backported: false, since: '5.3', number: 435 },
    { name: 'pidfd_open', backported: false, since: '5.3', number: 434 },
  ]);
  const same = diff('5.3', '5.3.12');
  assert.deepEqual([same.onlyA.calls, same.onlyB.calls], [[], []]);
  assert.deepEqual([same.onlyA.flags, same.onlyB.flags], [[], []]);
});
