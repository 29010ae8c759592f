// Which ways of stacking layers work in a place. What can be tried is tried, since kernels, file systems and containers
// differ in more ways than a table could hold: an overlay is mounted for a moment in the store's own folder.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { systemReason } from '../../lib/system-reason.ts';
import { hasCode } from '../../sys/errno.ts';
import { hasFileTypes } from '../../sys/file-calls.ts';
import { type FileLock, tryLockFile } from '../../sys/file-lock.ts';
import { findProgram } from '../../sys/find-program.ts';
import { mountAt, unmount } from '../../sys/mounts.ts';
import { inUserNamespace } from '../../sys/user-namespace.ts';
import { setAttributeOf } from '../../sys/xattrs.ts';
import { overlayDriver } from './overlay-driver.ts';
import type { DriverName } from './snapshotter.ts';

/** Whether a driver works in a place, or why not. */
export type Probe = { readonly works: true } | { readonly works: false; readonly reason: string };

/** Numbers of file systems (include/uapi/linux/magic.h; zfs's own). */
const fileSystems: ReadonlyMap<number, string> = new Map([
  [0x9123683e, 'btrfs'],
  [0x2fc12fc1, 'zfs'],
  [0x794c7630, 'overlay'],
  [0x6969, 'nfs'],
  [0xf15f, 'ecryptfs'],
  [0x61756673, 'aufs'],
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x01021994, 'tmpfs'],
  [0x65735546, 'fuse'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'cifs'],
  [0x47504653, 'gpfs'],
  [0x0bd00bd0, 'lustre'],
]);

/** What the file system that holds a folder is called; its number where nobody knows a name. */
export function fileSystemOf(folder: string): string {
  const { type } = statfsSync(folder);
  return fileSystems.get(type) ?? `0x${type.toString(16)}`;
}

const no = (reason: string): Probe => ({ works: false, reason });
const yes: Probe = { works: true };

/** File systems that cannot be an overlay's upper layer, whatever a first try says. */
const noUpper = new Set([
  'overlay',
  'nfs',
  'ecryptfs',
  'aufs',
  'fuse',
  'cifs',
  'gpfs',
  'lustre',
  'zfs',
]);

/** Whether layers can be stacked in this way in `folder`, which is there. */
export function probeDriver(driver: DriverName, folder: string, path: string | undefined): Probe {
  switch (driver) {
    case 'vfs':
      return yes;
    case 'btrfs':
    case 'zfs': {
      const found = fileSystemOf(folder);
      if (found !== driver) return no(`${folder} is on ${found}`);
      if (inUserNamespace()) return no(`${driver} needs root of this machine`);
      return driver === 'zfs' && findProgram('zfs', path) === undefined
        ? no('the program zfs is not installed')
        : yes;
    }
    case 'fuse-overlayfs':
      if (findProgram('fuse-overlayfs', path) === undefined)
        return no('the program fuse-overlayfs is not installed');
      if (statSync('/dev/fuse', { throwIfNoEntry: false }) === undefined)
        return no('there is no /dev/fuse');
      return remembered(folder, true);
    case 'overlay': {
      const found = fileSystemOf(folder);
      // zfs can from its release 2.2 on; the try tells.
      if (noUpper.has(found) && found !== 'zfs')
        return no(`${folder} is on ${found}, which cannot carry an overlay`);
      if (!hasFileTypes(folder))
        return no(`${folder} is on ${found} without d_type (mkfs.xfs -n ftype=1 makes it so)`);
      return remembered(folder, false);
    }
  }
}

/**
 * As `tried`, but a try that went well counts until the kernel is another: unmounting flushes the whole file system,
 * which takes tens of milliseconds.
 */
function remembered(folder: string, fuse: boolean): Probe {
  const file = join(folder, fuse ? 'works-fuse-overlayfs' : 'works-overlay');
  const here = `${release()} ${inUserNamespace() ? 'user' : 'root'}\n`;
  try {
    if (readFileSync(file, 'utf8') === here) return yes;
  } catch {
    // Not tried yet.
  }
  const found = tried(folder, fuse);
  if (found.works) writeFileSync(file, here, { mode: 0o600 });
  else rmSync(file, { force: true });
  return found;
}

const tryPrefix = 'try-';

/** The lock of such a folder; undefined when another has it, or has removed the folder. */
function lockOf(place: string): FileLock | undefined {
  try {
    return tryLockFile(join(place, 'lock'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Folders in which overlays were or are tried. */
export function triesIn(folder: string): readonly string[] {
  const found = existsSync(folder) ? readdirSync(folder) : [];
  return found.filter((name) => name.startsWith(tryPrefix)).map((name) => join(folder, name));
}

/** Removes what killed processes left of trying, mounts included. */
export function removeTries(folder: string): void {
  for (const place of triesIn(folder)) {
    const lock = lockOf(place);
    // Somebody is trying there, or has just ended.
    if (lock === undefined) continue;
    try {
      unmount(join(place, 'merged'));
    } catch {
      // It was not mounted, or there is no such folder yet.
    }
    rmSync(place, { recursive: true, force: true });
    lock.release();
  }
}

/** Mounts an overlay of two layers and writes to it. */
function tried(folder: string, fuse: boolean): Probe {
  const place = mkdtempSync(join(folder, tryPrefix));
  const target = join(place, 'merged');
  const lock = lockOf(place);
  // Taken for a left-over in the moment before it was locked.
  if (lock === undefined) return tried(folder, fuse);
  try {
    const driver = overlayDriver({
      folder: place,
      fuse,
      userAttributes: inUserNamespace(),
      volatile: false,
      mountOptions: overlayMountOptions(fuse),
    });
    for (const id of [1, 2, 3]) mkdirSync(driver.directory(id), { recursive: true });
    mkdirSync(join(place, '3', 'work'));
    mkdirSync(target);
    writeFileSync(join(driver.directory(1), 'lower'), 'x');
    for (const attribute of driver.opaqueAttributes)
      setAttributeOf(driver.directory(3), attribute, Buffer.from('y'));
    const [mount] = driver.mounts({ id: 3, kind: 'active', parents: [2, 1] });
    if (mount === undefined) return no('no mount');
    mountAt(mount, target);
    try {
      // Copies a file up and hides it: what needs extended attributes and device 0:0.
      writeFileSync(join(target, 'lower'), 'y');
      rmSync(join(target, 'lower'));
    } finally {
      unmount(target);
    }
    return yes;
  } catch (error) {
    return no(error instanceof Error && 'code' in error ? systemReason(error) : String(error));
  } finally {
    rmSync(place, { recursive: true, force: true });
    lock.release();
  }
}

/** Options by which overlays are the plain ones that other tools read, where this kernel knows them. */
export function overlayMountOptions(fuse: boolean): readonly string[] {
  if (fuse) return [];
  if (inUserNamespace()) return ['userxattr'];
  return ['index', 'metacopy', 'redirect_dir'].flatMap((name) =>
    statSync(`/sys/module/overlay/parameters/${name}`, { throwIfNoEntry: false }) === undefined
      ? []
      : [`${name}=off`],
  );
}
