// The process that made a supervised call, as far as an answer may look into it.
import type { CallReply, WaitingCall } from '../sys/seccomp-notify.ts';

/** The caller. */
export interface Caller {
  /** Memory; undefined where nothing is mapped. */
  read(address: bigint, length: number): Buffer | undefined;
  write(address: bigint, bytes: Uint8Array): boolean;
  /** The first bytes of a file or block device by the caller's own path; undefined where they cannot be read. */
  beginningOf(path: string, length: number): Buffer | undefined;
  /** Magic number (statfs(2)) of the file system of a descriptor, or of a path below it; undefined where it cannot be told. */
  fileSystemOf(fd: number, path: string): number | undefined;
  /** What a descriptor is, as /proc/PID/fd has it: "pidfd:[7]". */
  descriptor(fd: number): string | undefined;
}

/** Answers one call, given what it was called with. */
export type Answerer = (call: WaitingCall, caller: Caller) => CallReply;

/** Reads never cross the end of a page: what follows may not be mapped. */
const pageBytes = 4096n;
const longestText = 4096;

/** A text that ends with NUL; undefined where it cannot be read, or is longer than any path. */
export function readText(caller: Pick<Caller, 'read'>, address: bigint): string | undefined {
  let bytes = Buffer.alloc(0);
  for (let at = address; bytes.length < longestText; ) {
    const part = caller.read(at, Number(pageBytes - (at % pageBytes)));
    if (part === undefined) return undefined;
    const end = part.indexOf(0);
    if (end >= 0) return Buffer.concat([bytes, part.subarray(0, end)]).toString();
    bytes = Buffer.concat([bytes, part]);
    at += BigInt(part.length);
  }
  return undefined;
}
