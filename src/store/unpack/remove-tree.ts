import { readdirSync } from 'node:fs';
import { decodeFileName } from '../../lib/file-name.ts';
import { hasCode } from '../../sys/errno.ts';
import {
  closeDescriptor,
  linkAt,
  openDirectoryAt,
  renameAt,
  unlinkAt,
} from '../../sys/file-calls.ts';
import { pathAt } from '../../sys/xattrs.ts';

/** Names in an open directory. @throws SystemError */
export function namesIn(directory: number): readonly string[] {
  return readdirSync(pathAt(directory, '.'), { encoding: 'buffer' }).map((name) =>
    decodeFileName(name),
  );
}

/**
 * Removes what a name in a directory is, with all below it; links are removed and not followed. Nothing where it is
 * missing. @throws SystemError
 */
export function removeTreeAt(directory: number, name: string): void {
  try {
    unlinkAt(directory, name);
    return;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    // Linux says EISDIR for a directory, POSIX EPERM.
    if (!hasCode(error, 'EISDIR', 'EPERM')) throw error;
  }
  const inner = openDirectoryAt(directory, name);
  try {
    for (const child of namesIn(inner)) removeTreeAt(inner, child);
  } finally {
    closeDescriptor(inner);
  }
  unlinkAt(directory, name, true);
}

/** No file of an image is called so: it would be a whiteout. */
const besides = '.wh..plimsoll-link';

/**
 * Makes a hard link in place of whatever is there, be it a directory in which the file itself lies. @throws SystemError
 */
export function linkOver(from: number, name: string, to: number, newName: string): void {
  linkAt(from, name, to, besides);
  removeTreeAt(to, newName);
  renameAt(to, besides, to, newName);
}
