// Device nodes of this machine, for --device and --privileged.
import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import type { DeviceGrant } from './container-config.ts';

/** Folders of /dev that every container has of its own, or that hold no devices (moby pkg devices.HostDevices). */
const ownFolders = new Set(['pts', 'shm', 'fd', 'mqueue', '.lxc', '.lxd-mounts', '.udev']);

/** Numbers as glibc packs them in st_rdev (sys/sysmacros.h, gnu_dev_major). */
function numbersOf(rdev: number): { readonly major: number; readonly minor: number } {
  const packed = BigInt(rdev);
  const major = ((packed >> 8n) & 0xfffn) | ((packed >> 32n) & 0xfffff000n);
  const minor = (packed & 0xffn) | ((packed >> 12n) & 0xffffff00n);
  return { major: Number(major), minor: Number(minor) };
}

/** What a device of this machine is in a container, at another path. */
export function grantOf(path: string, stats: Stats, access: string): DeviceGrant {
  return {
    device: {
      path,
      type: stats.isBlockDevice() ? 'b' : 'c',
      ...numbersOf(stats.rdev),
      fileMode: stats.mode & 0o777,
      uid: stats.uid,
      gid: stats.gid,
    },
    access,
  };
}

function isDevice(stats: Stats): boolean {
  return stats.isBlockDevice() || stats.isCharacterDevice();
}

/**
 * A device as --device names it: HOST[:CONTAINER[:ACCESS]].
 * @throws PlimsollError PL0805 where there is no such device, PL0001 for a text of another form
 */
export function deviceNamed(text: string): DeviceGrant {
  const [path = '', second, third] = text.split(':');
  const onlyAccess = second !== undefined && third === undefined && /^[rwm]+$/.test(second);
  const inside = second === undefined || onlyAccess ? path : second;
  const access = onlyAccess ? second : (third ?? 'rwm');
  if (!path.startsWith('/') || !inside.startsWith('/') || !/^[rwm]{1,3}$/.test(access)) {
    throw new PlimsollError(
      'PL0001',
      `invalid argument ${JSON.stringify(text)} for --device: expected a path, perhaps with another in the container and an access`,
      { help: 'write it as /dev/fuse, /dev/sda:/dev/xvda:r' },
    );
  }
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch (cause) {
    throw new PlimsollError('PL0805', `${path} is no device here: ${systemReason(cause)}`, {
      at: { path },
      help: 'load the module that makes it on this machine, or leave the option out',
      cause,
    });
  }
  if (isDevice(stats)) return grantOf(posix.normalize(inside), stats, access);
  throw new PlimsollError('PL0805', `${path} is no device: expected a block or character device`, {
    at: { path },
    help: 'to share a file or folder: --volume',
  });
}

/** Every device below /dev, for a privileged container. */
export function hostDevices(root = '/dev'): readonly DeviceGrant[] {
  const found: DeviceGrant[] = [];
  const visit = (folder: string, top: boolean): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!top || !ownFolders.has(entry.name)) visit(path, false);
        continue;
      }
      const stats = lstatSync(path, { throwIfNoEntry: false });
      // A console of the container's own comes from its terminal.
      if (stats !== undefined && isDevice(stats) && path !== '/dev/console')
        found.push(grantOf(path, stats, 'rwm'));
    }
  };
  visit(root, true);
  return found;
}
