import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerTo, type Question } from './answer.ts';
import { findHost } from './find-host.ts';
import type { Offer } from './offer.ts';

const sources = {
  readFile: () => Promise.reject(new Error('no file is read here')),
  probe: () => Promise.reject(new Error('nothing is probed here')),
};

/** Host, call, what it gets ("works", an errno, "killed", "unknown"), who says so. */
type Case = readonly [
  host: string,
  call: string,
  expected: string,
  by?: string | undefined,
  question?: Partial<Question>,
];

async function check([host, name, expected, by, question]: Case): Promise<void> {
  const answer = answerTo(await findHost(host, sources), { name, ...question });
  const word = answer.outcome === 'errno' ? answer.errno : answer.outcome;
  assert.equal(word, expected, `${host} ${name}: ${answer.why}`);
  if (by !== undefined) assert.equal(answer.by, by, `${host} ${name}: ${answer.why}`);
  assert.ok(answer.why.length > 10 && answer.source.length > 0, `${host} ${name}`);
}

const newUser = 0x10000000n;

const cases: readonly Case[] = [
  // glibc 2.34's clone3 with docker before and after 20.10.10.
  ['debian:11+docker:20.10.9', 'clone3', 'EPERM', 'filter'],
  ['debian:11+docker:20.10.10', 'clone3', 'ENOSYS', 'filter'],
  ['ubuntu:18.04+docker:19.03.8', 'clone3', 'EPERM', 'filter'],
  ['debian:12', 'clone3', 'ENOSYS', 'filter'],
  ['debian:12+privileged', 'clone3', 'works', 'kernel'],
  ['debian:12+seccomp:unconfined', 'clone3', 'works', 'kernel'],
  ['debian:12+podman', 'clone3', 'works', 'kernel'],
  // faccessat2 under a libseccomp that does not know the name.
  [
    'ubuntu:20.04+docker:20.10.3+libseccomp:2.4.3+runc:1.0.0-rc92',
    'faccessat2',
    'EPERM',
    'libseccomp',
  ],
  [
    'ubuntu:20.04+docker:20.10.3+libseccomp:2.5.1+runc:1.0.0-rc92',
    'faccessat2',
    'ENOSYS',
    'kernel',
  ],
  ['ubuntu:22.04+docker:20.10.12', 'faccessat2', 'works'],
  // io_uring: out of docker's filter with 25, off by setting on RHEL.
  ['debian:12+docker:24.0.7', 'io_uring_setup', 'works'],
  ['debian:12+docker:25.0.0', 'io_uring_setup', 'EPERM', 'filter'],
  ['rhel:9.4+engine:none', 'io_uring_setup', 'EPERM', 'sysctl'],
  [
    'debian:13+docker:24.0.7+sysctl:kernel.io_uring_disabled=2',
    'io_uring_setup',
    'EPERM',
    'sysctl',
  ],
  [
    'debian:13+docker:24.0.7+sysctl:kernel.io_uring_disabled=1',
    'io_uring_setup',
    'EPERM',
    'sysctl',
  ],
  [
    'debian:13+docker:24.0.7+sysctl:kernel.io_uring_disabled=1+cap-add:SYS_ADMIN',
    'io_uring_setup',
    'works',
  ],
  // User namespaces.
  ['ubuntu:24.04+docker:28.2', 'unshare', 'EPERM', 'filter', { args: [newUser] }],
  ['ubuntu:24.04+docker:28.2', 'clone', 'EPERM', 'filter', { args: [newUser] }],
  ['ubuntu:24.04+docker:28.2', 'clone', 'works'],
  ['rhel:7.9+engine:none', 'unshare', 'ENOSPC', 'sysctl', { args: [newUser] }],
  ['rhel:8.6+engine:none', 'unshare', 'works', 'kernel', { args: [newUser] }],
  // ptrace: docker allows it from kernel 4.8 on.
  ['kernel:4.4+docker:18.09', 'ptrace', 'EPERM', 'filter'],
  ['kernel:4.4+docker:19.03', 'ptrace', 'EPERM', 'filter'],
  ['kernel:4.19+docker:19.03', 'ptrace', 'works'],
  ['kernel:4.4+docker:18.09+cap-add:SYS_PTRACE', 'ptrace', 'works'],
  // Backports: 3.10 is not 3.10.
  ['kernel:3.10', 'getrandom', 'ENOSYS', 'kernel'],
  ['kernel:3.10', 'memfd_create', 'ENOSYS', 'kernel'],
  ['rhel:7.9', 'getrandom', 'works', 'kernel'],
  ['centos:7.0', 'getrandom', 'ENOSYS', 'kernel'],
  ['rhel:7.9', 'statx', 'EPERM', 'filter'],
  ['rhel:7.9+docker:20.10', 'statx', 'EPERM', 'libseccomp'],
  ['rhel:7.9+docker:20.10+libseccomp:2.5.1+runc:1.0.2', 'statx', 'ENOSYS', 'kernel'],
  // keyctl, kcmp, NUMA.
  ['debian:12', 'keyctl', 'EPERM', 'filter'],
  ['debian:12+docker:20.10.21', 'kcmp', 'EPERM', 'filter'],
  ['debian:12', 'mbind', 'EPERM', 'filter'],
  ['debian:12+cap-add:SYS_NICE', 'mbind', 'works'],
  // 32-bit programs with 64-bit time.
  [
    'debian:10+arch:aarch64+docker:18.09.1+runc:1.0.0-rc6',
    'clock_gettime64',
    'EPERM',
    undefined,
    { abi: 'arm' },
  ],
  ['debian:12+arch:aarch64', 'clock_gettime64', 'works', undefined, { abi: 'arm' }],
  // A number newer than the filter under runc with its stub.
  ['debian:12', 'fchmodat2', 'ENOSYS', 'filter'],
  ['debian:12+runc:1.0.0-rc92', 'fchmodat2', 'EPERM', 'filter'],
  // Capabilities and privilege without a filter.
  ['debian:12+seccomp:unconfined', 'mount', 'EPERM', 'capability'],
  ['debian:12+privileged', 'mount', 'works'],
  ['debian:12+seccomp:unconfined+user:1000', 'chroot', 'EPERM', 'capability'],
  ['debian:12+seccomp:unconfined', 'chroot', 'works'],
  // There since 5.14, off until 6.5 unless the command line says otherwise.
  ['debian:12+engine:none', 'memfd_secret', 'ENOSYS', 'configuration'],
  ['debian:13+engine:none', 'memfd_secret', 'works'],
  // Engines of another kind.
  ['debian:12+engine:lxc', 'openat2', 'works'],
  ['debian:12+engine:lxc', 'kexec_load', 'EPERM', 'filter'],
  // systemd-nspawn has Debian's systemd: what it does not allow is EPERM, what it does not know ENOSYS.
  ['debian:12+nspawn', 'openat2', 'works'],
  ['debian:12+nspawn', 'keyctl', 'EPERM', 'filter'],
  ['debian:13+nspawn:252', 'cachestat', 'ENOSYS', 'filter'],
  ['debian:13+nspawn', 'cachestat', 'works'],
  ['debian:12+nspawn', 'bpf', 'EPERM', 'filter'],
  ['debian:12+nspawn', 'ptrace', 'works'],
  ['debian:12+nspawn', 'mlock', 'EPERM', 'filter'],
  ['debian:12+nspawn+cap-add:IPC_LOCK', 'mlock', 'works'],
  ['debian:12+nspawn', 'socket', 'EAFNOSUPPORT', 'filter', { args: [16n, 3n, 9n] }],
  ['debian:12+nspawn', 'mount', 'works'],
  ['debian:12+nspawn:239', 'keyctl', 'EPERM', 'filter'],
  // docker before 17.03.
  ['kernel:4.4+docker:1.10.0', 'ptrace', 'EPERM', 'filter'],
  ['kernel:4.4+docker:1.12.6', 'ptrace', 'EPERM', 'filter'],
  ['kernel:4.4+docker:1.12.6+cap-add:SYS_PTRACE', 'ptrace', 'works'],
  ['kernel:4.4+docker:1.11.2+cap-add:SYS_PTRACE', 'ptrace', 'EPERM', 'filter'],
  ['debian:10+nspawn:241', 'openat2', 'EPERM', 'filter'],
  ['debian:10+nspawn:241', 'openat', 'works', undefined],
  ['debian:10+nspawn:241', 'keyctl', 'EPERM', 'filter'],
  ['debian:10+nspawn:241', 'ptrace', 'works', undefined],
  ['debian:12+singularity', 'keyctl', 'works'],
  // gVisor has a table of its own.
  ['gvisor', 'io_uring_setup', 'ENOSYS', 'gvisor'],
  ['gvisor', 'read', 'works', 'gvisor'],
  ['gvisor', 'read', 'ENOSYS', 'gvisor', { abi: 'i386' }],
  // What nobody knows.
  ['wsl1', 'clone3', 'unknown'],
  ['debian:12+kata', 'read', 'unknown'],
  ['arch', 'mseal', 'unknown'],
  ['debian:12+docker', 'no_such_call', 'EPERM', 'filter'],
  ['debian:12+engine:none', 'no_such_call', 'unknown', 'kernel'],
];

test('what containers get for calls, as it was seen in the wild', async () => {
  for (const one of cases) await check(one);
});

const bare: Offer = { schema: 'plimsoll.host/1', name: 'test' };

test('an engine without version answers where all its versions agree', () => {
  const offer: Offer = { ...bare, kernel: { release: '6.1' }, engine: { name: 'docker' } };
  assert.equal(answerTo(offer, { name: 'read' }).outcome, 'works');
  assert.equal(answerTo(offer, { name: 'clone3' }).outcome, 'unknown');
  assert.equal(answerTo(offer, { name: 'keyctl' }).errno, 'EPERM');
});

test("Red Hat's release text gives the backports away", () => {
  const kernel = { release: '3.10.0-1127.13.1.el7.x86_64' };
  assert.equal(answerTo({ ...bare, kernel }, { name: 'copy_file_range' }).outcome, 'works');
  const first = { release: '3.10.0-123.el7.x86_64' };
  assert.equal(answerTo({ ...bare, kernel: first }, { name: 'copy_file_range' }).errno, 'ENOSYS');
});

test('a configuration that lists all options decides; one that does not leaves the call', () => {
  const kernel = { release: '5.10.0', config: { CONFIG_SECCOMP_FILTER: 'y' } };
  const complete = { ...bare, kernel: { ...kernel, configComplete: true } };
  const answer = answerTo(complete, { name: 'userfaultfd' });
  assert.equal(answer.errno, 'ENOSYS');
  assert.equal(answer.by, 'configuration');
  const open = answerTo({ ...bare, kernel }, { name: 'userfaultfd' });
  assert.equal(open.outcome, 'unknown');
  assert.match(open.why, /CONFIG_USERFAULTFD/);
});

test('a gate of which the host says nothing leaves the call open, or is named as taken for granted', () => {
  const mainline: Offer = { ...bare, kernel: { release: '6.8.0' } };
  const cases: readonly (readonly [offer: Offer, name: string, expected: string, why: RegExp])[] = [
    [mainline, 'io_uring_setup', 'unknown', /kernel\.io_uring_disabled is not given/],
    [mainline, 'userfaultfd', 'unknown', /CONFIG_USERFAULTFD/],
    [
      { ...bare, kernel: { release: '5.10.0' } },
      'io_uring_setup',
      'likely',
      /taken as on, for \d+ of the \d+/,
    ],
    [mainline, 'landlock_create_ruleset', 'unknown', /CONFIG_SECURITY_LANDLOCK/],
    [mainline, 'epoll_wait', 'likely', /CONFIG_EPOLL is not given, and taken as on/],
    [mainline, 'io_setup', 'likely', /CONFIG_AIO/],
    [mainline, 'read', 'works', /has read$/],
    [mainline, 'mount', 'works', /has mount$/],
    [
      { ...mainline, engine: { name: 'other', seccomp: { mode: 'unconfined' } } },
      'mount',
      'unknown',
      /CAP_SYS_ADMIN/,
    ],
    // The distribution's kernel is known to carry the setting, though its base is older.
    [
      {
        ...bare,
        kernel: { release: '5.14.0-427.13.1.el9_4.x86_64', config: { CONFIG_IO_URING: 'y' } },
      },
      'io_uring_setup',
      'unknown',
      /kernel\.io_uring_disabled is not given/,
    ],
    [
      { ...bare, kernel: { release: '5.10.0', config: { CONFIG_IO_URING: 'y' } } },
      'io_uring_setup',
      'works',
      /has io_uring_setup$/,
    ],
    // A probe lists all settings that there are, and names those that it could not read.
    [
      {
        ...bare,
        kernel: { release: '6.8.0', config: { CONFIG_IO_URING: 'y' } },
        sources: { sysctls: '/proc/sys' },
        unread: [{ part: 'sysctls', reason: 'not readable: kernel.io_uring_disabled' }],
      },
      'io_uring_setup',
      'unknown',
      /kernel\.io_uring_disabled is not given/,
    ],
    [
      {
        ...bare,
        kernel: { release: '6.8.0', config: { CONFIG_IO_URING: 'y' } },
        sysctls: {},
        sources: { sysctls: '/proc/sys' },
      },
      'io_uring_setup',
      'works',
      /has io_uring_setup$/,
    ],
  ];
  for (const [offer, name, expected, why] of cases) {
    const answer = answerTo(offer, { name });
    const word = answer.likely === true ? 'likely' : answer.outcome;
    assert.equal(word, expected, `${name}: ${answer.why}`);
    assert.match(answer.why, why);
  }
});

test('a written profile is obeyed, and one that is not written out leaves the answer open', () => {
  const kernel = { release: '6.1' };
  const profile = {
    defaultAction: 'SCMP_ACT_KILL',
    syscalls: [{ names: ['read', 'write'], action: 'SCMP_ACT_ALLOW' }],
  };
  const written: Offer = {
    ...bare,
    kernel,
    engine: { name: 'containerd', seccomp: { mode: 'profile', profile } },
  };
  assert.equal(answerTo(written, { name: 'read' }).outcome, 'works');
  assert.equal(answerTo(written, { name: 'openat' }).outcome, 'killed');
  const named: Offer = {
    ...bare,
    kernel,
    engine: { name: 'docker', seccomp: { mode: 'profile' } },
  };
  assert.equal(answerTo(named, { name: 'read' }).outcome, 'unknown');
});

test('nothing known, nothing claimed', () => {
  assert.equal(answerTo(bare, { name: 'read' }).outcome, 'unknown');
});
