// Reading a machine's files for a probe: below a root (the running system's, or a tree that holds another
// machine's), bounded in size and count, symbolic links resolved inside the root, every failure remembered.
// Reads are synchronous: hundreds of small files of /proc and /sys, which the kernel makes up at once.
import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statfsSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { baseName } from '../../lib/path.ts';

/** Files of the machine that is probed. Paths are absolute as that machine sees them. */
export interface HostReader {
  /** True when this is the running system, so that asking its kernel or running its programs makes sense. */
  readonly live: boolean;
  /** A text file, or undefined where there is none or it cannot be read (then `unread` knows why). */
  text(path: string, limit?: number): string | undefined;
  /** Bytes of a file, as for `text`. */
  bytes(path: string, limit?: number): Uint8Array | undefined;
  /** A gzip file's text, as for `text`. */
  gunzipped(path: string, limit?: number): string | undefined;
  /** Names in a directory, sorted; empty where there is none. At most `limit`. */
  list(path: string, limit?: number): readonly string[];
  /** What is at a path, without following a link there. */
  kind(path: string): 'file' | 'directory' | 'link' | 'device' | 'other' | undefined;
  /** Target of a symbolic link, as stored. */
  link(path: string): string | undefined;
  /** Permission bits and owner of what a path leads to. */
  mode(path: string): number | undefined;
  /** What changes when a file does: inode, size and times. Undefined where there is none. */
  identity(path: string): string | undefined;
  /** f_type of the file system below a path (statfs(2)), in a live system only. */
  fileSystemType(path: string): number | undefined;
  /** Files that exist and could not be read, with the reason: path → "EACCES". */
  readonly unread: ReadonlyMap<string, string>;
}

const textLimit = 1 << 20;
const listLimit = 65_536;
const linkLimit = 40;

/** Follows symbolic links as a process with `root` as its root directory would. Undefined on a loop. */
function resolveBelow(root: string, path: string): string | undefined {
  if (root === '/') return path;
  let rest = path.split('/').filter((part) => part !== '');
  let done: string[] = [];
  let links = 0;
  while (rest.length > 0) {
    const [part = '', ...after] = rest;
    rest = after;
    if (part === '.') continue;
    if (part === '..') {
      done.pop();
      continue;
    }
    const here = join(root, ...done, part);
    let target: string | undefined;
    try {
      if (lstatSync(here).isSymbolicLink()) target = readlinkSync(here);
    } catch {
      return join(root, ...done, part, ...rest);
    }
    if (target === undefined) {
      done.push(part);
      continue;
    }
    links += 1;
    if (links > linkLimit) return undefined;
    if (target.startsWith('/')) done = [];
    rest = [...target.split('/').filter((step) => step !== ''), ...rest];
  }
  return join(root, ...done);
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'error';
}

/** Reads at most `limit` bytes; files of /proc say size 0, so it reads until the end. */
function readUpTo(file: string, limit: number): Uint8Array {
  // O_NONBLOCK: a fifo or a device in a foreign tree must not hang the probe.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const chunks: Uint8Array[] = [];
    // Files of /proc come a page at a time however much is asked for, so one buffer serves all reads.
    const buffer = new Uint8Array(Math.min(limit, 65_536));
    let total = 0;
    while (total < limit) {
      const got = readSync(descriptor, buffer, 0, Math.min(buffer.length, limit - total), null);
      if (got === 0) break;
      chunks.push(buffer.slice(0, got));
      total += got;
    }
    return Buffer.concat(chunks, total);
  } finally {
    closeSync(descriptor);
  }
}

/** A reader below `root`. */
export function openReader(root: string): HostReader {
  const unread = new Map<string, string>();
  const attempt = <T>(path: string, action: (file: string) => T): T | undefined => {
    const file = resolveBelow(root, path);
    if (file === undefined) return undefined;
    try {
      return action(file);
    } catch (error) {
      const code = errorCode(error);
      // Not there, or a file of /proc that this kernel or process has no content for.
      if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'EISDIR') unread.set(path, code);
      return undefined;
    }
  };
  const readBytes = (path: string, limit = textLimit) =>
    attempt(path, (file) => {
      const status = lstatSync(file, { throwIfNoEntry: false });
      if (root !== '/' && status && !status.isFile()) return undefined;
      return readUpTo(file, limit);
    });
  return {
    live: root === '/',
    unread,
    bytes: readBytes,
    text: (path, limit) => {
      const bytes = readBytes(path, limit);
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
    },
    gunzipped: (path, limit = 4 << 20) => {
      const bytes = readBytes(path, limit);
      if (bytes === undefined) return undefined;
      try {
        return gunzipSync(bytes, { maxOutputLength: limit }).toString();
      } catch (error) {
        unread.set(path, errorCode(error));
        return undefined;
      }
    },
    list: (path, limit = listLimit) =>
      attempt(path, (file) => readdirSync(file).sort().slice(0, limit)) ?? [],
    kind: (path) => {
      const parent = resolveBelow(root, path.slice(0, path.lastIndexOf('/')) || '/');
      if (parent === undefined) return undefined;
      const file = join(parent, baseName(path));
      if (!existsSync(parent)) return undefined;
      try {
        const status = lstatSync(file);
        if (status.isFile()) return 'file';
        if (status.isDirectory()) return 'directory';
        if (status.isSymbolicLink()) return 'link';
        if (status.isCharacterDevice() || status.isBlockDevice()) return 'device';
        return 'other';
      } catch {
        return undefined;
      }
    },
    link: (path) => {
      try {
        return readlinkSync(root === '/' ? path : join(root, path));
      } catch {
        return undefined;
      }
    },
    mode: (path) => attempt(path, (file) => lstatSync(file).mode),
    identity: (path) =>
      attempt(path, (file) => {
        const { dev, ino, size, mtimeMs, ctimeMs } = lstatSync(file);
        return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
      }),
    fileSystemType: (path) =>
      root === '/' ? attempt(path, (file) => statfsSync(file).type) : undefined,
  };
}
