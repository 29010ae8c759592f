// Calls on names relative to a directory's descriptor, none of which follows a symbolic link in the name's place. Who
// goes down a tree one component at a time with them cannot be led out of it, whatever lies there.
import { constants } from 'node:fs';
import { decodeFileName } from '../lib/file-name.ts';
import { systemError } from './errno.ts';
import { cName, lastErrno, lastError, lazyFunction, libc } from './libc.ts';

// include/uapi/linux/fcntl.h
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_REMOVEDIR = 0x200;
const AT_EMPTY_PATH = 0x1000;
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;

const EINTR = 4;
const ENOENT = 2;

const c = {
  openat: lazyFunction('openat', 'int', ['int', 'const char *', 'int', 'uint32_t']),
  close: lazyFunction('close', 'int', ['int']),
  write: lazyFunction('write', 'intptr_t', ['int', 'const void *', 'size_t']),
  pwrite: lazyFunction('pwrite', 'intptr_t', ['int', 'const void *', 'size_t', 'int64_t']),
  ftruncate: lazyFunction('ftruncate', 'int', ['int', 'int64_t']),
  mkdirat: lazyFunction('mkdirat', 'int', ['int', 'const char *', 'uint32_t']),
  unlinkat: lazyFunction('unlinkat', 'int', ['int', 'const char *', 'int']),
  linkat: lazyFunction('linkat', 'int', ['int', 'const char *', 'int', 'const char *', 'int']),
  symlinkat: lazyFunction('symlinkat', 'int', ['const char *', 'int', 'const char *']),
  readlinkat: lazyFunction('readlinkat', 'intptr_t', ['int', 'const char *', 'void *', 'size_t']),
  fchown: lazyFunction('fchown', 'int', ['int', 'uint32_t', 'uint32_t']),
  fchownat: lazyFunction('fchownat', 'int', ['int', 'const char *', 'uint32_t', 'uint32_t', 'int']),
  fchmod: lazyFunction('fchmod', 'int', ['int', 'uint32_t']),
  fchmodat: lazyFunction('fchmodat', 'int', ['int', 'const char *', 'uint32_t', 'int']),
  futimens: lazyFunction('futimens', 'int', ['int', 'const void *']),
  utimensat: lazyFunction('utimensat', 'int', ['int', 'const char *', 'const void *', 'int']),
  renameat: lazyFunction('renameat', 'int', ['int', 'const char *', 'int', 'const char *']),
  mknodat: lazyFunction('syscall', 'long', ['long', 'long', 'const char *', 'long', 'long']),
  getdents64: lazyFunction('syscall', 'long', ['long', 'long', 'void *', 'long']),
  statx: lazyFunction('syscall', 'long', [
    'long',
    'long',
    'const char *',
    'long',
    'long',
    'void *',
  ]),
};

/** Type bits of a mode (include/uapi/linux/stat.h). */
export const fileTypes = {
  mask: constants.S_IFMT,
  file: constants.S_IFREG,
  directory: constants.S_IFDIR,
  symlink: constants.S_IFLNK,
  character: constants.S_IFCHR,
  block: constants.S_IFBLK,
  fifo: constants.S_IFIFO,
  socket: constants.S_IFSOCK,
} as const;

/** A moment: seconds since 1970 (rounded down), and nanoseconds after them. */
export interface Timestamp {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** What the kernel knows of a file. */
export interface FileStatus {
  /** With the type bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Blocks of 512 bytes that are taken. */
  readonly blocks: number;
  readonly links: number;
  readonly inode: number;
  /** Device that the file lies on, as one number. */
  readonly device: number;
  readonly major: number;
  readonly minor: number;
  readonly mtime: Timestamp;
}

/** Opens a name in a directory; a symbolic link in its place is an error (ELOOP, or ENOTDIR for a directory). @throws SystemError */
export function openAt(directory: number, name: string, flags: number, mode = 0): number {
  const given = cName(name);
  for (;;) {
    const fd = c.openat(directory, given, flags | constants.O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd >= 0) return fd;
    if (lastErrno() !== EINTR) throw lastError('openat', name);
  }
}

const pathOnly = O_PATH | constants.O_DIRECTORY;

/** A descriptor of a directory that serves for going down from and for nothing else; no permission to read is needed. @throws SystemError */
export function openDirectoryAt(directory: number, name: string): number {
  return openAt(directory, name, pathOnly);
}

/** A directory by its absolute path; links in the path are followed, so it must be our own. @throws SystemError */
export function openDirectory(path: string): number {
  const fd = c.openat(-100, cName(path), pathOnly | O_CLOEXEC, 0);
  if (fd < 0) throw lastError('open', path);
  return fd;
}

/** Closes a descriptor; a failure is no one's concern. */
export function closeDescriptor(fd: number): void {
  c.close(fd);
}

/** Writes all of the bytes where the file stands, or at a position. @throws SystemError */
export function writeAll(fd: number, bytes: Uint8Array, position?: number): void {
  let done = 0;
  while (done < bytes.length) {
    const left = done === 0 ? bytes : bytes.subarray(done);
    const written =
      position === undefined
        ? c.write(fd, left, left.length)
        : c.pwrite(fd, left, left.length, position + done);
    if (written >= 0) done += written;
    else if (lastErrno() !== EINTR) throw lastError('write');
  }
}

/** @throws SystemError */
export function setSize(fd: number, size: number): void {
  if (c.ftruncate(fd, size) !== 0) throw lastError('ftruncate');
}

/** @throws SystemError */
export function makeDirectoryAt(directory: number, name: string, mode: number): void {
  if (c.mkdirat(directory, cName(name), mode) !== 0) throw lastError('mkdirat', name);
}

/** Removes a file or, with `isDirectory`, an empty directory. @throws SystemError */
export function unlinkAt(directory: number, name: string, isDirectory = false): void {
  if (c.unlinkat(directory, cName(name), isDirectory ? AT_REMOVEDIR : 0) !== 0)
    throw lastError('unlinkat', name);
}

/** Another name for a file; of a symbolic link itself. @throws SystemError */
export function linkAt(from: number, name: string, to: number, newName: string): void {
  if (c.linkat(from, cName(name), to, cName(newName), 0) !== 0) throw lastError('linkat', newName);
}

/** @throws SystemError */
export function symlinkAt(target: string, directory: number, name: string): void {
  if (c.symlinkat(cName(target), directory, cName(name)) !== 0) throw lastError('symlinkat', name);
}

const linkBytes = Buffer.allocUnsafeSlow(4096);

/** Target of a symbolic link; undefined when it is none, or not there. @throws SystemError */
export function readLinkAt(directory: number, name: string): string | undefined {
  const length = c.readlinkat(directory, cName(name), linkBytes, linkBytes.length);
  if (length >= 0) return decodeFileName(linkBytes, 0, length);
  const errno = lastErrno();
  // EINVAL: something else than a link.
  if (errno === ENOENT || errno === 22) return undefined;
  throw systemError(errno, 'readlinkat', name);
}

/** A device number as system calls take it (include/linux/kdev_t.h, new_encode_dev). */
function deviceNumber(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
}

/** Makes a device, a pipe or a socket; `mode` with its type bits. @throws SystemError */
export function makeNodeAt(
  directory: number,
  name: string,
  mode: number,
  major = 0,
  minor = 0,
): void {
  const device = deviceNumber(major, minor);
  if (c.mknodat(libc().numbers.mknodat, directory, cName(name), mode, device) !== 0)
    throw lastError('mknodat', name);
}

/** @throws SystemError */
export function setOwner(fd: number, uid: number, gid: number): void {
  if (c.fchown(fd, uid, gid) !== 0) throw lastError('fchown');
}

/** @throws SystemError */
export function setOwnerAt(directory: number, name: string, uid: number, gid: number): void {
  if (c.fchownat(directory, cName(name), uid, gid, AT_SYMLINK_NOFOLLOW) !== 0)
    throw lastError('fchownat', name);
}

/** @throws SystemError */
export function setMode(fd: number, mode: number): void {
  if (c.fchmod(fd, mode) !== 0) throw lastError('fchmod');
}

/** Only for what is known to be no symbolic link, since this one call follows them. @throws SystemError */
export function setModeAt(directory: number, name: string, mode: number): void {
  if (c.fchmodat(directory, cName(name), mode, 0) !== 0) throw lastError('fchmodat', name);
}

/** Two struct timespec: access, modification. */
const times = Buffer.alloc(32);

function fillTimes({ seconds, nanoseconds }: Timestamp): Buffer {
  // A 64-bit number below 2^53 in two halves: BigInt would cost more than the call.
  const high = Math.floor(seconds / 0x1_0000_0000);
  const low = seconds - high * 0x1_0000_0000;
  for (const at of [0, 16]) {
    times.writeUInt32LE(low, at);
    times.writeInt32LE(high, at + 4);
    times.writeUInt32LE(nanoseconds, at + 8);
  }
  return times;
}

/** Sets times of access and modification. @throws SystemError */
export function setTimes(fd: number, time: Timestamp): void {
  if (c.futimens(fd, fillTimes(time)) !== 0) throw lastError('futimens');
}

/** @throws SystemError */
export function setTimesAt(directory: number, name: string, time: Timestamp): void {
  if (c.utimensat(directory, cName(name), fillTimes(time), AT_SYMLINK_NOFOLLOW) !== 0)
    throw lastError('utimensat', name);
}

/** @throws SystemError */
export function renameAt(from: number, name: string, to: number, newName: string): void {
  if (c.renameat(from, cName(name), to, cName(newName)) !== 0) throw lastError('renameat', name);
}

// STATX_BASIC_STATS
const basic = 0x7ff;
/** struct statx, the same on all machines. */
const status = Buffer.alloc(256);

function large(at: number): number {
  return status.readUInt32LE(at + 4) * 0x1_0000_0000 + status.readUInt32LE(at);
}

/**
 * What is known of a name in a directory, or of the descriptor itself with the name ''; undefined where there is
 * nothing. Links are not followed. @throws SystemError
 */
export function statusAt(directory: number, name: string): FileStatus | undefined {
  const flags = AT_SYMLINK_NOFOLLOW | (name === '' ? AT_EMPTY_PATH : 0);
  if (c.statx(libc().numbers.statx, directory, cName(name), flags, basic, status) !== 0) {
    const errno = lastErrno();
    if (errno === ENOENT) return undefined;
    throw systemError(errno, 'statx', name);
  }
  return {
    links: status.readUInt32LE(16),
    uid: status.readUInt32LE(20),
    gid: status.readUInt32LE(24),
    mode: status.readUInt16LE(28),
    inode: large(32),
    size: large(40),
    blocks: large(48),
    mtime: {
      seconds: status.readInt32LE(116) * 0x1_0000_0000 + status.readUInt32LE(112),
      nanoseconds: status.readUInt32LE(120),
    },
    major: status.readUInt32LE(128),
    minor: status.readUInt32LE(132),
    device: status.readUInt32LE(136) * 0x1_0000_0000 + status.readUInt32LE(140),
  };
}

/**
 * Whether the file system tells types of files when a directory is listed (d_type), which overlays need.
 * @throws SystemError
 */
export function hasFileTypes(path: string): boolean {
  const fd = c.openat(-100, cName(path), constants.O_RDONLY | constants.O_DIRECTORY | O_CLOEXEC, 0);
  if (fd < 0) throw lastError('open', path);
  try {
    const entries = Buffer.alloc(1024);
    if (c.getdents64(libc().numbers.getdents64, fd, entries, entries.length) < 0)
      throw lastError('getdents64', path);
    // struct linux_dirent64: inode, offset, length of the record, type. The first is '.' or a file; DT_UNKNOWN is 0.
    return entries[18] !== 0;
  } finally {
    c.close(fd);
  }
}
