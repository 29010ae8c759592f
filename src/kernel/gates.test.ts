import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allFlags, flagNamed, hasFlag } from './flags.ts';
import { engineOptions, gateBlocks, gateExists, gatesOf } from './gates.ts';
import { gvisorCall, gvisorRelease } from './gvisor.ts';
import { allSyscalls } from './syscalls.ts';

test('the gates of a call', () => {
  const named = (call: string, abi?: 'aarch64') => gatesOf(call, abi).map(({ name }) => name);
  assert.deepEqual(named('io_uring_setup'), [
    'CONFIG_IO_URING',
    'kernel.io_uring_disabled',
    'kernel.io_uring_disabled',
  ]);
  assert.deepEqual(named('memfd_secret'), ['CONFIG_SECRETMEM', 'secretmem.enable']);
  assert.deepEqual(named('map_shadow_stack', 'aarch64'), ['CONFIG_ARM64_GCS']);
  assert.deepEqual(named('read'), []);
  assert.ok(named('unshare').includes('user.max_user_namespaces'));
  assert.ok(engineOptions().required.includes('CONFIG_NAMESPACES'));
});

test('a gate has its time', () => {
  const options = (call: string, release: string) =>
    gatesOf(call).filter((gate) => gate.kind === 'option' && gateExists(gate, release));
  for (const [call, release, expected] of [
    ['kcmp', '5.10', ['CONFIG_CHECKPOINT_RESTORE']],
    ['kcmp', '6.1', ['CONFIG_KCMP']],
    ['memfd_create', '4.4', ['CONFIG_TMPFS']],
    ['memfd_create', '5.4', ['CONFIG_MEMFD_CREATE']],
    ['fadvise64', '3.10', []],
    ['fadvise64', '4.4', ['CONFIG_ADVISE_SYSCALLS']],
  ] as const) {
    assert.deepEqual(
      options(call, release).map(({ name }) => name),
      expected,
      `${call} ${release}`,
    );
  }
});

test('values of sysctls block or not', () => {
  const [all, unprivileged] = gatesOf('io_uring_setup').filter(({ kind }) => kind === 'sysctl');
  const [limit] = gatesOf('io_setup').filter(({ kind }) => kind === 'sysctl');
  assert.ok(all && unprivileged && limit);
  for (const [gate, value, expected] of [
    [all, '2', true],
    [all, '0\n', false],
    [unprivileged, '1', true],
    [unprivileged, '2', false],
    [all, 'on', undefined],
    [all, '', undefined],
    [limit, '65536', undefined],
  ] as const) {
    assert.equal(gateBlocks(gate, value), expected, `${gate.name}=${value}`);
  }
});

test('flags by release', () => {
  assert.ok(allFlags().length > 1800);
  assert.equal(flagNamed('PR_SET_MDWE')?.since, '6.3');
  for (const [kernel, symbol, expected] of [
    [{ base: '6.2' }, 'PR_SET_MDWE', false],
    [{ base: '6.3' }, 'PR_SET_MDWE', true],
    [{ base: '4.18', flagsAdded: ['RESOLVE_BENEATH'] }, 'RESOLVE_BENEATH', true],
    [{ base: '4.18' }, 'RESOLVE_BENEATH', false],
    [{}, 'PR_SET_MDWE', undefined],
    [{ base: '6.3' }, 'NO_SUCH_FLAG', undefined],
  ] as const) {
    assert.equal(hasFlag(kernel, symbol), expected, `${symbol} on ${JSON.stringify(kernel)}`);
  }
});

test('gVisor serves calls by machine and release', () => {
  for (const [name, abi, tag, support, errno] of [
    ['read', 'x86_64', undefined, 'full', undefined],
    ['io_uring_setup', 'x86_64', undefined, 'partial', undefined],
    ['io_uring_setup', 'x86_64', '20200101.0', 'none', 'ENOSYS'],
    ['add_key', 'x86_64', undefined, 'none', 'EACCES'],
    ['landlock_create_ruleset', 'x86_64', undefined, 'none', 'ENOSYS'],
    ['open', 'aarch64', undefined, 'none', 'ENOSYS'],
  ] as const) {
    const call = gvisorCall(name, abi, tag);
    assert.deepEqual([call?.support, call?.errno], [support, errno], `${name} on ${abi} ${tag}`);
  }
  assert.equal(gvisorCall('read', 'i386'), undefined);
  assert.equal(gvisorRelease('20230925.0'), '4.4.0');
  assert.equal(gvisorRelease(), '4.19.0-gvisor');
  const served = allSyscalls().filter(({ name }) => gvisorCall(name, 'x86_64')?.support === 'full');
  assert.ok(served.length > 200);
});
