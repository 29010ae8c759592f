import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distributions } from './distributions.ts';
import { kernelConfigOf } from './kernel-configs.ts';

const cases: readonly (readonly [
  id: string,
  version: string,
  option: string,
  value: string | undefined,
])[] = [
  ['debian', '12', 'TUN', 'm'],
  ['debian', '10', 'TUN', undefined],
  ['debian', '12', 'MEMCG_SWAP', 'n'],
  ['ubuntu', '22.04', 'TUN', 'y'],
  ['ubuntu', '24.04', 'LEGACY_VSYSCALL_XONLY', 'y'],
  ['rhel', '7.9', 'WIREGUARD', 'n'],
  ['rhel', '7.1', 'WIREGUARD', undefined],
  ['rhel', '8.10', 'WIREGUARD', 'n'],
  // In kernel-modules-extra, which is not always there.
  ['rhel', '9.4', 'IP_SCTP', undefined],
  ['rhel', '7.9', 'IP_SCTP', 'm'],
  // What the packaged file leaves to its default says nothing.
  ['rhel', '9.4', 'SIGNALFD', undefined],
  ['fedora', '40', 'SECCOMP_FILTER', 'y'],
  ['talos', '1.8', 'USERFAULTFD', 'n'],
  ['wsl2', '5.15', 'TUN', undefined],
  ['wsl2', '6.6', 'TUN', 'y'],
  ['wsl2', '6.6', 'CACHESTAT_SYSCALL', undefined],
];

test('options of distribution kernels', () => {
  for (const [id, version, option, value] of cases) {
    const options = kernelConfigOf({ id, version })?.options;
    assert.equal(options?.[`CONFIG_${option}`], value, `${id}:${version} CONFIG_${option}`);
  }
});

test('the release that was read is said where it is another', () => {
  assert.equal(kernelConfigOf({ id: 'rhel', version: '9.4' })?.read, 'rhel:9.4');
  assert.equal(kernelConfigOf({ id: 'rhel', version: '8.1' })?.read, 'rhel:8.3');
  assert.equal(kernelConfigOf({ id: 'fedora', version: '43' })?.read, 'fedora:41');
});

test('every configuration runs containers', () => {
  let seen = 0;
  for (const row of distributions) {
    const config = kernelConfigOf(row);
    if (config === undefined) continue;
    seen++;
    for (const option of ['NAMESPACES', 'CGROUPS', 'SECCOMP_FILTER', 'OVERLAY_FS', 'VETH'])
      assert.match(config.options[`CONFIG_${option}`] ?? 'y', /^[ym]$/, `${row.id} ${option}`);
  }
  assert.ok(seen > 60, `${seen} releases have a configuration`);
});
