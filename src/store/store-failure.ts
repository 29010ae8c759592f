// What the system or SQLite says about a store, as an error that says what, where and what to do.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';

/** SQLite's primary result code (sqlite.org/rescode.html); -1 when the error is none of its. */
export function sqliteCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : -1;
}

/** The errno name of a failed system call: "ENOSPC". */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

const sqliteBusy = new Set([5, 6]);
/** CORRUPT, NOTADB. */
const sqliteDamage = new Set([11, 26]);
/** FULL. */
const sqliteFull = 13;
/** IOERR_SHMSIZE: the memory that processes share, a file, could not grow. */
const sqliteNoShared = 4874;

/** Whether SQLite says that the file is not what it wrote. */
export function isDamaged(error: unknown): boolean {
  return sqliteDamage.has(sqliteCode(error));
}

/** Whether there is no room, for the system or for SQLite. */
export function isFull(error: unknown): boolean {
  const errno = errnoOf(error);
  if (error instanceof Error && 'errcode' in error && error.errcode === sqliteNoShared) return true;
  return errno === 'ENOSPC' || errno === 'EDQUOT' || sqliteCode(error) === sqliteFull;
}

/** Whether another process held the database for longer than was waited. */
export function isBusy(error: unknown): boolean {
  return sqliteBusy.has(sqliteCode(error));
}

/**
 * The error for a failed operation in the store: `what` could not be done ("the blob could not be written") at `path`.
 * What is no failure of the system (an error that has a code already, a defect of ours) is given back as it is.
 */
export function storeFailure(cause: unknown, what: string, path: string): unknown {
  if (cause instanceof PlimsollError || errnoOf(cause) === undefined) return cause;
  const at = { path };
  const errno = errnoOf(cause);
  const message = `${what}: ${systemReason(cause)}`;
  if (isFull(cause)) {
    return new PlimsollError('PL0702', message, {
      at,
      help: 'make room: plimsoll system prune removes images that nothing uses; or put the store elsewhere with --root',
      cause,
    });
  }
  if (isDamaged(cause)) {
    return new PlimsollError('PL0704', message, {
      at,
      help: 'plimsoll store check --repair builds it again from what is there',
      cause,
    });
  }
  if (isBusy(cause)) {
    return new PlimsollError('PL0706', message, {
      at,
      help: 'another process has been writing for long: look for it (fuser), wait, and try again',
      cause,
    });
  }
  return new PlimsollError('PL0701', message, {
    at,
    help:
      errno === 'EROFS'
        ? 'the file system is mounted read-only: put the store elsewhere with --root or PLIMSOLL_ROOT'
        : 'see that the folder is there and belongs to this user, or name another with --root or PLIMSOLL_ROOT',
    cause,
  });
}
