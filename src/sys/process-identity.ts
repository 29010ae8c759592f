// Processes that cannot be confused: a number and when it started (proc(5), field 22 of stat). A signal goes through a
// pidfd that is opened first and looked at after that, so that none ever reaches a process that came later.
import { closeSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { hasCode, systemError } from './errno.ts';
import { lastErrno, lazyFunction } from './libc.ts';

/** A process that is told from later ones with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from the start of the machine to its own. */
  readonly startTicks: number;
}

const call = lazyFunction('syscall', 'long', ['long', 'long', 'long', 'long', 'long']);

// include/uapi/asm-generic/unistd.h; the same on all architectures
const PIDFD_SEND_SIGNAL = 424;
const PIDFD_OPEN = 434;
const ESRCH = 3;
const ENOSYS = 38;

/** When the process started; undefined where there is none, and for one that has ended and waits for its parent. */
export function startTicksOf(pid: number): number | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name in parentheses may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return Number(fields[19]);
}

/** The process with this number, as it is now. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startTicks = startTicksOf(pid);
  return startTicks === undefined ? undefined : { pid, startTicks };
}

/** Whether it runs. */
export function isRunning({ pid, startTicks }: ProcessIdentity): boolean {
  return startTicksOf(pid) === startTicks;
}

/** A descriptor of the process; undefined when it has ended. The caller closes it. @throws SystemError */
export function openProcess(identity: ProcessIdentity): number | undefined {
  const fd = call(PIDFD_OPEN, identity.pid, 0, 0, 0);
  if (fd < 0) {
    const errno = lastErrno();
    if (errno === ESRCH) return undefined;
    throw systemError(errno, 'pidfd_open', String(identity.pid));
  }
  // Only now is the number bound to a process: was it still the one?
  if (isRunning(identity)) return fd;
  closeSync(fd);
  return undefined;
}

/**
 * Sends a signal; false when the process has ended.
 * @throws SystemError
 */
export function signalProcess(identity: ProcessIdentity, signal: number): boolean {
  let fd: number | undefined;
  try {
    fd = openProcess(identity);
  } catch (error) {
    // Before Linux 5.3 there are no pidfds: the time between look and signal is as short as it can be.
    if (!hasCode(error, 'ENOSYS')) throw error;
    return signalByNumber(identity, signal);
  }
  if (fd === undefined) return false;
  try {
    if (call(PIDFD_SEND_SIGNAL, fd, signal, 0, 0) === 0) return true;
    const errno = lastErrno();
    if (errno === ESRCH) return false;
    if (errno === ENOSYS) return signalByNumber(identity, signal);
    throw systemError(errno, 'pidfd_send_signal', String(identity.pid));
  } finally {
    closeSync(fd);
  }
}

const kill = lazyFunction('kill', 'int', ['int', 'int']);

function signalByNumber(identity: ProcessIdentity, signal: number): boolean {
  if (!isRunning(identity)) return false;
  if (kill(identity.pid, signal) === 0) return true;
  const errno = lastErrno();
  if (errno === ESRCH) return false;
  throw systemError(errno, 'kill', String(identity.pid));
}

/** SIGRTMIN of glibc and musl programs, as the kernel counts (signal(7)). */
const realTime = { min: 34, max: 64 };

/** The number of a signal by name or number, in docker's forms: 9, KILL, SIGKILL, RTMIN+3; undefined for none. */
export function signalNumber(text: string): number | undefined {
  if (/^\d+$/.test(text)) {
    const number = Number(text);
    return number >= 1 && number <= realTime.max ? number : undefined;
  }
  const name = text.toUpperCase().replace(/^SIG/, '');
  const [, end, sign, offset = '0'] = /^RT(MIN|MAX)(?:([+-])(\d+))?$/.exec(name) ?? [];
  if (end !== undefined) {
    const from = end === 'MIN' ? realTime.min : realTime.max;
    const number = from + (sign === '-' ? -1 : 1) * Number(offset);
    return number >= realTime.min && number <= realTime.max ? number : undefined;
  }
  return Object.entries(constants.signals).find(([known]) => known === `SIG${name}`)?.[1];
}
