// The memory of another process, through /proc/PID/mem: needs the right to trace it.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

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
