// The files of this machine, looked up as they are asked for: to analyse one program where it is installed, without
// reading the whole disk first.
import {
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { parseElf } from '../../../formats/elf.ts';
import type { FileNode, FileTree } from '../../../image/file-tree.ts';
import type { LoaderView } from '../../library-search.ts';
import type { ElfFile } from '../../user-space.ts';

/** Larger files are no programs that are analysed, in bytes. */
const maxFile = 1 << 30;
const maxText = 1 << 20;

/** A view of the file system that a loader on this machine would have; `env` is the program's. */
export function liveFiles(
  env: Readonly<Record<string, string>>,
): LoaderView & { readonly tree: FileTree } {
  const known = new Map<string, ElfFile | undefined>();
  const elfAt = (path: string): ElfFile | undefined => {
    const real = realPath(path);
    if (real === undefined) return undefined;
    if (!known.has(real)) known.set(real, readElf(real));
    return known.get(real);
  };
  return {
    tree: liveTree,
    elves: { at: elfAt },
    env,
    text(path) {
      const bytes = readRegular(path, maxText);
      return bytes?.toString('utf8');
    },
  };
}

function readElf(path: string): ElfFile | undefined {
  const bytes = readRegular(path, maxFile);
  const facts = bytes && parseElf(bytes).value;
  return facts === undefined ? undefined : { path, facts };
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function readRegular(path: string, limit: number): Buffer | undefined {
  try {
    const stats = statSync(path);
    return stats.isFile() && stats.size <= limit ? readFileSync(path) : undefined;
  } catch {
    return undefined;
  }
}

function nodeOf(path: string, stats: Stats): FileNode {
  const type = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'symlink'
        : stats.isBlockDevice()
          ? 'block'
          : stats.isCharacterDevice()
            ? 'character'
            : stats.isFIFO()
              ? 'fifo'
              : 'socket';
  return {
    path,
    type,
    mode: stats.mode & 0o7777,
    uid: stats.uid,
    gid: stats.gid,
    size: type === 'file' ? stats.size : 0,
    mtime: Math.floor(stats.mtimeMs / 1000),
    ...(type === 'symlink' ? { linkTarget: readlinkSync(path) } : {}),
  };
}

const liveTree: FileTree = {
  stat(path, { follow = true } = {}) {
    const real = follow ? realPath(path) : path;
    if (real === undefined) return undefined;
    const stats = lstatSync(real, { throwIfNoEntry: false });
    return stats && nodeOf(real, stats);
  },
  list(path) {
    try {
      return readdirSync(path).sort();
    } catch {
      return [];
    }
  },
  // Nobody walks a whole machine for one program.
  walk: () => [],
  read: (path, limit) => Promise.resolve(readRegular(path, limit)),
};
