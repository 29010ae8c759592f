import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { type ContainerConfig, plainContainer } from './container-config.ts';
import { generateSpec, type SpecHost } from './generate-spec.ts';
import { formatSpec, type Spec } from './spec.ts';

const host: SpecHost = {
  machine: 'amd64',
  kernel: '6.1.0',
  cgroup2: false,
  countsSwap: true,
  hard: { RLIMIT_NOFILE: 1000 },
  mayRaise: false,
};
const image = {
  entrypoint: ['/entry'],
  cmd: ['serve'],
  env: { PATH: '/bin', LANG: 'C' },
  user: 'web',
  workingDirectory: '/srv',
};
const accounts = { passwd: 'web:x:33:34::/var/www:/bin/sh', group: 'lp:x:7:web' };

function made(config: Partial<ContainerConfig> = {}, changes: Partial<SpecHost> = {}) {
  return generateSpec({
    id: 'b0b0b0b0b0b0b0b0',
    config: { ...plainContainer, ...config },
    image,
    accounts,
    host: { ...host, ...changes },
    root: 'rootfs',
  });
}
const specOf = (config: Partial<ContainerConfig> = {}, changes: Partial<SpecHost> = {}): Spec =>
  made(config, changes).spec;

test('what is started: image, options and account files together', () => {
  const { process, hostname, root } = specOf();
  assert.deepEqual(process.args, ['/entry', 'serve']);
  assert.deepEqual(process.env, ['PATH=/bin', 'HOSTNAME=b0b0b0b0b0b0', 'LANG=C', 'HOME=/var/www']);
  assert.deepEqual(process.user, { uid: 33, gid: 34, additionalGids: [34, 7] });
  assert.deepEqual(
    [process.cwd, hostname, root],
    ['/srv', 'b0b0b0b0b0b0', { path: 'rootfs', readonly: false }],
  );
  const args = (config: Partial<ContainerConfig>) => specOf(config).process.args;
  assert.deepEqual(args({ command: ['sh'] }), ['/entry', 'sh']);
  assert.deepEqual(args({ entrypoint: ['/other'] }), ['/other']);
  assert.deepEqual(args({ entrypoint: [], command: ['sh'] }), ['sh']);
  assert.deepEqual(specOf({ env: ['LANG=de', 'HOME=/x', 'PATH'] }).process.env, [
    'HOSTNAME=b0b0b0b0b0b0',
    'LANG=de',
    'HOME=/x',
  ]);
  for (const config of [{ entrypoint: [] }, { workingDirectory: 'srv' }]) {
    assert.throws(
      () => specOf(config),
      (error) => error instanceof PlimsollError && error.code === 'PL0804',
    );
  }
});

test('namespaces: those of the host are not made, others are entered', () => {
  const typesOf = (config: Partial<ContainerConfig>, changes: Partial<SpecHost> = {}) =>
    specOf(config, changes).linux.namespaces.map(({ type, path }) => path ?? type);
  assert.deepEqual(typesOf({}), ['mount', 'pid', 'network', 'ipc', 'uts']);
  assert.deepEqual(typesOf({}, { cgroup2: true }), [
    'mount',
    'pid',
    'network',
    'ipc',
    'uts',
    'cgroup',
  ]);
  const { namespaces } = plainContainer;
  assert.deepEqual(
    typesOf({
      namespaces: {
        ...namespaces,
        pid: { kind: 'host' },
        uts: { kind: 'host' },
        network: { kind: 'path', path: '/run/netns/x' },
      },
    }),
    ['mount', '/run/netns/x', 'ipc'],
  );
  const shared = specOf({ namespaces: { ...namespaces, ipc: { kind: 'host' } } });
  assert.equal(shared.mounts.find(({ destination }) => destination === '/dev/shm')?.type, 'bind');
});

test('a privileged container has no filter, no masks, all capabilities and devices', () => {
  const { linux, process, mounts } = specOf({ privileged: true, user: '0' });
  assert.equal(linux.seccomp, undefined);
  assert.deepEqual([linux.maskedPaths, linux.readonlyPaths], [[], []]);
  assert.deepEqual(linux.resources.devices, [{ allow: true, access: 'rwm' }]);
  assert.ok(process.capabilities.effective.includes('CAP_SYS_ADMIN'));
  assert.ok(!mounts.find(({ destination }) => destination === '/sys')?.options?.includes('ro'));
});

test('the default filter follows capabilities, machine and kernel', () => {
  const answer = (name: string, config: Partial<ContainerConfig> = {}, changes = {}): unknown => {
    const { seccomp } = specOf(config, changes).linux;
    return seccomp?.syscalls
      .filter(({ names }) => names.includes(name))
      .map(({ action, errnoRet }) => [action, errnoRet]);
  };
  const { seccomp } = specOf().linux;
  assert.deepEqual(
    [seccomp?.defaultAction, seccomp?.defaultErrnoRet, seccomp?.architectures?.length],
    ['SCMP_ACT_ERRNO', 1, 3],
  );
  assert.deepEqual(answer('read'), [['SCMP_ACT_ALLOW', undefined]]);
  assert.deepEqual(answer('mount'), []);
  assert.deepEqual(answer('mount', { capAdd: ['SYS_ADMIN'] }), [['SCMP_ACT_ALLOW', undefined]]);
  // 38: ENOSYS, for which C libraries wait.
  assert.deepEqual(answer('clone3'), [['SCMP_ACT_ERRNO', 38]]);
  assert.deepEqual(answer('ptrace', {}, { kernel: '4.4.0' }), []);
  assert.deepEqual(answer('ptrace', {}, { kernel: '4.8.0' }), [['SCMP_ACT_ALLOW', undefined]]);
});

test('limits: lowered to what may be set, and said', () => {
  const { spec, notes } = made({
    rlimits: [
      { type: 'RLIMIT_NOFILE', soft: 500, hard: 5000 },
      { type: 'RLIMIT_CORE', soft: 0, hard: Number.POSITIVE_INFINITY },
    ],
  });
  assert.deepEqual(spec.process.rlimits?.[0], { type: 'RLIMIT_NOFILE', soft: 500, hard: 1000 });
  assert.equal(notes.length, 1);
  assert.match(formatSpec(spec), /"hard": 18446744073709551615/);
  const swapOf = (config: Partial<ContainerConfig>, changes = {}) =>
    specOf(config, changes).linux.resources.memory?.swap;
  assert.equal(swapOf({ resources: { memory: { limit: 100 } } }), 200);
  assert.equal(swapOf({ resources: { memory: { limit: 100, swap: -1 } } }), -1);
  assert.equal(swapOf({ resources: { memory: { limit: 100 } } }, { countsSwap: false }), undefined);
});

test('a container of an ordinary user: root inside is that user, cgroups are left alone', () => {
  const { linux, mounts } = specOf({}, { ordinaryUser: { uid: 1001, gid: 1002 } });
  assert.ok(linux.namespaces.some(({ type }) => type === 'user'));
  assert.deepEqual(linux.uidMappings, [{ containerID: 0, hostID: 1001, size: 1 }]);
  assert.deepEqual(linux.gidMappings, [{ containerID: 0, hostID: 1002, size: 1 }]);
  assert.deepEqual([linux.resources, linux.cgroupsPath], [{}, undefined]);
  // Group 5 is not in that namespace.
  const terminals = mounts.find(({ destination }) => destination === '/dev/pts');
  assert.ok(!terminals?.options?.includes('gid=5'));
});

test('sysctls of the host are not set', () => {
  const { namespaces } = plainContainer;
  assert.equal(
    specOf({ sysctls: { 'net.core.somaxconn': '7' } }).linux.sysctl?.['net.core.somaxconn'],
    '7',
  );
  for (const config of [
    { sysctls: { 'vm.max_map_count': '1' } },
    {
      sysctls: { 'net/core/somaxconn': '1' },
      namespaces: { ...namespaces, network: { kind: 'host' as const } },
    },
  ]) {
    assert.throws(
      () => specOf(config),
      (error) => error instanceof PlimsollError && error.code === 'PL0803',
    );
  }
});

test('a mount that was asked for takes the place of a default one', () => {
  const { mounts } = specOf({ mounts: [{ destination: '/dev/shm/', type: 'tmpfs', source: 'x' }] });
  assert.deepEqual(
    mounts.filter(({ destination }) => destination.startsWith('/dev/shm')).length,
    1,
  );
  const at = (path: string): number =>
    mounts.findIndex(({ destination }) => destination.startsWith(path));
  assert.ok(at('/dev') < at('/dev/shm'));
});
