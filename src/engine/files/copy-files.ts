// Copies files from one tree to another, both held open: every name is opened in the directory before it, and a link is
// copied as a link. What a tree's own processes put in the place of a file meanwhile is never followed nor waited for.
import { constants } from 'node:fs';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { interrupted } from '../../image/interrupted.ts';
import type { Owner } from '../../lib/owner.ts';
import { copyDescription, copyUp } from '../../store/unpack/copy-up.ts';
import { namesIn } from '../../store/unpack/remove-tree.ts';
import {
  closeDescriptor,
  type FileStatus,
  fileTypes,
  makeDirectoryAt,
  openAt,
  openDirectoryAt,
  statusAt,
  unlinkAt,
} from '../../sys/file-calls.ts';
import { isDirectory, type Place } from './place.ts';

/** How files are copied. */
export interface CopyRules {
  /** Whose a copy is, by whose the original is. */
  owner(of: Owner): Owner;
  /**
   * Copies are no more than data: no devices, no setuid and setgid, no attributes. A container must not hand the machine
   * a program of root's.
   */
  readonly dataOnly: boolean;
  readonly signal: AbortSignal;
  /** Told of what was not copied. */
  onLeftOut(path: string, why: string): void;
  /** Told of bytes that were copied. */
  onCopied(bytes: number): void;
}

function wrong(message: string): PlimsollError {
  return new PlimsollError('PL0871', message, {
    help: 'name another place, or remove what is there',
  });
}

const special = 0o6000;

/** The status that the copy gets. */
function statusOfCopy(status: FileStatus, { owner, dataOnly }: CopyRules): FileStatus {
  return {
    ...status,
    ...owner(status),
    ...(dataOnly && !isDirectory(status) ? { mode: status.mode & ~special } : {}),
  };
}

/** Copies what is at a place to a name in a directory. @throws PlimsollError PL0871, PL0002; SystemError */
export function copyFiles(from: Place, directory: number, name: string, rules: CopyRules): void {
  if (rules.signal.aborted) throw interrupted(rules.signal);
  const { status } = from;
  if (status === undefined) return;
  const there = statusAt(directory, name);
  if (isDirectory(status)) {
    copyDirectory({ ...from, status }, directory, name, there, rules);
    return;
  }
  if (isDirectory(there))
    throw wrong(`cannot overwrite directory "${name}" with non-directory "${from.path}"`);
  const type = status.mode & fileTypes.mask;
  if (rules.dataOnly && type !== fileTypes.file && type !== fileTypes.symlink) {
    rules.onLeftOut(from.path, 'devices, pipes and sockets are not copied out of containers');
    return;
  }
  if (there !== undefined) unlinkAt(directory, name);
  const lower = { status: statusOfCopy(status, rules), directory: from.directory, name: from.name };
  copyUp(lower, directory, name, { attributes: !rules.dataOnly });
  if (type === fileTypes.file) rules.onCopied(status.size);
}

function copyDirectory(
  from: Place & { readonly status: FileStatus },
  directory: number,
  name: string,
  there: FileStatus | undefined,
  rules: CopyRules,
): void {
  if (there !== undefined && !isDirectory(there))
    throw wrong(`cannot overwrite non-directory "${name}" with directory "${from.path}"`);
  const source = openDirectoryAt(from.directory, from.name);
  try {
    if (there === undefined) makeDirectoryAt(directory, name, 0o700);
    const target = openDirectoryAt(directory, name);
    try {
      copyContent(source, from.path, target, rules);
    } finally {
      closeDescriptor(target);
    }
    if (there === undefined) {
      const status = statusOfCopy(from.status, rules);
      const lower = { status, directory: source, name: '.' };
      copyDescription(lower, directory, name, { attributes: !rules.dataOnly });
    }
  } finally {
    closeDescriptor(source);
  }
}

/** Copies all that is in one open directory into another. @throws as copyFiles */
export function copyContent(source: number, path: string, target: number, rules: CopyRules): void {
  for (const child of namesIn(source)) {
    const status = statusAt(source, child);
    if (status === undefined) continue;
    const at = path.endsWith('/') ? `${path}${child}` : `${path}/${child}`;
    copyFiles({ directory: source, name: child, path: at, status }, target, child, rules);
  }
}

/** Opens the directory at a place for what is in it. @throws SystemError */
export function openPlace({ directory, name }: Place): number {
  return openAt(directory, name, constants.O_RDONLY | constants.O_DIRECTORY);
}
