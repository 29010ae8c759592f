// Mounts as objects (fsopen(2), fsmount(2), open_tree(2), move_mount(2), mount_setattr(2); Linux 5.2, attributes of binds
// 5.12): made where nobody sees them, then moved to their place, which is found by a descriptor and no path.
import { closeDescriptor } from './file-calls.ts';
import { cName, lastError, lazyFunction } from './libc.ts';

const six = ['long', 'long', 'long', 'long', 'long', 'long'];
const c = {
  plain: lazyFunction('syscall', 'long', six),
  fsopen: lazyFunction('syscall', 'long', ['long', 'const char *', 'long']),
  fsconfig: lazyFunction('syscall', 'long', [
    'long',
    'long',
    'long',
    'const char *',
    'const char *',
    'long',
  ]),
  openTree: lazyFunction('syscall', 'long', ['long', 'long', 'const char *', 'long']),
  moveMount: lazyFunction('syscall', 'long', [
    'long',
    'long',
    'const char *',
    'long',
    'const char *',
    'long',
  ]),
  setAttributes: lazyFunction('syscall', 'long', [
    'long',
    'long',
    'const char *',
    'long',
    'const void *',
    'long',
  ]),
  openInside: lazyFunction('syscall', 'long', [
    'long',
    'long',
    'const char *',
    'const void *',
    'long',
  ]),
};

// Numbers that all architectures share (include/uapi/asm-generic/unistd.h).
const numbers = {
  openTree: 428,
  moveMount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  openat2: 437,
  mountSetattr: 442,
};

// include/uapi/linux/mount.h
const CLOEXEC = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const OPEN_TREE_CLONE = 1;
const AT_EMPTY_PATH = 0x1000;
const AT_RECURSIVE = 0x8000;
const MOVE_MOUNT_EMPTY_PATH = 0x4;
const MOVE_MOUNT_EMPTY_PATHS = 0x4 | 0x40;
const O_CLOEXEC = 0o2000000;

/** MOUNT_ATTR_ flags by their words in mount(8). */
const attributes: Readonly<Record<string, number>> = {
  ro: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  noatime: 0x10,
  nodiratime: 0x80,
};

/** A mount that is nowhere yet; options in the words of mount(8), `bind` and `rbind` take what is at `source`. */
export interface MountObject {
  /** 'tmpfs', 'proc', 'overlay' …; bind or rbind for a part of what is there. */
  readonly type: string;
  readonly source?: string;
  readonly options?: readonly string[];
}

/** Makes the mount and gives its descriptor. @throws SystemError */
export function makeMount({ type, source, options = [] }: MountObject): number {
  const flags = options.reduce((all, option) => all | (attributes[option] ?? 0), 0);
  const data = options.filter((option) => attributes[option] === undefined && option !== 'rw');
  if (type === 'bind' || type === 'rbind') return cloneTree(source ?? '', type === 'rbind', flags);
  const context = c.fsopen(numbers.fsopen, cName(type), CLOEXEC);
  if (context < 0) throw lastError('fsopen', type);
  try {
    const set = (key: string, value: string | null): void => {
      const kind = value === null ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
      const name = value === null ? null : cName(value);
      if (c.fsconfig(numbers.fsconfig, context, kind, cName(key), name, 0) !== 0)
        throw lastError('fsconfig', value === null ? key : `${key}=${value}`);
    };
    set('source', source ?? type);
    for (const option of data) {
      const equals = option.indexOf('=');
      if (equals < 0) set(option, null);
      else set(option.slice(0, equals), option.slice(equals + 1));
    }
    if (c.fsconfig(numbers.fsconfig, context, FSCONFIG_CMD_CREATE, null, null, 0) !== 0)
      throw lastError('fsconfig', type);
    const mount = c.plain(numbers.fsmount, context, CLOEXEC, flags, 0, 0);
    if (mount < 0) throw lastError('fsmount', type);
    return mount;
  } finally {
    closeDescriptor(context);
  }
}

function cloneTree(source: string, recursive: boolean, flags: number): number {
  const how = OPEN_TREE_CLONE | O_CLOEXEC | (recursive ? AT_RECURSIVE : 0);
  const tree = c.openTree(numbers.openTree, -100, cName(source), how);
  if (tree < 0) throw lastError('open_tree', source);
  if (flags === 0) return tree;
  // struct mount_attr: set, clear, propagation, user namespace.
  const wanted = Buffer.alloc(32);
  wanted.writeUInt32LE(flags, 0);
  const at = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  if (c.setAttributes(numbers.mountSetattr, tree, '', at, wanted, wanted.length) === 0) return tree;
  const error = lastError('mount_setattr', source);
  closeDescriptor(tree);
  throw error;
}

/** Puts a mount on an open directory or file, of this thread's mount namespace. @throws SystemError */
export function placeMount(mount: number, target: number, path: string): void {
  if (c.moveMount(numbers.moveMount, mount, '', target, '', MOVE_MOUNT_EMPTY_PATHS) !== 0)
    throw lastError('move_mount', path);
}

/** The same, over a file or directory by its path, which must be our own. @throws SystemError */
export function moveMount(mount: number, target: string): void {
  const moved = c.moveMount(
    numbers.moveMount,
    mount,
    '',
    -100,
    cName(target),
    MOVE_MOUNT_EMPTY_PATH,
  );
  if (moved !== 0) throw lastError('move_mount', target);
}

const RESOLVE_IN_ROOT = 0x10;

/**
 * Opens a path as if the directory `root` were the root directory: no link and no `..` leads out (openat2(2), Linux 5.6).
 * @throws SystemError
 */
export function openInside(root: number, path: string, flags: number, mode = 0): number {
  // struct open_how: flags, mode, resolve; mode counts only for files that are made.
  const how = Buffer.alloc(24);
  how.writeUInt32LE(flags | O_CLOEXEC, 0);
  how.writeUInt32LE((flags & 0o100) === 0 ? 0 : mode, 8);
  how.writeUInt32LE(RESOLVE_IN_ROOT, 16);
  const fd = c.openInside(numbers.openat2, root, cName(path), how, how.length);
  if (fd < 0) throw lastError('openat2', path);
  return fd;
}
