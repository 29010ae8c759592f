// Starts programs by posix_spawn(3). Node's own way forks this whole process, with all of its page tables, and brings
// streams and sockets along: a start of three programs is 8 ms slower by it. What is here does less: programs get descriptors
// that are there already, and what they write comes as text when they have ended.
import { closeSync, constants, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { systemError } from './errno.ts';
import { cName, lastError, lazyFunction, libc } from './libc.ts';

const c = {
  pipe2: lazyFunction('pipe2', 'int', ['void *', 'int']),
  fcntl: lazyFunction('fcntl', 'int', ['int', 'int', 'long']),
  waitpid: lazyFunction('waitpid', 'int', ['int', 'void *', 'int']),
  spawn: lazyFunction('posix_spawn', 'int', [
    'void *',
    'const char *',
    'const void *',
    'const void *',
    'const char **',
    'const char **',
  ]),
  initActions: lazyFunction('posix_spawn_file_actions_init', 'int', ['void *']),
  addDuplicate: lazyFunction('posix_spawn_file_actions_adddup2', 'int', ['void *', 'int', 'int']),
  destroyActions: lazyFunction('posix_spawn_file_actions_destroy', 'int', ['void *']),
  initAttributes: lazyFunction('posix_spawnattr_init', 'int', ['void *']),
  setFlags: lazyFunction('posix_spawnattr_setflags', 'int', ['void *', 'short']),
  setDefaults: lazyFunction('posix_spawnattr_setsigdefault', 'int', ['void *', 'const void *']),
  setMask: lazyFunction('posix_spawnattr_setsigmask', 'int', ['void *', 'const void *']),
  destroyAttributes: lazyFunction('posix_spawnattr_destroy', 'int', ['void *']),
};

/** More than posix_spawn_file_actions_t (80) and posix_spawnattr_t (336) take in glibc and musl. */
const structBytes = 512;
/** sizeof sigset_t in both. */
const signalSetBytes = 128;
// include of spawn.h in both
const POSIX_SPAWN_SETSIGDEF = 4;
const POSIX_SPAWN_SETSIGMASK = 8;
const F_DUPFD_CLOEXEC = 1030;
const WNOHANG = 1;
const O_CLOEXEC = 0o2000000;
/** Descriptors of ours begin here, above all that programs are given, so that none is in another's way. */
const firstOwn = 32;

/** A program to be started. */
export interface SpawnRequest {
  /** Absolute path. */
  readonly path: string;
  /** What follows the name. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What its descriptors 0, 1, 2 … are: ours. */
  readonly descriptors: readonly number[];
}

/** A program that was started. */
export interface Spawned {
  readonly pid: number;
  /** Waits for its end: its exit code, 128 and the signal that ended it. To be called once. */
  wait(): Promise<number>;
}

/** A pipe; both ends are closed in programs that are not given them. */
export interface Pipe {
  readonly read: number;
  readonly write: number;
}

/** @throws SystemError */
export function openPipe(): Pipe {
  const ends = Buffer.alloc(8);
  if (c.pipe2(ends, O_CLOEXEC) !== 0) throw lastError('pipe2');
  return { read: moved(ends.readInt32LE(0)), write: moved(ends.readInt32LE(4)) };
}

/** The same file under a number that no program is given. @throws SystemError */
function moved(fd: number): number {
  if (fd >= firstOwn) return fd;
  const higher = c.fcntl(fd, F_DUPFD_CLOEXEC, firstOwn);
  if (higher < 0) throw lastError('fcntl');
  closeSync(fd);
  return higher;
}

/** /dev/null, for reading and writing; the caller closes it. @throws SystemError */
export function openNull(): number {
  return moved(openSync('/dev/null', constants.O_RDWR));
}

/**
 * Starts a program. Signals are as usual in it, whatever this process ignores.
 * @throws SystemError ENOENT, EACCES … where it cannot be
 */
export function spawnProgram({ path, args, environment, descriptors }: SpawnRequest): Spawned {
  const actions = Buffer.alloc(structBytes);
  const attributes = Buffer.alloc(structBytes);
  const pid = Buffer.alloc(4);
  c.initActions(actions);
  c.initAttributes(attributes);
  try {
    for (const [target, fd] of descriptors.entries()) c.addDuplicate(actions, fd, target);
    c.setDefaults(attributes, Buffer.alloc(signalSetBytes, 0xff));
    c.setMask(attributes, Buffer.alloc(signalSetBytes));
    c.setFlags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    const variables = Object.entries(environment).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    );
    const failure = c.spawn(
      pid,
      cName(path),
      actions,
      attributes,
      [path, ...args, null],
      [...variables, null],
    );
    if (failure !== 0) throw systemError(failure, 'spawn', path);
  } finally {
    c.destroyActions(actions);
    c.destroyAttributes(attributes);
  }
  return { pid: pid.readInt32LE(0), wait: () => waitFor(pid.readInt32LE(0)) };
}

async function waitFor(pid: number): Promise<number> {
  const status = Buffer.alloc(4);
  // Most have ended when their output has; else another thread waits.
  if (c.waitpid(pid, status, WNOHANG) !== pid) {
    await libc().asyncFunc('waitpid', 'int', ['int', 'void *', 'int'])(pid, status, 0);
  }
  const value = status.readInt32LE(0);
  // WIFEXITED, WEXITSTATUS, WTERMSIG of <sys/wait.h>
  const signal = value & 0x7f;
  return signal === 0 ? (value >> 8) & 0xff : 128 + signal;
}

const readAt = promisify(read);
const chunkBytes = 16_384;

/** What comes from a pipe, piece by piece, to its end; it is closed then. */
export async function* piecesOf(fd: number): AsyncGenerator<Buffer, undefined> {
  try {
    for (;;) {
      const buffer = Buffer.allocUnsafe(chunkBytes);
      const { bytesRead } = await readAt(fd, buffer, 0, chunkBytes, null);
      if (bytesRead === 0) return undefined;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    closeSync(fd);
  }
}

/** All that comes from a pipe, as text; it is closed then. */
export async function textOf(fd: number): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of piecesOf(fd)) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}
