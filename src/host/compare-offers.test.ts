import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareOffers } from './compare-offers.ts';
import { findHost } from './find-host.ts';

const sources = {
  readFile: () => Promise.reject(new Error('no file')),
  probe: () => Promise.reject(new Error('no probe')),
};

test('two releases: calls by what a container gets, settings, layout', async () => {
  const from = await findHost('rhel:7.9', sources);
  const to = await findHost('rhel:9.4', sources);
  const difference = compareOffers(from, to);
  assert.equal(difference.abi, 'x86_64');
  const group = (before: string, after: string) =>
    difference.calls.find((one) => one.from === before && one.to === after)?.calls ?? [];
  assert.ok(group('EPERM', 'works').includes('statx'));
  assert.ok(group('EPERM', 'ENOSYS').includes('io_uring_setup'));
  assert.ok(!difference.calls.some(({ calls }) => calls.includes('read')));
  const part = (name: string) => difference.parts.find((one) => one.part === name);
  assert.deepEqual(part('cgroup.version'), { part: 'cgroup.version', from: 'v1', to: 'v2' });
  assert.deepEqual(part('sysctls.net.core.somaxconn'), {
    part: 'sysctls.net.core.somaxconn',
    from: '128',
    to: '4096',
  });
  assert.equal(part('sysctls.vm.max_map_count'), undefined);
});

test('a host is as itself; two machines have no calls to compare', async () => {
  const debian = await findHost('debian:12', sources);
  const same = compareOffers(debian, debian);
  assert.deepEqual([same.parts, same.calls], [[], []]);
  const arm = await findHost('debian:12+arch:aarch64', sources);
  assert.equal(compareOffers(debian, arm).abi, undefined);
});

test('flags compare where the base release is the same', async () => {
  const older = await findHost('rhel:8.0', sources);
  const newer = await findHost('rhel:8.10', sources);
  const flags = compareOffers(older, newer).flags;
  assert.ok(flags !== undefined && flags.to.length > 0);
  const other = await findHost('rhel:9.0', sources);
  assert.equal(compareOffers(older, other).flags, undefined);
});
