// A directory on disk as a tree: never out of its root, whatever its symbolic links say. Every directory is opened
// without following links and its children are named through the open descriptor (/proc/self/fd/N/name), so that a
// directory that is swapped for a link while we read leads nowhere.

import type { BigIntStats, PathLike } from 'node:fs';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  statfsSync,
} from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { problemList } from '../diag/problem-list.ts';
import { decodeFileName, encodeFileName } from '../lib/file-name.ts';
import type { Limits } from '../lib/limits.ts';
import { withLimits } from '../lib/limits.ts';
import { readFileCapabilities } from './file-capabilities.ts';
import type { FileNode } from './file-tree.ts';
import { tooLarge } from './merge.ts';
import type { Inspect, PayloadTree } from './payload-tree.ts';
import { TreeBuilder } from './tree-builder.ts';

export interface DirectoryTreeOptions<P> {
  readonly signal: AbortSignal;
  /** Called once for each inode of a regular file. */
  readonly inspect: Inspect<P>;
  readonly limits?: Partial<Limits>;
  /** Nodes seen so far. */
  readonly onProgress?: (nodes: number) => void;
}

/**
 * File systems that hold no files of a user space, by statfs(2) type (include/uapi/linux/magic.h): proc, sysfs, devpts,
 * cgroup, cgroup2, debugfs, tracefs, securityfs, bpf, mqueue, hugetlbfs, pstore, configfs, selinuxfs, binfmt_misc, autofs.
 */
const pseudo = new Set([
  0x9fa0, 0x62656572, 0x1cd1, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0xcafe4a11,
  0x19800202, 0x958458f6, 0x6165676c, 0x62656570, 0xf97cff8c, 0x42494e4d, 0x0187,
]);

/** devtmpfs has the type of tmpfs: told by its place. */
const TMPFS_MAGIC = 0x01021994;

/** Problems that are kept. */
const maximumProblems = 1000;

/** Nodes between two moments in which Ctrl-C is heard. */
const breath = 512;

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Reads the tree below `root`. What cannot be read becomes a problem. @throws PlimsollError PL0101, PL0107 */
export async function openDirectoryTree<P>(
  root: string,
  options: DirectoryTreeOptions<P>,
): Promise<PayloadTree<P>> {
  const { signal, onProgress } = options;
  const limits = withLimits(options.limits);
  const tree = new TreeBuilder<P>({ limits });
  const problems = problemList(maximumProblems);
  const inodes = new Map<string, string>();
  const programs: FileNode[] = [];
  let nodes = 0;
  let nameBytes = 0;

  const unreadable = (path: string, cause: unknown): void => {
    problems.add({
      code: 'PL0103',
      severity: 'warning',
      message: `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      at: { path },
    });
  };
  const exceeded = (name: keyof Limits, path: string): never => {
    throw new PlimsollError('PL0107', `the directory has more than ${limits[name]} ${name}`, {
      at: { target: root, path },
      help: `if the directory is trusted, raise the limit: --limit ${name}=${limits[name] * 2}`,
    });
  };

  const visit = async (access: PathLike, path: string, stats: BigIntStats): Promise<void> => {
    if (++nodes > limits.entries) exceeded('entries', path);
    nameBytes += path.length;
    if (nameBytes > limits.metadataBytes) exceeded('metadataBytes', path);
    if (nodes % breath === 0) {
      onProgress?.(nodes);
      await setImmediate();
      signal.throwIfAborted();
    }
    const node = nodeOf(path, stats, access);
    if (node.type !== 'file') {
      tree.put(node);
      return;
    }
    const inode = `${stats.dev}:${stats.ino}`;
    const first = stats.nlink > 1n ? inodes.get(inode) : undefined;
    if (first !== undefined && tree.link(node, first)) return;
    if (stats.nlink > 1n) inodes.set(inode, path);
    if ((node.mode & 0o111) !== 0) programs.push(node);
    tree.put(node, await inspectFile(access, node, stats, options.inspect, unreadable), {
      layer: 0,
      path,
    });
  };

  const descend = async (
    fd: number,
    path: string,
    device: bigint,
    depth: number,
  ): Promise<void> => {
    if (depth > limits.depth) exceeded('depth', path);
    const base = `/proc/self/fd/${fd}`;
    let names: string[];
    try {
      names = readdirSync(base, { encoding: 'buffer' })
        .map((name) => decodeFileName(name))
        .sort();
    } catch (cause) {
      unreadable(path, cause);
      return;
    }
    for (const name of names) {
      const child = path === '/' ? `/${name}` : `${path}/${name}`;
      try {
        const access = pathOf(`${base}/${name}`);
        const stats = lstatSync(access, { bigint: true });
        await visit(access, child, stats);
        if (!stats.isDirectory()) continue;
        if (stats.dev !== device && isPseudo(access, child)) continue;
        const below = openSync(access, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        try {
          await descend(below, child, stats.dev, depth + 1);
        } finally {
          closeSync(below);
        }
      } catch (cause) {
        if (cause instanceof PlimsollError || signal.aborted) throw cause;
        // A live tree changes while it is read: what has gone since is no problem.
        if (!isMissing(cause)) unreadable(child, cause);
      }
    }
  };

  let top: number;
  try {
    top = openSync(root, O_RDONLY | O_DIRECTORY);
  } catch (cause) {
    throw new PlimsollError('PL0101', `${root} is not a directory that can be read`, { cause });
  }
  try {
    const stats = fstatSync(top, { bigint: true });
    tree.put(nodeOf('/', stats, root));
    await descend(top, '/', stats.dev, 0);
    const capabilities = await readFileCapabilities(root, programs, signal);
    for (const node of capabilities.nodes) tree.replace(node);
    for (const problem of capabilities.problems) problems.add(problem);
  } finally {
    closeSync(top);
  }
  return tree.finish(async (files, limit) => {
    const found = new Map<string, Uint8Array>();
    for (const { path, stored } of files) {
      const bytes = readBelow(root, stored.path, limit);
      if (bytes !== undefined) found.set(path, bytes);
    }
    return found;
  }, problems.all());
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

/** What the file system knows a path by: names may be other bytes than UTF-8. */
function pathOf(path: string): PathLike {
  return path.isWellFormed() ? path : encodeFileName(path);
}

function isPseudo(access: PathLike, path: string): boolean {
  const type = statfsSync(access).type;
  return (
    pseudo.has(type) || (type === TMPFS_MAGIC && (path === '/dev' || path.startsWith('/dev/')))
  );
}

function typeOf(stats: BigIntStats): FileNode['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isBlockDevice()) return 'block';
  if (stats.isCharacterDevice()) return 'character';
  return stats.isFIFO() ? 'fifo' : 'socket';
}

function nodeOf(path: string, stats: BigIntStats, access: PathLike): FileNode {
  const type = typeOf(stats);
  const device = type === 'block' || type === 'character';
  const rdev = Number(stats.rdev);
  return {
    path,
    type,
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    size: type === 'file' ? Number(stats.size) : 0,
    mtime: Number(stats.mtimeMs) / 1000,
    ...(type === 'symlink'
      ? { linkTarget: decodeFileName(readlinkSync(access, { encoding: 'buffer' })) }
      : {}),
    // Linux's encoding of dev_t in stat: makedev(3).
    ...(device
      ? { device: { major: (rdev >> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >> 12) & 0xfff00) } }
      : {}),
  };
}

async function inspectFile<P>(
  access: PathLike,
  node: FileNode,
  stats: BigIntStats,
  inspect: Inspect<P>,
  unreadable: (path: string, cause: unknown) => void,
): Promise<P | undefined> {
  let fd: number | undefined;
  try {
    return await inspect({
      node,
      identity: `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`,
      read: async (limit = node.size) => {
        fd ??= openSync(access, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        return readFrom(fd, Math.min(limit, node.size));
      },
    });
  } catch (cause) {
    if (cause instanceof PlimsollError) throw cause;
    unreadable(node.path, cause);
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The first `length` bytes of a file, fewer when it has become shorter. */
function readFrom(fd: number, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const got = readSync(fd, bytes, filled, length - filled, filled);
    if (got === 0) break;
    filled += got;
  }
  return bytes.subarray(0, filled);
}

/** A file below root by a path without links, each directory opened without following any. */
function readBelow(root: string, path: string, limit: number): Uint8Array | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  let fd = openSync(root, O_RDONLY | O_DIRECTORY);
  try {
    for (const [index, part] of parts.entries()) {
      const last = index === parts.length - 1;
      const next = openSync(
        pathOf(`/proc/self/fd/${fd}/${part}`),
        O_RDONLY | O_NOFOLLOW | (last ? O_NONBLOCK : O_DIRECTORY),
      );
      closeSync(fd);
      fd = next;
    }
    const stats = fstatSync(fd);
    if (!stats.isFile()) return undefined;
    tooLarge(path, stats.size, limit);
    return readFrom(fd, stats.size);
  } catch (cause) {
    if (cause instanceof PlimsollError) throw cause;
    if (isMissing(cause)) return undefined;
    throw new PlimsollError('PL0103', `cannot be read: ${path}`, {
      at: { target: root, path },
      cause,
    });
  } finally {
    closeSync(fd);
  }
}
