// Work of a moment in another mount namespace. setns(2) and unshare(2) change the thread that calls them, the main one,
// which goes back before anything else can run on it. Descriptors that were opened there stay good: who holds one, and
// the namespace with it, goes on from there without being in it.
import { constants, existsSync, mkdirSync, openSync } from 'node:fs';
import { arch } from 'node:os';
import { closeDescriptor, openDirectory, statusAt } from './file-calls.ts';
import { lastError, lazyFunction } from './libc.ts';
import { placeMount } from './mount-objects.ts';
import { makePrivate } from './mounts.ts';

const c = {
  unshare: lazyFunction('unshare', 'int', ['int']),
  setns: lazyFunction('setns', 'int', ['int', 'int']),
  fchdir: lazyFunction('fchdir', 'int', ['int']),
  chroot: lazyFunction('chroot', 'int', ['const char *']),
  pivotRoot: lazyFunction('syscall', 'long', ['long', 'const char *', 'const char *']),
  umount2: lazyFunction('umount2', 'int', ['const char *', 'int']),
};

// include/uapi/linux/sched.h
const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;

const own = '/proc/thread-self/ns/mnt';

/** What was opened in a mount namespace, which stays as long as this is open. */
export interface HeldDirectory {
  readonly fd: number;
  close(): void;
}

/** Has `enter` enter a namespace and give a descriptor that holds it, `work` open a directory there, and goes back. */
function held(enter: () => number, work: () => number): HeldDirectory {
  const before = openSync(own, constants.O_RDONLY);
  const root = openDirectory('/');
  const cwd = openDirectory('.');
  const opened: number[] = [];
  try {
    // A thread can change its namespace only when it shares root and working directory with no other.
    if (c.unshare(CLONE_FS) !== 0) throw lastError('unshare');
    let isBack = false;
    try {
      opened.push(enter());
      opened.push(work());
    } finally {
      isBack = c.setns(before, CLONE_NEWNS) === 0 && isBackAt(root, cwd);
    }
    if (!isBack) throw lastError('setns');
  } catch (error) {
    for (const fd of opened) closeDescriptor(fd);
    throw error;
  } finally {
    for (const fd of [before, root, cwd]) closeDescriptor(fd);
  }
  return {
    fd: opened[1] ?? -1,
    close() {
      for (const fd of opened.reverse()) closeDescriptor(fd);
    },
  };
}

/** setns(2) leaves a thread at the root of the namespace, which is not its own after a chroot. */
function isBackAt(root: number, cwd: number): boolean {
  const now = openDirectory('/');
  const [a, b] = [statusAt(now, ''), statusAt(root, '')];
  closeDescriptor(now);
  const moved = a?.inode !== b?.inode || a?.major !== b?.major || a?.device !== b?.device;
  if (moved && (c.fchdir(root) !== 0 || c.chroot('.') !== 0)) return false;
  return c.fchdir(cwd) === 0;
}

/**
 * The root directory of the mount namespace that a descriptor is for; it is closed with the directory.
 * @throws SystemError
 */
export function rootOfNamespace(namespace: number): HeldDirectory {
  return held(
    () => {
      if (c.setns(namespace, CLONE_NEWNS) !== 0) throw lastError('setns');
      // Not by /proc, which is the container's now.
      return namespace;
    },
    () => openDirectory('/'),
  );
}

/**
 * A new mount namespace in which `work` has mounted something; its descriptor. How mounts pass to others and theirs to it
 * is left as it was, but for what `work` makes private. @throws SystemError, and what `work` throws
 */
export function newMountNamespace(work: () => void): HeldDirectory {
  const namespace = (): number => openSync(own, constants.O_RDONLY);
  const { fd, close } = held(
    () => {
      if (c.unshare(CLONE_NEWNS) !== 0) throw lastError('unshare');
      return namespace();
    },
    () => {
      work();
      return namespace();
    },
  );
  return { fd, close };
}

/**
 * Has `work` mount something in a new mount namespace, of which nobody else sees anything, and open a directory in it.
 * The mounts go when it is closed, and with this process however that ends. @throws SystemError, and what `work` throws
 */
export function inPrivateMounts(work: () => number): HeldDirectory {
  return held(() => {
    if (c.unshare(CLONE_NEWNS) !== 0) throw lastError('unshare');
    makePrivate('/');
    return openSync(own, constants.O_RDONLY);
  }, work);
}

/**
 * Enters a mount namespace for good: for a process that was started for one thing and has no other thread that looks at
 * files. @throws SystemError
 */
export function enterMounts(namespace: number): void {
  if (c.unshare(CLONE_FS) !== 0) throw lastError('unshare');
  if (c.setns(namespace, CLONE_NEWNS) !== 0) throw lastError('setns');
}

// arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h
const pivotRootNumber = arch() === 'x64' ? 155 : 41;
const MNT_DETACH = 2;

/** A directory that every system has; in an empty root one that is made, and goes with it. */
function placeForRoot(): string {
  if (existsSync('/dev')) return '/dev';
  mkdirSync('/.root', { recursive: true });
  return '/.root';
}

/**
 * Makes a mount that is nowhere yet the root file system of this thread's mount namespace, for all processes that had the
 * old root as theirs, and takes the old one away. @throws SystemError
 */
export function replaceRoot(mount: number): void {
  // It must be mounted somewhere first.
  const place = openDirectory(placeForRoot());
  try {
    placeMount(mount, place, '/');
  } finally {
    closeDescriptor(place);
  }
  if (c.fchdir(mount) !== 0) throw lastError('fchdir');
  // The old root comes to lie on the new one, and goes (pivot_root(2), "pivot_root(\".\", \".\")").
  if (c.pivotRoot(pivotRootNumber, '.', '.') !== 0) throw lastError('pivot_root');
  if (c.umount2('.', MNT_DETACH) !== 0) throw lastError('umount');
  const root = openDirectory('/');
  try {
    if (c.fchdir(root) !== 0) throw lastError('fchdir');
  } finally {
    closeDescriptor(root);
  }
}
