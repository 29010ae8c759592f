// Subvolumes of btrfs, by its ioctls (include/uapi/linux/btrfs.h): made, snapshotted and removed in constant time.
import { constants } from 'node:fs';
import { encodeFileName } from '../lib/file-name.ts';
import { closeDescriptor, openAt, openDirectory } from './file-calls.ts';
import { lastError, lazyFunction } from './libc.ts';

const ioctl = lazyFunction('ioctl', 'int', ['int', 'unsigned long', 'void *']);

const BTRFS_IOC_SUBVOL_CREATE = 0x5000940e;
const BTRFS_IOC_SNAP_DESTROY = 0x5000940f;
const BTRFS_IOC_SNAP_CREATE_V2 = 0x50009417;
const BTRFS_IOC_SUBVOL_SETFLAGS = 0x4008941a;
const BTRFS_SUBVOL_RDONLY = 2;

/** struct btrfs_ioctl_vol_args and btrfs_ioctl_vol_args_v2 have one page. */
const argsBytes = 4096;
/** Where the name stands in each. */
const nameAt = 8;
const nameAtV2 = 56;

function named(name: string, at: number, fd = 0): Buffer {
  const args = Buffer.alloc(argsBytes);
  args.writeBigInt64LE(BigInt(fd), 0);
  encodeFileName(name).copy(args, at);
  return args;
}

/** Runs `work` with the directory open for reading, which these calls want. */
function withFolder<T>(folder: string, work: (fd: number) => T): T {
  const path = openDirectory(folder);
  try {
    const fd = openAt(path, '.', constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      return work(fd);
    } finally {
      closeDescriptor(fd);
    }
  } finally {
    closeDescriptor(path);
  }
}

/** Makes an empty subvolume. @throws SystemError */
export function createSubvolume(folder: string, name: string): void {
  withFolder(folder, (fd) => {
    if (ioctl(fd, BTRFS_IOC_SUBVOL_CREATE, named(name, nameAt)) !== 0)
      throw lastError('ioctl SUBVOL_CREATE', name);
  });
}

/** Makes a writable snapshot of the subvolume at `source`. @throws SystemError */
export function snapshotSubvolume(source: string, folder: string, name: string): void {
  withFolder(source, (from) =>
    withFolder(folder, (fd) => {
      if (ioctl(fd, BTRFS_IOC_SNAP_CREATE_V2, named(name, nameAtV2, from)) !== 0)
        throw lastError('ioctl SNAP_CREATE_V2', name);
    }),
  );
}

/** Makes a subvolume read-only. @throws SystemError */
export function sealSubvolume(path: string): void {
  withFolder(path, (fd) => {
    const flags = Buffer.alloc(8);
    flags.writeUInt32LE(BTRFS_SUBVOL_RDONLY);
    if (ioctl(fd, BTRFS_IOC_SUBVOL_SETFLAGS, flags) !== 0)
      throw lastError('ioctl SUBVOL_SETFLAGS', path);
  });
}

/** Removes a subvolume with all that is in it. @throws SystemError */
export function destroySubvolume(folder: string, name: string): void {
  withFolder(folder, (fd) => {
    if (ioctl(fd, BTRFS_IOC_SNAP_DESTROY, named(name, nameAt)) !== 0)
      throw lastError('ioctl SNAP_DESTROY', name);
  });
}
