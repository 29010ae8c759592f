import {
  beginningOfTheirs,
  descriptorOfTheirs,
  fileSystemOfTheirs,
  readMemory,
  writeMemory,
} from '../sys/process-memory.ts';
import type { Caller } from './caller.ts';

/** The caller as a process of this machine. */
export function callerOf(pid: number): Caller {
  return {
    read: (address, length) => readMemory(pid, address, length),
    write: (address, bytes) => writeMemory(pid, address, bytes),
    beginningOf: (path, length) => beginningOfTheirs(pid, path, length),
    fileSystemOf: (fd, path) => fileSystemOfTheirs(pid, fd, path),
    descriptor: (fd) => descriptorOfTheirs(pid, fd),
  };
}
