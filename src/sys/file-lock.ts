// Locks between processes that a dead process does not keep: flock(2) on a file that is there for nothing else. The
// kernel gives a lock up with the last descriptor, however the process ended. Waiting is by asking again, since a
// blocking call could not be interrupted.
import { closeSync, constants, fstatSync, openSync, statSync, unlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, systemError } from './errno.ts';
import { lastErrno, lazyFunction } from './libc.ts';

const flock = lazyFunction('flock', 'int', ['int', 'int']);

// include/uapi/asm-generic/fcntl.h
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const EINTR = 4;
const EAGAIN = 11;

/** A lock that is held. */
export interface FileLock {
  readonly path: string;
  /** The descriptor that carries the lock; closed by `release`. */
  readonly fd: number;
  /** Gives the lock up. May be called again. */
  release(): void;
}

/** How a lock is taken. */
export interface LockOptions {
  /** Several may hold it at once, but nobody alone. */
  readonly shared?: boolean;
  /** The file goes with the lock, so that names of which there are many do not pile up. */
  readonly temporary?: boolean;
}

/**
 * Locks an open file, or says false when another has the lock.
 * @throws SystemError
 */
export function lockDescriptor(fd: number, shared = false): boolean {
  while (flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) !== 0) {
    const errno = lastErrno();
    if (errno === EAGAIN) return false;
    if (errno !== EINTR) throw systemError(errno, 'flock');
  }
  return true;
}

/** Whether the path still names the file that was opened: its last owner may have removed it meanwhile. */
function isStill(path: string, fd: number): boolean {
  try {
    const found = statSync(path);
    const held = fstatSync(fd);
    return found.ino === held.ino && found.dev === held.dev;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/**
 * Takes the lock if nobody has it; makes the file where there is none.
 * @throws SystemError where the file cannot be opened
 */
export function tryLockFile(path: string, options: LockOptions = {}): FileLock | undefined {
  for (;;) {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    try {
      if (!lockDescriptor(fd, options.shared)) {
        closeSync(fd);
        return undefined;
      }
      if (isStill(path, fd)) return heldLock(path, fd, options);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
  }
}

function heldLock(path: string, fd: number, { temporary = false }: LockOptions): FileLock {
  let held = true;
  return {
    path,
    fd,
    release() {
      if (!held) return;
      held = false;
      // Removed while it is still locked: who opened it before finds that out by `isStill`.
      if (temporary) {
        try {
          unlinkSync(path);
        } catch {
          // Gone already.
        }
      }
      closeSync(fd);
    },
  };
}

const firstWaitMs = 2;
const longestWaitMs = 100;

/**
 * Takes the lock, waiting for whoever has it.
 * @throws SystemError; the signal's reason
 */
export async function lockFile(
  path: string,
  signal: AbortSignal,
  options: LockOptions = {},
): Promise<FileLock> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    signal.throwIfAborted();
    const lock = tryLockFile(path, options);
    if (lock !== undefined) return lock;
    await sleep(waitMs, undefined, { signal });
  }
}
