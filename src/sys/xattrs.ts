// Extended attributes, of open files and of names in a directory. There is no call for a name relative to a directory
// before Linux 6.13, so /proc/self/fd stands for the directory.
import { decodeFileName } from '../lib/file-name.ts';
import { systemError } from './errno.ts';
import { cName, lastErrno, lazyFunction } from './libc.ts';

const c = {
  fsetxattr: lazyFunction('fsetxattr', 'int', [
    'int',
    'const char *',
    'const void *',
    'size_t',
    'int',
  ]),
  lsetxattr: lazyFunction('lsetxattr', 'int', [
    'const char *',
    'const char *',
    'const void *',
    'size_t',
    'int',
  ]),
  llistxattr: lazyFunction('llistxattr', 'intptr_t', ['const char *', 'void *', 'size_t']),
  lgetxattr: lazyFunction('lgetxattr', 'intptr_t', [
    'const char *',
    'const char *',
    'void *',
    'size_t',
  ]),
  lremovexattr: lazyFunction('lremovexattr', 'int', ['const char *', 'const char *']),
};

// XATTR_SIZE_MAX, XATTR_LIST_MAX (include/uapi/linux/limits.h)
const largest = 65_536;
const room = Buffer.allocUnsafeSlow(largest);

const ENODATA = 61;
const EOPNOTSUPP = 95;

/** A name in a directory that is known by its descriptor, as a path; '.' for the directory itself. */
export function pathAt(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`;
}

/** Sets an attribute of an open file (not of an O_PATH descriptor). @throws SystemError */
export function setAttribute(fd: number, name: string, value: Uint8Array): void {
  if (c.fsetxattr(fd, cName(name), value, value.length, 0) !== 0)
    throw systemError(lastErrno(), 'fsetxattr', name);
}

/** Sets an attribute of what the path names, a link itself. @throws SystemError */
export function setAttributeOf(path: string, name: string, value: Uint8Array): void {
  if (c.lsetxattr(cName(path), cName(name), value, value.length, 0) !== 0)
    throw systemError(lastErrno(), 'lsetxattr', name);
}

/** Takes an attribute away; nothing when it is not there. @throws SystemError */
export function removeAttributeOf(path: string, name: string): void {
  if (c.lremovexattr(cName(path), cName(name)) === 0) return;
  const errno = lastErrno();
  if (errno !== ENODATA) throw systemError(errno, 'lremovexattr', name);
}

/** Names of the attributes of what the path names; none where the file system has no attributes. @throws SystemError */
export function attributeNames(path: string): readonly string[] {
  const length = c.llistxattr(cName(path), room, room.length);
  if (length < 0) {
    const errno = lastErrno();
    if (errno === EOPNOTSUPP) return [];
    throw systemError(errno, 'llistxattr', path);
  }
  if (length === 0) return [];
  return decodeFileName(room, 0, length - 1).split('\0');
}

/** An attribute's value; undefined where it is not there. @throws SystemError */
export function attributeOf(path: string, name: string): Buffer | undefined {
  const length = c.lgetxattr(cName(path), cName(name), room, room.length);
  if (length >= 0) return Buffer.from(room.subarray(0, length));
  const errno = lastErrno();
  if (errno === ENODATA || errno === EOPNOTSUPP) return undefined;
  throw systemError(errno, 'lgetxattr', name);
}
