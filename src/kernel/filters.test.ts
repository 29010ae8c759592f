import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Abi } from './abi.ts';
import type { FilterQuestion } from './filter-evaluation.ts';
import { commonOf, defaultFilter, evaluateFilter, parseOciProfile } from './filters.ts';
import { libseccompKnows } from './libseccomp.ts';

const dockerDefault = [
  'CAP_AUDIT_WRITE',
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_MKNOD',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

interface Case {
  readonly engine: string;
  readonly version: string;
  readonly call: string;
  readonly expected: string;
  readonly by?: string;
  readonly abi?: Abi;
  readonly args?: FilterQuestion['args'];
  readonly caps?: readonly string[];
  readonly kernel?: string;
  readonly libseccomp?: string;
  readonly runtime?: FilterQuestion['runtime'];
}

const runc = (version: string) => ({ name: 'runc', version });
const newuser = 0x10000000n;
const cases: readonly Case[] = [
  { engine: 'cri-o', version: '1.23.5', call: 'unshare', expected: 'allow' },
  { engine: 'cri-o', version: '1.24.0', call: 'unshare', expected: 'ENOSYS', by: 'default' },
  {
    engine: 'cri-o',
    version: '1.24.0',
    call: 'unshare',
    caps: ['CAP_SYS_ADMIN'],
    expected: 'allow',
  },
  { engine: 'cri-o', version: '1.30.5', call: 'clone3', expected: 'allow' },
  { engine: 'cri-o', version: '1.29.9', call: 'clone3', expected: 'ENOSYS', by: 'default' },
  {
    engine: 'cri-o',
    version: '1.31.0',
    call: 'clone3',
    caps: ['CAP_SYS_ADMIN'],
    expected: 'allow',
  },
  { engine: 'cri-o', version: '1.31.0', call: 'clone', args: [17n], expected: 'allow' },
  {
    engine: 'cri-o',
    version: '1.31.0',
    call: 'clone',
    args: [newuser],
    expected: 'EPERM',
    by: 'rule',
  },
  { engine: 'buildah', version: '1.33.7', call: 'clone3', expected: 'allow' },
  { engine: 'docker', version: '20.10.9', call: 'clone3', expected: 'EPERM', by: 'default' },
  { engine: 'docker', version: '20.10.10', call: 'clone3', expected: 'ENOSYS', by: 'rule' },
  { engine: 'docker', version: 'v29.1.0', call: 'clone3', expected: 'ENOSYS', by: 'rule' },
  {
    engine: 'docker',
    version: '20.10.10',
    call: 'clone3',
    caps: ['CAP_SYS_ADMIN'],
    expected: 'allow',
  },
  // The stub answers before the default can: clone3 (435) is above all that docker 19.03 names.
  {
    engine: 'docker',
    version: '19.03.15',
    call: 'clone3',
    runtime: runc('1.0.0-rc93'),
    expected: 'ENOSYS',
    by: 'stub',
  },
  {
    engine: 'docker',
    version: '19.03.15',
    call: 'clone3',
    runtime: runc('1.0.0-rc92'),
    expected: 'EPERM',
  },
  {
    engine: 'docker',
    version: '19.03.15',
    call: 'clone3',
    runtime: { name: 'crun', version: '1.14' },
    expected: 'EPERM',
  },
  // docker 20.10.9 names close_range and more above clone3, so that the stub does not help there.
  {
    engine: 'docker',
    version: '20.10.9',
    call: 'clone3',
    runtime: runc('1.0.2'),
    expected: 'EPERM',
    by: 'default',
  },
  {
    engine: 'docker',
    version: '20.10.9',
    call: 'futex_waitv',
    runtime: runc('1.0.2'),
    expected: 'ENOSYS',
    by: 'stub',
  },
  { engine: 'docker', version: '19.03.15', call: 'faccessat2', expected: 'EPERM' },
  {
    engine: 'docker',
    version: '20.10.5',
    call: 'faccessat2',
    expected: 'allow',
    libseccomp: '2.5.1',
  },
  {
    engine: 'docker',
    version: '20.10.5',
    call: 'faccessat2',
    expected: 'EPERM',
    by: 'libseccomp',
    libseccomp: '2.4.3',
  },
  {
    engine: 'docker',
    version: '19.03.15',
    abi: 'arm',
    call: 'clock_gettime64',
    libseccomp: '2.3.3',
    expected: 'EPERM',
    by: 'libseccomp',
  },
  {
    engine: 'docker',
    version: '19.03.15',
    abi: 'arm',
    call: 'clock_gettime64',
    libseccomp: '2.4.2',
    expected: 'allow',
  },
  { engine: 'docker', version: '18.03.1', call: 'statx', expected: 'EPERM' },
  { engine: 'docker', version: '18.04.0', call: 'statx', expected: 'allow' },
  { engine: 'docker', version: '1.13.1', call: 'statx', expected: 'EPERM' },
  { engine: 'docker', version: '24.0.9', call: 'io_uring_setup', expected: 'allow' },
  { engine: 'docker', version: '25.0.0', call: 'io_uring_setup', expected: 'EPERM' },
  { engine: 'docker', version: '24.0.7', call: 'unshare', expected: 'EPERM' },
  { engine: 'docker', version: '24.0.7', call: 'clone', args: [0x1200011n], expected: 'allow' },
  { engine: 'docker', version: '24.0.7', call: 'clone', args: [newuser], expected: 'EPERM' },
  { engine: 'docker', version: '24.0.7', call: 'clone', expected: 'depends' },
  {
    engine: 'docker',
    version: '24.0.7',
    abi: 's390x',
    call: 'clone',
    args: [newuser, 17n],
    expected: 'allow',
  },
  { engine: 'docker', version: '24.0.7', call: 'personality', args: [0x40000n], expected: 'EPERM' },
  { engine: 'docker', version: '24.0.7', call: 'personality', args: [0x20000n], expected: 'allow' },
  { engine: 'docker', version: '24.0.7', call: 'ptrace', kernel: '4.4', expected: 'EPERM' },
  { engine: 'docker', version: '24.0.7', call: 'ptrace', kernel: '4.8', expected: 'allow' },
  { engine: 'docker', version: '24.0.7', abi: 'aarch64', call: 'arch_prctl', expected: 'EPERM' },
  { engine: 'docker', version: '24.0.7', abi: 'i386', call: 'modify_ldt', expected: 'allow' },
  { engine: 'docker', version: '24.0.7', call: 'keyctl', expected: 'EPERM' },
  { engine: 'docker', version: '24.0.7', call: 'socket', args: [40n], expected: 'EPERM' },
  { engine: 'podman', version: '3.0.1', call: 'clone3', expected: 'EPERM' },
  { engine: 'containers-common', version: '0.40.0', call: 'clone3', expected: 'EPERM', by: 'rule' },
  {
    engine: 'containers-common',
    version: '0.40.1',
    call: 'futex_waitv',
    expected: 'ENOSYS',
    by: 'default',
  },
  { engine: 'podman', version: '4.9.4', call: 'clone3', expected: 'allow' },
  { engine: 'podman', version: '4.9.4', call: 'io_uring_setup', expected: 'ENOSYS', by: 'default' },
  {
    engine: 'podman',
    version: '5.4.2',
    call: 'listns',
    runtime: runc('1.2.0'),
    expected: 'ENOSYS',
    by: 'default',
  },
  {
    engine: 'podman',
    version: '4.9.4',
    call: 'socket',
    caps: [],
    args: [16n, 3n, 9n],
    expected: 'EINVAL',
  },
  {
    engine: 'podman',
    version: '4.9.4',
    call: 'socket',
    caps: [],
    args: [16n, 3n, 0n],
    expected: 'allow',
  },
  { engine: 'containerd', version: '1.5.5', call: 'clone3', expected: 'EPERM' },
  { engine: 'containerd', version: '1.5.6', call: 'clone3', expected: 'ENOSYS' },
  { engine: 'containerd', version: '2.0.0', call: 'io_uring_setup', expected: 'EPERM' },
];

test('default filters answer as their engines do', () => {
  for (const item of cases) {
    const filter = defaultFilter(item.engine, item.version);
    const name = `${item.call} under ${item.engine} ${item.version}`;
    assert.ok(filter, name);
    const {
      engine: _,
      version: __,
      call,
      expected,
      by,
      abi = 'x86_64',
      caps = dockerDefault,
      ...rest
    } = item;
    const action = evaluateFilter(filter, {
      abi,
      syscall: call,
      capabilities: new Set(caps),
      ...rest,
    });
    assert.equal(action.action, expected, `${name}: ${action.why}`);
    if (by !== undefined) assert.equal(action.by, by, `${name}: ${action.why}`);
  }
});

test('podman has the filter of its containers-common', () => {
  for (const [podman, common] of [
    ['3.4.4', '0.44.4'],
    ['4.9.4', '0.57.4'],
    ['4.9.4-rhel', '0.57.4'],
    ['5.4.2', '0.62.3'],
    ['99.0', '0.67.1'],
    ['latest', undefined],
  ] as const) {
    assert.equal(commonOf('podman', podman), common, podman);
  }
  assert.match(defaultFilter('podman', '4.9.4')?.source ?? '', /containers-common 0\.57\.4/);
});

test('a version outside the tables says which filter stands for it', () => {
  assert.match(defaultFilter('docker', '1.9.0')?.source ?? '', /1\.10\.0, the oldest/);
  assert.match(defaultFilter('docker', '99.1')?.source ?? '', /the newest known/);
  assert.equal(defaultFilter('lxc', '5'), undefined);
  assert.equal(defaultFilter('docker', undefined), undefined);
  assert.equal(defaultFilter('docker', 'latest'), undefined);
});

test('libseccomp knows names by release and ABI', () => {
  for (const [version, name, abi, expected] of [
    ['2.3.1', 'statx', 'x86_64', false],
    ['2.3.3', 'statx', 'x86_64', true],
    ['2.5.1', 'close_range', 'x86_64', false],
    ['2.5.2', 'close_range', 'x86_64', true],
    ['2.6.0', 'clock_gettime64', 'x86_64', false],
    ['2.6.0', 'constructor', 'x86_64', false],
    ['2.4.3', 'clone3', 'aarch64', false],
  ] as const) {
    assert.equal(libseccompKnows(version, name, abi), expected, `${name} in ${version}`);
  }
});

test('a profile of ones own is read, whatever it holds', () => {
  const profile = parseOciProfile({
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 38,
    syscalls: [
      { names: ['read', 7, null], action: 'SCMP_ACT_ALLOW' },
      { name: 'ptrace', action: 'SCMP_ACT_KILL_PROCESS' },
      {
        names: ['socket'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: 97,
        args: [{ index: 0, value: 38, op: 'SCMP_CMP_EQ' }],
      },
      'nonsense',
      { names: ['open'], action: 'SCMP_ACT_ALLOW', args: null },
    ],
  });
  const question = { abi: 'x86_64', capabilities: new Set<string>() } as const;
  for (const [syscall, args, expected] of [
    ['read', [], 'allow'],
    ['ptrace', [], 'kill'],
    ['socket', [38n], 'EAFNOSUPPORT'],
    ['socket', [2n], 'ENOSYS'],
    ['open', [], 'allow'],
    ['mount', [], 'ENOSYS'],
  ] as const) {
    assert.equal(evaluateFilter(profile, { ...question, syscall, args }).action, expected, syscall);
  }
  for (const odd of [null, 7, [], {}, { syscalls: {} }, { syscalls: [[]] }]) {
    assert.equal(
      evaluateFilter(parseOciProfile(odd), { ...question, syscall: 'read' }).action,
      'kill',
    );
  }
});
