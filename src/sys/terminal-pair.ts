// A terminal for a process of one's own: both ends of a pseudo-terminal (pty(7)).
import { constants, openSync } from 'node:fs';
import { closeDescriptor } from './file-calls.ts';
import { lastError, lazyFunction } from './libc.ts';

const c = {
  grantpt: lazyFunction('grantpt', 'int', ['int']),
  unlockpt: lazyFunction('unlockpt', 'int', ['int']),
  ptsname: lazyFunction('ptsname_r', 'int', ['int', 'void *', 'size_t']),
  ioctl: lazyFunction('ioctl', 'int', ['int', 'unsigned long', 'const void *']),
};

/** Both ends. */
export interface TerminalPair {
  /** What a person would sit at: reads what is written, writes what is typed. */
  readonly outer: number;
  /** What the process has; to be closed once the process was started. */
  readonly inner: number;
}

/** Opens both. @throws SystemError */
export function openTerminal(): TerminalPair {
  const outer = openSync('/dev/ptmx', constants.O_RDWR | constants.O_NOCTTY);
  try {
    if (c.grantpt(outer) !== 0 || c.unlockpt(outer) !== 0) throw lastError('unlockpt');
    const name = Buffer.alloc(128);
    if (c.ptsname(outer, name, name.length) !== 0) throw lastError('ptsname');
    const path = name.subarray(0, name.indexOf(0)).toString();
    return { outer, inner: openSync(path, constants.O_RDWR | constants.O_NOCTTY) };
  } catch (error) {
    closeDescriptor(outer);
    throw error;
  }
}

// include/uapi/asm-generic/ioctls.h
const TIOCSWINSZ = 0x5414;

/** Tells the processes at a terminal its size. @throws SystemError */
export function setTerminalSize(fd: number, rows: number, columns: number): void {
  const size = Buffer.alloc(8);
  size.writeUInt16LE(rows, 0);
  size.writeUInt16LE(columns, 2);
  if (c.ioctl(fd, TIOCSWINSZ, size) !== 0) throw lastError('ioctl');
}
