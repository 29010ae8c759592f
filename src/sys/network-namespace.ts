// Network namespaces that stay without a process: a file on which the namespace is mounted, as `ip netns` makes them.
// unshare(2) changes the namespace of one thread only, the main one, which goes back before anything else can run on it.
import { closeSync, constants, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasCode } from './errno.ts';
import { lastError, lazyFunction } from './libc.ts';
import { mountAt, unmount } from './mounts.ts';

const c = {
  unshare: lazyFunction('unshare', 'int', ['int']),
  setns: lazyFunction('setns', 'int', ['int', 'int']),
};

// include/uapi/linux/sched.h
const CLONE_NEWNET = 0x40000000;

/** The namespace of the thread that runs JavaScript; of a worker too. */
const own = '/proc/thread-self/ns/net';

/** Runs something in a new network namespace. It must not wait. @throws SystemError */
function inNewNamespace<T>(work: () => T): T {
  const before = openSync(own, constants.O_RDONLY);
  try {
    if (c.unshare(CLONE_NEWNET) !== 0) throw lastError('unshare');
    let isBack = false;
    let result: T;
    try {
      result = work();
    } finally {
      isBack = c.setns(before, CLONE_NEWNET) === 0;
    }
    if (!isBack) throw lastError('setns');
    return result;
  } finally {
    closeSync(before);
  }
}

/** Keeps the network namespace of a process by a path which is not there yet. @throws SystemError */
export function keepNetworkNamespace(pid: number, path: string): void {
  mountOver(path, (place) =>
    mountAt({ type: 'none', source: `/proc/${pid}/ns/net`, options: ['bind'] }, place),
  );
}

/** Makes a network namespace that is entered by a path which is not there yet. @throws SystemError */
export function makeNetworkNamespace(path: string): void {
  mountOver(path, (place) =>
    inNewNamespace(() => mountAt({ type: 'none', source: own, options: ['bind'] }, place)),
  );
}

function mountOver(path: string, mount: (path: string) => void): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600));
  try {
    mount(path);
  } catch (error) {
    unlinkSync(path);
    throw error;
  }
}

/** Removes it; what still runs in it keeps it until it ends. Nothing where there is none. @throws SystemError */
export function removeNetworkNamespace(path: string): void {
  unmount(path);
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
