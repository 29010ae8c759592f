// mount(2) and umount(2). An overlay of many layers has options longer than the one page that mount(2) takes; from Linux
// 6.8 on its layers are given one by one (fsconfig(2), "lowerdir+"), before that their common beginning is put into a
// descriptor, so that 128 layers, more than any engine allows, fit the page.
import { spawnSync } from 'node:child_process';
import { systemError } from './errno.ts';
import { closeDescriptor, openDirectory } from './file-calls.ts';
import { cName, lastErrno, lastError, lazyFunction } from './libc.ts';
import { makeMount, moveMount } from './mount-objects.ts';

const c = {
  mount: lazyFunction('mount', 'int', [
    'const char *',
    'const char *',
    'const char *',
    'unsigned long',
    'const char *',
  ]),
  umount2: lazyFunction('umount2', 'int', ['const char *', 'int']),
};

/** One mount, in the words of mount(8). */
export interface MountCall {
  /** 'bind', 'fuse-overlayfs', or what /proc/filesystems calls it. */
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

// include/uapi/linux/mount.h
const flagOf: Readonly<Record<string, number>> = {
  rw: 0,
  ro: 1,
  nosuid: 2,
  nodev: 4,
  noexec: 8,
  noatime: 1024,
  bind: 4096,
  rbind: 4096 | 16384,
};
const MS_REMOUNT = 32;
const MS_BIND = 4096;
const MS_REC = 16384;
const MS_PRIVATE = 1 << 18;
const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;
/** mount(2) takes one page of options, its last byte a NUL. */
const pageBytes = 4095;

/**
 * Mounts over a directory. With `shortened` an overlay is mounted as on kernels that do not take its layers one by one.
 * @throws SystemError; Error where fuse-overlayfs fails
 */
export function mountAt(
  mount: MountCall,
  target: string,
  { shortened = false }: { readonly shortened?: boolean } = {},
): void {
  if (mount.type === 'fuse-overlayfs') {
    mountFuseOverlay(mount, target);
    return;
  }
  const data = mount.options.filter((option) => flagOf[option] === undefined);
  const flags = mount.options.reduce((all, option) => all | (flagOf[option] ?? 0), 0);
  if ((flags & MS_BIND) !== 0) {
    call(mount.source, target, 'none', flags & (4096 | 16384), '');
    // The flags of a bind mount count only when it is mounted again.
    const further = flags & ~(4096 | 16384);
    if (further !== 0) call('none', target, 'none', MS_REMOUNT | MS_BIND | further, '');
    return;
  }
  const text = data.join(',');
  if (mount.type !== 'overlay' || Buffer.byteLength(text) <= pageBytes) {
    call(mount.source, target, mount.type, flags, text);
    return;
  }
  if (shortened || !mountOneByOne(data, flags, target)) mountShortened(mount, data, flags, target);
}

/** Unmounts; what still uses it keeps it until it ends. Nothing where nothing is mounted. @throws SystemError */
export function unmount(target: string): void {
  if (c.umount2(cName(target), MNT_DETACH | UMOUNT_NOFOLLOW) === 0) return;
  const errno = lastErrno();
  // EINVAL: not a mount point. ENOENT: not there.
  if (errno !== 22 && errno !== 2) throw systemError(errno, 'umount', target);
}

/** Keeps what is mounted below a directory from other mount namespaces, and theirs from it. @throws SystemError */
export function makePrivate(target: string): void {
  call('none', target, 'none', MS_REC | MS_PRIVATE, '');
}

function call(source: string, target: string, type: string, flags: number, data: string): void {
  if (c.mount(cName(source), cName(target), cName(type), flags, cName(data)) !== 0)
    throw lastError('mount', target);
}

/** The layers of an overlay's lowerdir option, unescaped; the topmost first. */
export function lowerDirectories(option: string): readonly string[] {
  return [...option.slice('lowerdir='.length).matchAll(/(?:\\.|[^:\\])+/g)].map(([path]) =>
    unescaped(path),
  );
}

const unescaped = (text: string): string => text.replace(/\\(.)/g, '$1');

/** By mount objects; false where this kernel's overlays do not take layers one by one. @throws SystemError */
function mountOneByOne(options: readonly string[], flags: number, target: string): boolean {
  const taken = options.flatMap((option) => {
    if (option.startsWith('lowerdir='))
      return lowerDirectories(option).map((path) => `lowerdir+=${path}`);
    const equals = option.indexOf('=');
    return equals < 0
      ? [option]
      : [`${option.slice(0, equals)}=${unescaped(option.slice(equals + 1))}`];
  });
  let mounted: number;
  try {
    mounted = makeMount({
      type: 'overlay',
      options: [...taken, ...((flags & 1) === 0 ? [] : ['ro'])],
    });
  } catch {
    // Whoever tries the other way is told what is wrong.
    return false;
  }
  try {
    moveMount(mounted, target);
    return true;
  } finally {
    closeDescriptor(mounted);
  }
}

/** With /proc/self/fd/N in the place of what all layers' paths begin with. */
function mountShortened(
  { source, type }: MountCall,
  options: readonly string[],
  flags: number,
  target: string,
): void {
  const lower = options
    .filter((option) => option.startsWith('lowerdir='))
    .flatMap((option) => lowerDirectories(option));
  const [first = ''] = lower;
  let common = first;
  while (!lower.every((path) => path.startsWith(common)))
    common = common.slice(0, common.lastIndexOf('/', common.length - 2) + 1);
  const fd = openDirectory(common === first ? first.slice(0, first.lastIndexOf('/') + 1) : common);
  try {
    const short = lower.map((path) => `/proc/self/fd/${fd}/${path.slice(common.length)}`);
    const others = options.filter((option) => !option.startsWith('lowerdir='));
    call(source, target, type, flags, [`lowerdir=${short.join(':')}`, ...others].join(','));
  } finally {
    closeDescriptor(fd);
  }
}

/** By the program: it goes into the background once the mount is there. */
function mountFuseOverlay({ options }: MountCall, target: string): void {
  const { error, status, stderr } = spawnSync(
    'fuse-overlayfs',
    ['-o', options.filter((option) => option !== 'rw').join(','), target],
    { encoding: 'utf8' },
  );
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`fuse-overlayfs: ${stderr.trim() || `status ${status}`}`);
}
