// Walks a directory on disk without ever leaving it: every directory is opened without following links and its children
// are named through the open descriptor (/proc/self/fd/N/name), so that a directory that is swapped for a link while we
// read leads nowhere.
import type { BigIntStats, PathLike } from 'node:fs';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  statfsSync,
} from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { decodeFileName, encodeFileName } from '../lib/file-name.ts';
import type { Limits } from '../lib/limits.ts';

/** Who hears of what a walk finds. */
export interface WalkOptions {
  readonly signal: AbortSignal;
  readonly limits: Limits;
  /** Nodes seen so far. */
  readonly onProgress?: ((nodes: number) => void) | undefined;
  /** Something below could not be read. */
  unreadable(path: string, cause: unknown): void;
  /**
   * Called for the root and every node below it, parents first, siblings by name.
   * @param access what the file system knows the node by, as long as the call lasts
   */
  visit(path: string, stats: BigIntStats, access: PathLike): void | Promise<void>;
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

/** Nodes between two moments in which Ctrl-C is heard. */
const breath = 64;

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/** Visits all below `root`. @throws PlimsollError PL0101, PL0107 */
export async function walkDirectory(
  root: string,
  { signal, limits, onProgress, unreadable, visit }: WalkOptions,
): Promise<void> {
  let nodes = 0;
  let nameBytes = 0;
  const exceeded = (name: keyof Limits, path: string): never => {
    throw new PlimsollError('PL0107', `the directory has more than ${limits[name]} ${name}`, {
      at: { target: root, path },
      help: `if the directory is trusted, raise the limit: --limit ${name}=${limits[name] * 2}`,
    });
  };
  const count = (path: string): void => {
    if (++nodes > limits.entries) exceeded('entries', path);
    nameBytes += path.length;
    if (nameBytes > limits.metadataBytes) exceeded('metadataBytes', path);
  };
  const breathe = async (): Promise<void> => {
    onProgress?.(nodes);
    await setImmediate();
    signal.throwIfAborted();
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
        count(child);
        if (nodes % breath === 0) await breathe();
        const visited = visit(child, stats, access);
        if (visited !== undefined) await visited;
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
    await visit('/', stats, root);
    await descend(top, '/', stats.dev, 0);
  } finally {
    closeSync(top);
  }
}

function isPseudo(access: PathLike, path: string): boolean {
  const type = statfsSync(access).type;
  return (
    pseudo.has(type) || (type === TMPFS_MAGIC && (path === '/dev' || path.startsWith('/dev/')))
  );
}

/** Whether a file is not there (any more). */
export function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

/** What the file system knows a path by: names may be other bytes than UTF-8. */
export function pathOf(path: string): PathLike {
  return path.isWellFormed() ? path : encodeFileName(path);
}
