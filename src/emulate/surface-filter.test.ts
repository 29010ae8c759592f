import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dockerCapabilities } from '../host/capabilities.ts';
import { findHost } from '../host/find-host.ts';
import { evaluateFilter } from '../kernel/filter-evaluation.ts';
import { dockerFilter } from '../runtime/spec/seccomp.ts';
import { surfaceOf } from './surface-filter.ts';

const nothing = {
  readFile: async () => '',
  probe: async () => ({ schema: 'plimsoll.host/1', name: 'this' }) as const,
};
const capabilities = new Set(dockerCapabilities);

/** What the surface of a host answers to calls written as `name(argument, …)`. */
async function check(
  host: string,
  filter: 'own' | 'none',
  expected: Readonly<Record<string, string>>,
): Promise<void> {
  const offer = await findHost(host, nothing);
  const own = filter === 'own' ? dockerFilter() : undefined;
  const surface = surfaceOf({ offer, machine: 'amd64', capabilities, own });
  for (const [written, answer] of Object.entries(expected)) {
    const [, syscall = '', list = ''] = /^(\w+)\((.*)\)$/.exec(written) ?? [];
    const given = list === '' ? [] : list.split(', ').map(BigInt);
    const args = Array.from({ length: 6 }, (_, index) => given[index] ?? 0n);
    const { action } = evaluateFilter(surface.filter, {
      abi: 'x86_64',
      syscall,
      args,
      capabilities,
    });
    assert.equal(action, answer, `${host}: ${written}`);
  }
}

test('calls that the kernel lacks, and flags that are newer than their call', async () => {
  await check('kernel:4.4', 'none', {
    'getrandom(0, 1, 0)': 'allow',
    // GRND_INSECURE
    'getrandom(0, 1, 4)': 'EINVAL',
    'statx()': 'ENOSYS',
    'preadv2(0, 0, 0, 0, 0, 64)': 'ENOSYS',
    // TCP_NODELAY, TCP_ULP; the same number on another level is another option
    'setsockopt(3, 6, 1)': 'allow',
    'setsockopt(3, 6, 31)': 'ENOPROTOOPT',
    'setsockopt(3, 1, 31)': 'allow',
    // MADV_DONTNEED, MADV_FREE
    'madvise(0, 4096, 4)': 'allow',
    'madvise(0, 4096, 8)': 'EINVAL',
    // F_ADD_SEALS with F_SEAL_SHRINK, with F_SEAL_EXEC
    'fcntl(3, 1033, 2)': 'allow',
    'fcntl(3, 1033, 32)': 'EINVAL',
    'unshare(1024)': 'allow',
    // CLONE_NEWCGROUP together with another
    'unshare(33555456)': 'EINVAL',
    // FICLONE as C libraries give it: as an int, whose sign goes on into the upper half
    'ioctl(3, 1074041865)': 'ENOTTY',
    'ioctl(3, 18446744072640223289)': 'allow',
    'ioctl(3, 3222820985)': 'allow',
  });
  await check('kernel:5.15', 'none', { 'ioctl(3, 1074041865)': 'allow', 'statx()': 'allow' });
});

test("the filter of the host's engine speaks before its kernel", async () => {
  await check('ubuntu:20.04+docker:20.10.7', 'own', {
    'clone3()': 'EPERM',
    'openat2()': 'ENOSYS',
    'mount()': 'EPERM',
    'personality(0)': 'allow',
    'personality(5)': 'EPERM',
    // SIGCHLD; CLONE_NEWUSER
    'clone(17)': 'allow',
    'clone(268435456)': 'EPERM',
  });
  await check('rhel:7.9+docker:1.13', 'own', { 'statx()': 'EPERM', 'getrandom()': 'allow' });
});

test("without an engine the container's own filter stays before the host's kernel", async () => {
  await check('kernel:4.4', 'own', {
    'mount()': 'EPERM',
    'statx()': 'ENOSYS',
    'socket(2, 1, 0)': 'allow',
    // AF_VSOCK, which docker's newest filter refuses and the kernel has
    'socket(40, 1, 0)': 'EPERM',
    // AF_SMC is newer
    'socket(43, 1, 0)': 'EAFNOSUPPORT',
  });
  await check('gvisor', 'own', {
    'io_uring_setup()': 'ENOSYS',
    'mount()': 'EPERM',
    'read()': 'allow',
  });
});

test('calls that libseccomp here does not know', async () => {
  const check = async (
    host: string,
    version: string,
    action: string,
    through: readonly string[],
  ) => {
    const offer = await findHost(host, nothing);
    const surface = surfaceOf({ offer, machine: 'amd64', capabilities, libseccomp: version });
    assert.equal(surface.filter.defaultAction, action, host);
    assert.deepEqual(
      ['listmount', 'setxattrat'].filter((name) => surface.letThrough.includes(name)),
      through,
    );
  };
  // 2.5.4 knows what 5.17 has. A kernel that lacks all that came later lacks what the filter does not name.
  await check('kernel:5.10', '2.5.4', 'ENOSYS', []);
  // Of what it has, FUTEX_LOCK_PI2 alone is ENOSYS: FUTEX_WAIT_PRIVATE, FUTEX_LOCK_PI2 and with the flag of private ones.
  const offer = await findHost('kernel:5.10', nothing);
  const { filter } = surfaceOf({ offer, machine: 'amd64', capabilities, libseccomp: '2.5.4' });
  const futex = (operation: bigint) =>
    evaluateFilter(filter, {
      abi: 'x86_64',
      syscall: 'futex',
      args: [0n, operation, 0n, 0n, 0n, 0n],
      capabilities,
    }).action;
  assert.deepEqual([0x80n, 0x5n, 0xdn, 0x8dn].map(futex), ['allow', 'allow', 'ENOSYS', 'ENOSYS']);
  // This one has listmount, and not setxattrat: neither can be told apart.
  await check('kernel:6.12', '2.5.4', 'allow', ['setxattrat']);
});

test('protocols that the configuration leaves out', async () => {
  await check('debian:11', 'none', {
    'socket(2, 1, 262)': 'EPROTONOSUPPORT',
    'socket(2, 1, 6)': 'allow',
    'socket(29, 3, 1)': 'allow',
  });
  await check('debian:12', 'none', { 'socket(2, 1, 262)': 'allow' });
});
