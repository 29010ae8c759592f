// Copies of files without the bytes passing through this program: shared blocks where the file system has them, a copy
// in the kernel where it can do that, and holes that stay holes.
import { lastErrno, lastError, lazyFunction } from './libc.ts';

const c = {
  ioctl: lazyFunction('ioctl', 'int', ['int', 'unsigned long', 'long']),
  lseek: lazyFunction('lseek', 'int64_t', ['int', 'int64_t', 'int']),
  copyFileRange: lazyFunction('copy_file_range', 'intptr_t', [
    'int',
    'void *',
    'int',
    'void *',
    'size_t',
    'uint32_t',
  ]),
};

// include/uapi/linux/fs.h
const FICLONE = 0x40049409;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const ENXIO = 6;

/** Makes `to` share all blocks of `from`; false where this file system cannot. */
export function shareBlocks(from: number, to: number): boolean {
  return c.ioctl(to, FICLONE, from) === 0;
}

/** A part of a file with bytes in it. */
export interface DataRange {
  readonly start: number;
  readonly end: number;
}

/** The parts between the holes of a file of `size` bytes. @throws SystemError */
export function* dataRanges(fd: number, size: number): Generator<DataRange> {
  for (let at = 0; at < size; ) {
    const start = c.lseek(fd, at, SEEK_DATA);
    if (start < 0) {
      // Nothing but a hole from here on.
      if (lastErrno() === ENXIO) return;
      throw lastError('lseek');
    }
    const end = c.lseek(fd, start, SEEK_HOLE);
    if (end < 0) throw lastError('lseek');
    yield { start, end };
    at = end;
  }
}

const offsets = Buffer.alloc(16);

/** Copies in the kernel; how many bytes, 0 where it cannot. Both files are read and written at `start`. */
export function copyRange(from: number, to: number, start: number, length: number): number {
  let done = 0;
  while (done < length) {
    offsets.writeBigUInt64LE(BigInt(start + done), 0);
    offsets.writeBigUInt64LE(BigInt(start + done), 8);
    const copied = c.copyFileRange(
      from,
      offsets.subarray(0, 8),
      to,
      offsets.subarray(8, 16),
      length - done,
      0,
    );
    if (copied <= 0) break;
    done += copied;
  }
  return done;
}
