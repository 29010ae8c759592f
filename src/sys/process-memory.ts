// The memory of another process, through /proc/PID/mem, and its files through /proc/PID/root: needs the right to trace it.
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readlinkSync,
  readSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** Bytes at an address; undefined where the process is gone, or nothing is mapped there. */
export function readMemory(pid: number, address: bigint, length: number): Buffer | undefined {
  return withMemory(pid, 'r', (fd) => {
    const bytes = Buffer.alloc(length);
    return readSync(fd, bytes, { position: address }) === length ? bytes : undefined;
  });
}

/** Writes bytes at an address; false where that is not possible. */
export function writeMemory(pid: number, address: bigint, bytes: Uint8Array): boolean {
  const written = withMemory(pid, 'r+', (fd) =>
    writeSync(fd, bytes, 0, bytes.length, Number(address)),
  );
  return written === bytes.length;
}

function withMemory<T>(pid: number, mode: 'r' | 'r+', use: (fd: number) => T): T | undefined {
  try {
    const fd = openSync(`/proc/${pid}/mem`, mode);
    try {
      return use(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** AT_FDCWD (fcntl.h). */
const workingFolder = -100;

/**
 * Magic number of the file system of another process' descriptor, or of a path as that process would open it from there;
 * undefined where there is none. No file is opened.
 */
export function fileSystemOfTheirs(pid: number, fd: number, path: string): number | undefined {
  const own = `/proc/${pid}`;
  const from = fd === workingFolder ? `${own}/cwd` : `${own}/fd/${fd}`;
  try {
    return statfsSync(path.startsWith('/') ? `${own}/root${path}` : join(from, path)).type;
  } catch {
    return undefined;
  }
}

/** What another process' descriptor is: a path, or "pidfd:[7]"; undefined where there is none. */
export function descriptorOfTheirs(pid: number, fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return undefined;
  }
}

/**
 * The first bytes of a regular file or block device by another process' path, fewer where it is shorter; undefined where it cannot be
 * read. Other kinds are never read, and none is waited for.
 */
export function beginningOfTheirs(pid: number, path: string, length: number): Buffer | undefined {
  try {
    const from = `/proc/${pid}/${path.startsWith('/') ? 'root' : 'cwd'}`;
    // A symbolic link's absolute target would be looked up from this process' root: the last component must be none.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
    const fd = openSync(join(from, path), flags | constants.O_NOCTTY);
    try {
      const kind = fstatSync(fd);
      if (!kind.isFile() && !kind.isBlockDevice()) return undefined;
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(fd, bytes, { position: 0 }));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}
