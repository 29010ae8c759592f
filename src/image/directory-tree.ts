// A directory on disk as a tree: never out of its root, whatever its symbolic links say.

import type { BigIntStats, PathLike } from 'node:fs';
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { problemList } from '../diag/problem-list.ts';
import { decodeFileName } from '../lib/file-name.ts';
import type { Limits } from '../lib/limits.ts';
import { withLimits } from '../lib/limits.ts';
import { systemReason } from '../lib/system-reason.ts';
import { treeDigest } from './directory-digest.ts';
import { readFileCapabilities } from './file-capabilities.ts';
import type { FileNode } from './file-tree.ts';
import { tooLarge } from './merge.ts';
import type { Inspect, PayloadTree } from './payload-tree.ts';
import { TreeBuilder } from './tree-builder.ts';
import { isMissing, pathOf, walkDirectory } from './walk-directory.ts';

/** How a directory is read. */
export interface DirectoryTreeOptions<P> {
  readonly signal: AbortSignal;
  /** Called once for each inode of a regular file. */
  readonly inspect: Inspect<P>;
  readonly limits?: Partial<Limits>;
  /** Nodes seen so far. */
  readonly onProgress?: (nodes: number) => void;
}

/** The tree of a directory. */
export interface DirectoryTree<P> extends PayloadTree<P> {
  /** What directoryDigest gives as long as nothing changes. */
  readonly digest: string | undefined;
}

/** Problems that are kept. */
const maximumProblems = 1000;

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;

/** Reads the tree below `root`. What cannot be read becomes a problem. @throws PlimsollError PL0101, PL0107 */
export async function openDirectoryTree<P>(
  root: string,
  options: DirectoryTreeOptions<P>,
): Promise<DirectoryTree<P>> {
  const { signal, onProgress } = options;
  const limits = withLimits(options.limits);
  const tree = new TreeBuilder<P>({ limits });
  const problems = problemList(maximumProblems);
  const inodes = new Map<string, string>();
  const programs: FileNode[] = [];
  const digest = treeDigest();
  const unreadable = (path: string, cause: unknown): void => {
    problems.add({
      code: 'PL0103',
      severity: 'warning',
      message: `cannot be read: ${systemReason(cause)}`,
      at: { path },
    });
  };
  const visit = (path: string, stats: BigIntStats, access: PathLike): void | Promise<void> => {
    digest.add(path, stats);
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
    return inspectFile(access, node, stats, options.inspect, unreadable).then((payload) =>
      tree.put(node, payload),
    );
  };

  await walkDirectory(root, { signal, limits, onProgress, unreadable, visit });
  const capabilities = await readFileCapabilities(root, programs, signal);
  for (const node of capabilities.nodes) tree.replace(node);
  for (const problem of capabilities.problems) problems.add(problem);
  const finished = tree.finish(async (files, limit, take) => {
    for (const { path, stored } of files) {
      const bytes = readBelow(root, stored.path, limit);
      if (bytes !== undefined) await take(path, bytes);
    }
  }, problems.all());
  return { ...finished, digest: digest.finish() };
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
export function readBelow(root: string, path: string, limit: number): Uint8Array | undefined {
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
