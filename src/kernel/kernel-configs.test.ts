import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distributions } from './distributions.ts';
import { kernelConfigOf } from './kernel-configs.ts';

const cases: readonly (readonly [
  id: string,
  version: string,
  option: string,
  value: string | undefined,
  machine?: string,
])[] = [
  ['debian', '12', 'TUN', 'm'],
  ['debian', '10', 'TUN', 'm'],
  ['debian', '9', 'TUN', undefined],
  ['debian', '12', 'TUN', 'm', 'aarch64'],
  ['debian', '12', 'ARM64_4K_PAGES', 'y', 'aarch64'],
  ['debian', '12', 'IA32_EMULATION', undefined, 'aarch64'],
  ['rhel', '8.10', 'ARM64_64K_PAGES', 'y', 'aarch64'],
  ['rhel', '9.4', 'ARM64_64K_PAGES', 'n', 'aarch64'],
  ['rhel', '9.4', 'SIGNALFD', 'y', 'aarch64'],
  ['ubuntu', '24.04', 'TUN', 'y', 'aarch64'],
  ['sles', '15.3', 'USER_NS', 'y'],
  ['sles', '15.6', 'TUN', 'm'],
  ['openeuler', '22.03', 'SECCOMP_FILTER', 'y', 'aarch64'],
  ['debian', '12', 'MEMCG_SWAP', 'n'],
  ['ubuntu', '22.04', 'TUN', 'y'],
  ['ubuntu', '24.04', 'LEGACY_VSYSCALL_XONLY', 'y'],
  ['rhel', '7.9', 'WIREGUARD', 'n'],
  ['rhel', '7.1', 'WIREGUARD', undefined],
  ['rhel', '8.10', 'WIREGUARD', 'n'],
  // In kernel-modules-extra, which is not always there.
  ['rhel', '9.4', 'IP_SCTP', undefined],
  ['rhel', '7.9', 'IP_SCTP', 'm'],
  // The packaged file leaves it to its default, a running kernel shows it.
  ['rhel', '9.4', 'SIGNALFD', 'y'],
  ['fedora', '40', 'SECCOMP_FILTER', 'y'],
  ['talos', '1.8', 'USERFAULTFD', 'n'],
  ['wsl2', '5.15', 'TUN', 'y'],
  ['wsl2', '4.9', 'TUN', undefined],
  ['wsl2', '6.6', 'TUN', 'y'],
  ['wsl2', '6.6', 'CACHESTAT_SYSCALL', undefined],
];

test('options of distribution kernels', () => {
  for (const [id, version, option, value, machine] of cases) {
    const options = kernelConfigOf({ id, version }, machine)?.options;
    assert.equal(options?.[`CONFIG_${option}`], value, `${id}:${version} CONFIG_${option}`);
  }
});

test('the release that was read is said where it is another', () => {
  assert.equal(kernelConfigOf({ id: 'rhel', version: '9.4' })?.read, 'rhel:9.4');
  assert.equal(kernelConfigOf({ id: 'rhel', version: '8.1' })?.read, 'rhel:8.3');
  assert.equal(kernelConfigOf({ id: 'fedora', version: '43' })?.read, 'fedora:41');
});

test('nodes and small systems have the configuration of their kernel', () => {
  const read = (id: string, version: string, base: string): string | undefined =>
    kernelConfigOf({ id, version, base })?.read;
  assert.equal(read('alpine', '3.19', '6.6'), 'alpine:6.6');
  assert.equal(read('bottlerocket', '1.26-k8s-1.31', '6.1'), 'bottlerocket:6.1');
  assert.equal(read('eks', '1.24', '5.10'), 'amzn:5.10');
  assert.equal(read('docker-desktop', '4.31', '6.6'), 'linuxkit:6.6');
});

test('what was off in an older kernel is not known of a newer one', () => {
  const off = kernelConfigOf({ id: 'cos', version: '113', base: '6.1' });
  const [option] = Object.entries(off?.options ?? {}).find(([, value]) => value === 'n') ?? [];
  assert.ok(option !== undefined);
  const later = kernelConfigOf({ id: 'cos', version: '121', base: '6.6' });
  assert.equal(later?.read, 'cos:6.1');
  assert.equal(later?.options[option], undefined);
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
