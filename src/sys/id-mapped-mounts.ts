// Mounts that show files as other users' than they are on disk (mount_setattr(2), MOUNT_ATTR_IDMAP): a container whose
// users are mapped sees its image's root as its own, and what it writes is the image's root's again on disk. Directories
// since Linux 5.12 (file system by file system), the layers of an overlay since 5.19.
//
// An overlay itself cannot be mapped, its layers can: each is cloned, mapped, and put into a mount namespace of a moment,
// where the overlay is made of them. It keeps its layers, so nothing else has to stay.
import { spawn } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { closeDescriptor } from './file-calls.ts';
import { lastError, lazyFunction } from './libc.ts';
import { inPrivateMounts } from './mount-namespace.ts';
import { makeMount, moveMount } from './mount-objects.ts';
import { lowerDirectories, type MountCall, mountAt } from './mounts.ts';
import type { IdMapping } from './subordinate-ids.ts';

const c = {
  mountSetAttributes: lazyFunction('syscall', 'long', [
    'long',
    'long',
    'const char *',
    'long',
    'void *',
    'long',
  ]),
};

// Numbers that all architectures share (include/uapi/asm-generic/unistd.h).
const numbers = { mountSetAttributes: 442 };
// include/uapi/linux/mount.h, fcntl.h
const AT_EMPTY_PATH = 0x1000;
const MOUNT_ATTR_IDMAP = 0x100000n;
/** struct mount_attr, first version: attr_set, attr_clr, propagation, userns_fd. */
const attributeBytes = 32;

/** Which ids of the file system are which of those who look: `inside` on disk, `outside` in the mount. */
export interface MountIdMap {
  readonly users: readonly IdMapping[];
  readonly groups: readonly IdMapping[];
}

/** A user namespace that nobody is in. */
export interface HeldNamespace {
  readonly fd: number;
  close(): void;
}

const mapText = (mappings: readonly IdMapping[]): string =>
  mappings.map(({ inside, outside, count }) => `${inside} ${outside} ${count}\n`).join('');

/**
 * Makes a user namespace with these ids, by a process that waits in it for a moment.
 * @param unshare util-linux's program
 * @throws Error where it cannot be made; SystemError where the ids are not ours to give
 */
export async function holdUserNamespace(map: MountIdMap, unshare: string): Promise<HeldNamespace> {
  const child = spawn(unshare, ['--user', 'sh', '-c', 'echo; read -r end'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  try {
    await new Promise<void>((settle, reject) => {
      let complaint = '';
      child.stderr.on('data', (bytes: Buffer) => {
        complaint += bytes.toString();
      });
      child.stdout.once('data', () => settle());
      child.once('error', reject);
      child.once('exit', () => reject(new Error(complaint.trim() || 'unshare ended at once')));
    });
    writeFileSync(`/proc/${child.pid}/uid_map`, mapText(map.users));
    writeFileSync(`/proc/${child.pid}/gid_map`, mapText(map.groups));
    const fd = openSync(`/proc/${child.pid}/ns/user`, constants.O_RDONLY);
    return { fd, close: () => closeSync(fd) };
  } finally {
    child.kill('SIGKILL');
  }
}

/** A mount of its own of a directory, not yet anywhere, with its ids mapped. @throws SystemError */
function mappedClone(path: string, userNamespace: number): number {
  const fd = makeMount({ type: 'bind', source: path });
  const attributes = Buffer.alloc(attributeBytes);
  attributes.writeBigUInt64LE(MOUNT_ATTR_IDMAP, 0);
  attributes.writeBigUInt64LE(BigInt(userNamespace), 24);
  const set = c.mountSetAttributes(
    numbers.mountSetAttributes,
    fd,
    '',
    AT_EMPTY_PATH,
    attributes,
    attributeBytes,
  );
  if (set === 0) return fd;
  const error = lastError('mount_setattr', path);
  closeDescriptor(fd);
  throw error;
}

/**
 * As mountAt, with the ids mapped of what is mounted.
 * @param scratch a directory that is there, over which things are mounted where nobody sees it
 * @throws SystemError EINVAL, EPERM or ENOSYS where kernel or file system cannot
 */
export function mountMapped(
  mount: MountCall,
  target: string,
  userNamespace: number,
  scratch: string,
): void {
  if (mount.type !== 'overlay') {
    const fd = mappedClone(mount.source, userNamespace);
    try {
      moveMount(fd, target);
    } finally {
      closeDescriptor(fd);
    }
    return;
  }
  const made = inPrivateMounts(() => {
    mountAt({ type: 'tmpfs', source: 'none', options: ['mode=0700'] }, scratch);
    let count = 0;
    const mapped = (directory: string): string => {
      const place = join(scratch, String(count++));
      mkdirSync(place);
      const fd = mappedClone(directory, userNamespace);
      try {
        moveMount(fd, place);
      } finally {
        closeDescriptor(fd);
      }
      return place;
    };
    const options = mappedLayers(mount.options, mapped);
    const place = join(scratch, 'whole');
    mkdirSync(place);
    mountAt({ ...mount, options }, place);
    return makeMount({ type: 'bind', source: place });
  });
  try {
    moveMount(made.fd, target);
  } finally {
    made.close();
  }
}

/** The options of an overlay with its layers in other places. Its upper and work directory must be on one mount. */
function mappedLayers(
  options: readonly string[],
  mapped: (directory: string) => string,
): readonly string[] {
  let upper: { readonly parent: string; readonly place: string } | undefined;
  const beside = (path: string): string => {
    const parent = dirname(path);
    upper ??= { parent, place: mapped(parent) };
    if (upper.parent !== parent) throw new Error('upper and work directory are not side by side');
    return join(upper.place, path.slice(parent.length + 1));
  };
  return options.map((option) => {
    const equals = option.indexOf('=');
    const key = option.slice(0, equals);
    if (key === 'lowerdir') return `lowerdir=${lowerDirectories(option).map(mapped).join(':')}`;
    if (key !== 'upperdir' && key !== 'workdir') return option;
    const [path = ''] = lowerDirectories(`lowerdir=${option.slice(equals + 1)}`);
    return `${key}=${beside(path)}`;
  });
}
