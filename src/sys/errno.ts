// Errors of system calls in the form that Node gives its own: "ENOENT: no such file or directory, openat 'name'", with
// `code`, `errno`, `syscall` and `path` beside it, so that whoever catches one need not know who made the call.
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** A failed system call, with the fields of Node's own errors. */
export interface SystemError extends Error {
  /** "ENOENT". */
  readonly code: string;
  /** As the kernel has it: positive. */
  readonly errno: number;
  readonly syscall: string;
  readonly path?: string;
}

/** Those that libuv, whose words Node's map has, does not know (include/uapi/asm-generic/errno.h). */
const further: ReadonlyMap<number, readonly [string, string]> = new Map([
  [35, ['EDEADLK', 'resource deadlock avoided']],
  [37, ['ENOLCK', 'no locks available']],
  [61, ['ENODATA', 'no data available']],
  [62, ['ETIME', 'timer expired']],
  [64, ['ENONET', 'machine is not on the network']],
  [74, ['EBADMSG', 'bad message']],
  [77, ['EBADFD', 'file descriptor in bad state']],
  [87, ['EUSERS', 'too many users']],
  [117, ['EUCLEAN', 'structure needs cleaning']],
  [122, ['EDQUOT', 'disk quota exceeded']],
  [123, ['ENOMEDIUM', 'no medium found']],
  [124, ['EMEDIUMTYPE', 'wrong medium type']],
  [126, ['ENOKEY', 'required key not available']],
  [127, ['EKEYEXPIRED', 'key has expired']],
  [128, ['EKEYREVOKED', 'key has been revoked']],
  [129, ['EKEYREJECTED', 'key was rejected by service']],
  [130, ['EOWNERDEAD', 'owner died']],
  [131, ['ENOTRECOVERABLE', 'state not recoverable']],
]);

/** Name of an error number; those of calls that a signal stopped and the kernel goes on with (include/linux/errno.h) too. */
export function errnoName(errno: number): string {
  return interrupted.get(errno) ?? systemNames().get(errno) ?? named(errno)[0];
}

let names: ReadonlyMap<number, string> | undefined;

function systemNames(): ReadonlyMap<number, string> {
  names ??= new Map(
    Object.entries(constants.errno)
      // Second names of the same number.
      .filter(([name]) => name !== 'EWOULDBLOCK' && name !== 'ENOTSUP')
      .map(([name, number]) => [number, name]),
  );
  return names;
}

const interrupted: ReadonlyMap<number, string> = new Map([
  [512, 'ERESTARTSYS'],
  [513, 'ERESTARTNOINTR'],
  [514, 'ERESTARTNOHAND'],
  [516, 'ERESTART_RESTARTBLOCK'],
]);

/** Code and words for an error number. */
function named(errno: number): readonly [string, string] {
  return getSystemErrorMap().get(-errno) ?? further.get(errno) ?? [`E${errno}`, `error ${errno}`];
}

/** The error that a call failed with. */
export function systemError(errno: number, syscall: string, path?: string): SystemError {
  const [code, words] = named(errno);
  const error = new Error(`${code}: ${words}, ${syscall}${path === undefined ? '' : ` '${path}'`}`);
  return Object.assign(error, { code, errno, syscall, ...(path === undefined ? {} : { path }) });
}

/** Whether an error is a failed system call with one of these codes, whether Node made it or this folder. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    codes.includes(error.code)
  );
}
