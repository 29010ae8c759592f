import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Offer } from '../host/offer.ts';
import type { HostCondition } from './data-rule.ts';
import { matchHost } from './host-match.ts';

const offer: Offer = {
  schema: 'plimsoll.host/1',
  name: 'made',
  kernel: {
    release: '5.10.0-20-amd64',
    base: '5.10',
    version: '#1 SMP Debian 5.10.158-2',
    config: { CONFIG_AIO: 'y', CONFIG_KVM: 'm' },
    configComplete: true,
  },
  machine: 'x86_64',
  sysctls: {
    'vm.max_map_count': '65530',
    'net.ipv4.tcp_rmem': '4096\t131072\t6291456',
    'fs.aio-max-nr': '65536',
    'fs.aio-nr': '65000',
  },
  limits: { nofile: { soft: 1024, hard: null } },
  modules: ['ip-tables', 'overlay'],
  modulesAvailable: ['tun'],
  devices: ['/dev/kvm'],
  lsm: { active: ['lockdown', 'apparmor'], apparmor: true, selinux: 'disabled' },
  engine: { name: 'docker', version: '20.10.5' },
  cgroup: { version: 'v2', procCgroups: ['cpu'] },
  distribution: { id: 'debian', version: '11' },
  container: { tmpfs: { '/tmp': 'rw,noexec' }, shmSize: 1024 },
};

const cases: readonly [HostCondition, boolean | undefined, RegExp?][] = [
  [{ sysctl: 'vm.max_map_count', below: 262144 }, true, /vm\.max_map_count is 65530/],
  [{ sysctl: 'vm.max_map_count', atLeast: 65531 }, false],
  [{ sysctl: 'kernel.nothing', is: 1 }, undefined, /^kernel\.nothing$/],
  [{ sysctl: 'kernel.nothing', is: 1, absent: 'false' }, false],
  [{ sysctl: 'net.ipv4.tcp_rmem', column: 1, above: 131071 }, true],
  [{ sysctl: 'fs.aio-max-nr', minus: 'fs.aio-nr', below: 2700 }, true, /65000 of 65536/],
  [{ kernel: '<5.11' }, true],
  [{ kernel: '>=5.10.150 <5.10.159', exact: true }, true],
  [{ kernel: '<5.10.100', exact: true }, false],
  [{ config: 'CONFIG_AIO', is: 'on' }, true],
  [{ config: 'CONFIG_KVM', is: 'module' }, true],
  [{ config: 'CONFIG_GONE', is: 'off' }, true, /CONFIG_GONE is off/],
  [{ limit: 'nofile', below: 4096 }, true],
  [{ limit: 'nofile', which: 'hard', above: 1e9 }, true, /unlimited/],
  [{ limit: 'memlock', below: 1 }, undefined],
  [{ module: 'ip_tables', is: 'loaded' }, true],
  [{ module: 'tun', is: 'loadable' }, true],
  [{ module: 'wireguard', is: 'missing' }, true],
  [{ module: ['overlay', 'wireguard'], is: 'loaded' }, false],
  [{ device: '/dev/kvm', is: 'missing' }, true, /not given to the container/],
  [{ device: '/dev/kvm', is: 'present', on: 'host' }, true],
  [{ device: '/dev/fuse', is: 'missing' }, true, /the host has no/],
  [{ lsm: 'apparmor', is: 'active' }, true],
  [{ lsm: 'selinux', is: 'absent' }, true],
  [{ apparmorProfile: 'confined' }, true],
  [{ engine: 'docker', version: '<20.10.10' }, true],
  [{ engine: 'podman', version: '*' }, false],
  [{ runtime: 'runc' }, undefined],
  [{ cgroup: ['v1', 'hybrid'] }, false],
  [{ field: 'cgroup.procCgroups', lacks: 'memory' }, true],
  [{ field: 'nvidia.driver', version: '<500' }, undefined],
  [{ field: 'constructor.name', is: 'Object' }, undefined],
  [{ container: 'shmSize', below: 2048 }, true],
  [{ container: 'privileged', is: false }, true],
  [{ mountOption: 'noexec', at: '/tmp/x' }, true],
  [{ mountOption: 'noexec', at: '/tmpx' }, false],
  [{ mounted: 'nfs' }, undefined],
  [{ distribution: ['ubuntu', 'debian'], version: '>=11' }, true],
  [{ kind: 'gvisor' }, false],
  [{ all: [{ kernel: '<5' }, { sysctl: 'kernel.nothing', is: 1 }] }, false],
  [{ all: [{ kernel: '<6' }, { sysctl: 'kernel.nothing', is: 1 }] }, undefined],
  [{ any: [{ kernel: '<6' }, { sysctl: 'kernel.nothing', is: 1 }] }, true],
  [{ any: [{ kernel: '<5' }, { sysctl: 'kernel.nothing', is: 1 }] }, undefined, /kernel\.nothing/],
  [{ not: { sysctl: 'kernel.nothing', is: 1 } }, undefined],
  [{ not: { kernel: '<5' } }, true],
];

for (const [condition, truth, value] of cases) {
  test(`${JSON.stringify(condition)} is ${truth ?? 'unknown'}`, () => {
    const answer = matchHost(condition, offer);
    assert.equal(answer.truth, truth, answer.value);
    if (value !== undefined) assert.match(answer.value, value);
  });
}

test('of a host that says nothing, nothing is known', () => {
  const bare: Offer = { schema: 'plimsoll.host/1', name: 'bare' };
  for (const [condition] of cases) {
    if ('field' in condition || ('sysctl' in condition && 'absent' in condition)) continue;
    assert.equal(matchHost(condition, bare).truth, undefined, JSON.stringify(condition));
  }
});
