// What the image has at a volume's destination is copied into the volume when that is empty, as docker does on first use.
//
// Another container may have the volume already and write to it while it is filled. So nothing is ever written by a path
// that leads through it: the copy is made beside it, in a folder that no container sees, and its entries are then renamed
// into it one by one, which follows no link. A copy that was finished and not moved by a kill is moved at the next start.
import { spawnSync } from 'node:child_process';
import { constants, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { hasCode } from '../../sys/errno.ts';
import {
  closeDescriptor,
  fileTypes,
  openAt,
  openDirectory,
  renameAt,
  setMode,
  setOwner,
  statusAt,
} from '../../sys/file-calls.ts';
import { withBelow } from './open-below.ts';

/** Moves what is in one folder into another, over nothing that is there. */
function moveEntries(from: string, to: number): void {
  const source = openDirectory(from);
  try {
    for (const name of readdirSync(from)) {
      if (statusAt(to, name) === undefined) renameAt(source, name, to, name);
    }
  } finally {
    closeDescriptor(source);
  }
  rmSync(from, { recursive: true, force: true });
}

/** Copies with owners, links, devices and attributes: cp knows all of them, in coreutils and busybox. */
function copyTree(source: number, target: string): void {
  // The child has the descriptor as number 3: it cannot be led elsewhere by a name.
  const { status, stderr, error } = spawnSync('cp', ['-a', '/proc/self/fd/3/.', target], {
    stdio: ['ignore', 'ignore', 'pipe', source],
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr.trim().split('\n')[0] ?? `cp ended with ${status}`);
}

/**
 * Fills a volume that is empty with what a root file system has at `path`; owner and mode of the directory too.
 * @throws PlimsollError PL0863
 */
export function copyUpVolume(folder: string, rootfs: string, path: string): void {
  const data = join(folder, '_data');
  const unfinished = join(folder, '_copy');
  const finished = join(folder, '_copied');
  const target = openDirectory(data);
  try {
    if (existsSync(finished)) moveEntries(finished, target);
    if (readdirSync(data).length > 0) return;
    rmSync(unfinished, { recursive: true, force: true });
    withBelow(rootfs, path, (fd) => {
      const found = statusAt(fd, '');
      if (found === undefined || (found.mode & fileTypes.mask) !== fileTypes.directory) return;
      // A descriptor to read from: the other one is for looking only.
      const source = openAt(fd, '.', constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        mkdirSync(unfinished, { mode: 0o700 });
        copyTree(source, unfinished);
      } finally {
        closeDescriptor(source);
      }
      const writable = openAt(target, '.', constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        setOwner(writable, found.uid, found.gid);
        setMode(writable, found.mode & 0o7777);
      } finally {
        closeDescriptor(writable);
      }
      renameSync(unfinished, finished);
      moveEntries(finished, target);
    });
  } catch (cause) {
    if (cause instanceof PlimsollError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const isFull = hasCode(cause, 'ENOSPC', 'EDQUOT') || reason.includes('No space left');
    throw new PlimsollError(
      isFull ? 'PL0702' : 'PL0863',
      `what the image has at ${path} could not be copied into the volume: ${reason}`,
      {
        at: { path: data },
        help: isFull
          ? 'make room: plimsoll system prune; or mount it with nocopy'
          : 'mount it with nocopy, or see what the message says of the file',
        cause,
      },
    );
  } finally {
    closeDescriptor(target);
  }
}
