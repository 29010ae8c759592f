// Calls that say what they want in memory or by what their descriptor is: single ioctls, mount_setattr, fstatfs of a pidfd.
// ioctl and stat themselves are far too frequent to be handed over: only the arguments named here are.
import { baseRelease, kernelKnowsFlag } from '../host/kernel-flags.ts';
import type { Offer } from '../host/offer.ts';
import { compareReleases } from '../kernel/release.ts';
import type { CallReply } from '../sys/seccomp-notify.ts';
import { type Answerer, readText } from './caller.ts';

const passOn: CallReply = { passOn: true };
const EFAULT: CallReply = { errno: 14 };
const EINVAL: CallReply = { errno: 22 };
const ENOTTY: CallReply = { errno: 25 };

/** Numbers of file systems (include/uapi/linux/magic.h). */
const magic = {
  ext4: 0xef53,
  vfat: 0x4d44,
  xfs: 0x58465342,
  btrfs: 0x9123683e,
  f2fs: 0xf2f52010,
  erofs: 0xe0f5e1e2,
  squashfs: 0x73717368,
  tmpfs: 0x01021994,
  fuse: 0x65735546,
  anonymous: 0x09041934,
} as const;

/** A request of ioctl that is answered here; undefined where the host's kernel needs no answer. */
interface Request {
  readonly number: bigint;
  readonly answer: Answerer;
}

/** Features that userfaultfd may be asked for, by bit (include/uapi/linux/userfaultfd.h). */
const faultFeatures: readonly string[] = [
  'PAGEFAULT_FLAG_WP',
  'EVENT_FORK',
  'EVENT_REMAP',
  'EVENT_REMOVE',
  'MISSING_HUGETLBFS',
  'MISSING_SHMEM',
  'EVENT_UNMAP',
  'SIGBUS',
  'THREAD_ID',
  'MINOR_HUGETLBFS',
  'MINOR_SHMEM',
  'EXACT_ADDRESS',
  'WP_HUGETLBFS_SHMEM',
  'WP_UNPOPULATED',
  'POISON',
  'WP_ASYNC',
  'MOVE',
];

function requestsOf(offer: Offer): readonly Request[] {
  const base = baseRelease(offer);
  const before = (since: string): boolean => base !== undefined && compareReleases(base, since) < 0;
  const requests: Request[] = [];
  // FS_IOC_GETFSLABEL, FS_IOC_SETFSLABEL: each file system took them up by itself (fs/ext4/ioctl.c).
  if (before('5.17'))
    for (const number of [0x81009431n, 0x41009432n])
      requests.push({
        number,
        answer: ({ args: [fd = 0n] }, caller) =>
          caller.fileSystemOf(Number(fd), '') === magic.ext4 ? ENOTTY : passOn,
      });
  const lacking = faultFeatures.reduce(
    (bits, name, index) =>
      kernelKnowsFlag(offer, `UFFD_FEATURE_${name}`) === false
        ? bits | (1n << BigInt(index))
        : bits,
    0n,
  );
  // UFFDIO_API: the features that are asked for stand behind the version.
  if (lacking !== 0n)
    requests.push({
      number: 0xc018aa3fn,
      answer: ({ args: [, , address = 0n] }, caller) => {
        const asked = caller.read(address + 8n, 8)?.readBigUInt64LE(0) ?? 0n;
        return (asked & lacking) === 0n ? passOn : EINVAL;
      },
    });
  // BTRFS_IOC_QUOTA_CTL: what it is to do stands first; 4 is simple quotas (include/uapi/linux/btrfs.h).
  if (before('6.7'))
    requests.push({
      number: 0xc0109428n,
      answer: ({ args: [, , address = 0n] }, caller) =>
        caller.read(address, 8)?.readBigUInt64LE(0) === 4n ? EINVAL : passOn,
    });
  return requests;
}

/** Calls that are handed over only where one of their arguments has one of some values, in its lower 32 bits. */
export interface HandedArgument {
  readonly index: number;
  readonly values: readonly bigint[];
}

/** Of the calls that are answered here: those that would be far too many to hand over. */
export function handedArguments(offer: Offer): ReadonlyMap<string, HandedArgument> {
  const nowhere: HandedArgument = { index: 1, values: [0n] };
  return new Map([
    ['ioctl', { index: 1, values: requestsOf(offer).map(({ number }) => number) }],
    ...pathCalls.map((name): [string, HandedArgument] => [name, nowhere]),
  ]);
}

/** Calls that take a path which may be absent with AT_EMPTY_PATH since 6.11 (fs/stat.c). */
const pathCalls: readonly string[] = ['statx', 'newfstatat', 'fstatat64'];

const answerAbsentPath: Answerer = ({ args: [, path = 0n] }) => (path === 0n ? EFAULT : passOn);

function answerIoctl(requests: readonly Request[]): Answerer {
  const byNumber = new Map(requests.map(({ number, answer }) => [number, answer]));
  return (call, caller) =>
    byNumber.get((call.args[1] ?? 0n) & 0xffffffffn)?.(call, caller) ?? passOn;
}

/** First release in which a file system may be mounted with other ids (FS_ALLOW_IDMAP in fs/). */
const mapsIdsSince: ReadonlyMap<number, string> = new Map([
  [magic.ext4, '5.12'],
  [magic.vfat, '5.12'],
  [magic.xfs, '5.12'],
  [magic.btrfs, '5.15'],
  [magic.f2fs, '5.18'],
  [magic.erofs, '5.19'],
  [magic.squashfs, '6.2'],
  [magic.tmpfs, '6.3'],
  [magic.fuse, '6.12'],
]);

// include/uapi/linux/mount.h
const MOUNT_ATTR_IDMAP = 0x100000n;
const MOUNT_ATTR_NOSYMFOLLOW = 0x200000n;

function answerMountAttributes(base: string): Answerer {
  return ({ args: [fd = 0n, path = 0n, , address = 0n] }, caller) => {
    const set = caller.read(address, 8)?.readBigUInt64LE(0) ?? 0n;
    if ((set & MOUNT_ATTR_NOSYMFOLLOW) !== 0n && compareReleases(base, '5.14') < 0) return EINVAL;
    if ((set & MOUNT_ATTR_IDMAP) === 0n) return passOn;
    const type = caller.fileSystemOf(Number(BigInt.asIntN(32, fd)), readText(caller, path) ?? '');
    const since = type === undefined ? undefined : mapsIdsSince.get(type);
    return since !== undefined && compareReleases(base, since) < 0 ? EINVAL : passOn;
  };
}

/** sizeof(struct statfs) of 64-bit machines. */
const statfsBytes = 120;
/** __AUDIT_ARCH_64BIT (include/uapi/linux/audit.h). */
const is64Bit = 0x80000000;

/** fstatfs: a pidfd was an anonymous file before pidfs (6.9), and programs ask for that. */
const answerFstatfs: Answerer = ({ arch, args: [fd = 0n, buffer = 0n] }, caller) => {
  if ((arch & is64Bit) >>> 0 === 0) return passOn;
  if (caller.descriptor(Number(fd))?.startsWith('pidfd:') !== true) return passOn;
  const bytes = Buffer.alloc(statfsBytes);
  bytes.writeBigInt64LE(BigInt(magic.anonymous), 0);
  bytes.writeBigInt64LE(4096n, 8);
  // f_namelen, f_frsize
  bytes.writeBigInt64LE(255n, 64);
  bytes.writeBigInt64LE(4096n, 72);
  return caller.write(buffer, bytes) ? { value: 0n } : EFAULT;
};

/** These calls as the host's kernel answers them; none where its release is not known. */
export function deviceAnswerers(offer: Offer): ReadonlyMap<string, Answerer> {
  const base = baseRelease(offer);
  const answerers = new Map<string, Answerer>();
  if (base === undefined) return answerers;
  const requests = requestsOf(offer);
  if (requests.length > 0) answerers.set('ioctl', answerIoctl(requests));
  if (compareReleases(base, '6.12') < 0)
    answerers.set('mount_setattr', answerMountAttributes(base));
  if (compareReleases(base, '6.9') < 0) answerers.set('fstatfs', answerFstatfs);
  if (compareReleases(base, '6.11') < 0)
    for (const name of pathCalls) answerers.set(name, answerAbsentPath);
  return answerers;
}
