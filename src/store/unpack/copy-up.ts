// Copies a file or the description of a directory from a lower layer, as overlayfs does before it changes one.
import { constants, readSync } from 'node:fs';
import { systemError } from '../../sys/errno.ts';
import {
  closeDescriptor,
  fileTypes,
  makeNodeAt,
  openAt,
  readLinkAt,
  setMode,
  setModeAt,
  setOwner,
  setOwnerAt,
  setSize,
  setTimes,
  setTimesAt,
  statusAt,
  symlinkAt,
  writeAll,
} from '../../sys/file-calls.ts';
import { copyRange, dataRanges, shareBlocks } from '../../sys/file-copies.ts';
import { attributeNames, attributeOf, pathAt, setAttributeOf } from '../../sys/xattrs.ts';
import type { LowerFile } from './lower-layers.ts';

/** Attributes that say how a layer lies on others, and must not go to another one. */
export const ofOverlays = /^(?:(?:trusted|user)\.overlay\.|user\.fuseoverlayfs\.)/;

function copyAttributes(from: string, to: string): void {
  for (const name of attributeNames(from)) {
    // Security modules label what is made.
    if (ofOverlays.test(name) || name === 'security.selinux') continue;
    const value = attributeOf(from, name);
    if (value !== undefined) setAttributeOf(to, name, value);
  }
}

/** What a copy gets beside its status. */
export interface CopyUpOptions {
  /** Extended attributes; default true. */
  readonly attributes?: boolean;
}

/** Gives the directory `name` what the lower one is; its time too. @throws SystemError */
export function copyDescription(
  lower: LowerFile,
  directory: number,
  name: string,
  { attributes = true }: CopyUpOptions = {},
): void {
  const { status } = lower;
  setOwnerAt(directory, name, status.uid, status.gid);
  setModeAt(directory, name, status.mode & 0o7777);
  if (attributes) copyAttributes(pathAt(lower.directory, lower.name), pathAt(directory, name));
  setTimesAt(directory, name, status.mtime);
}

const chunk = Buffer.allocUnsafeSlow(256 * 1024);

/** Shares the blocks with the original or copies them, and leaves its holes. */
function copyBytes(from: number, to: number, size: number): void {
  if (size === 0 || shareBlocks(from, to)) return;
  for (const { start, end } of dataRanges(from, size)) {
    for (let at = start + copyRange(from, to, start, end - start); at < end; ) {
      const read = readSync(from, chunk, 0, Math.min(chunk.length, end - at), at);
      if (read === 0) break;
      writeAll(to, chunk.subarray(0, read), at);
      at += read;
    }
  }
  setSize(to, size);
}

/** Opens what is a file: whoever else has the tree may have put a pipe or a device in its place. @throws SystemError */
function openFile({ directory, name }: LowerFile): number {
  const fd = openAt(directory, name, constants.O_RDONLY | constants.O_NONBLOCK);
  const mode = statusAt(fd, '')?.mode ?? 0;
  if ((mode & fileTypes.mask) === fileTypes.file) return fd;
  closeDescriptor(fd);
  // EAGAIN: who tries again finds what is there then.
  throw systemError(11, 'open', name);
}

/** Copies anything but a directory. @throws SystemError EEXIST */
export function copyUp(
  lower: LowerFile,
  directory: number,
  name: string,
  { attributes = true }: CopyUpOptions = {},
): void {
  const { status } = lower;
  const type = status.mode & fileTypes.mask;
  if (type === fileTypes.file) {
    const from = openFile(lower);
    try {
      const to = openAt(
        directory,
        name,
        constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
        0o600,
      );
      try {
        copyBytes(from, to, status.size);
        setOwner(to, status.uid, status.gid);
        setMode(to, status.mode & 0o7777);
        if (attributes)
          copyAttributes(pathAt(lower.directory, lower.name), pathAt(directory, name));
        setTimes(to, status.mtime);
      } finally {
        closeDescriptor(to);
      }
    } finally {
      closeDescriptor(from);
    }
    return;
  }
  if (type === fileTypes.symlink) {
    symlinkAt(readLinkAt(lower.directory, lower.name) ?? '', directory, name);
  } else {
    makeNodeAt(directory, name, status.mode, status.major, status.minor);
    setModeAt(directory, name, status.mode & 0o7777);
  }
  setOwnerAt(directory, name, status.uid, status.gid);
  if (type !== fileTypes.symlink) setModeAt(directory, name, status.mode & 0o7777);
  if (attributes) copyAttributes(pathAt(lower.directory, lower.name), pathAt(directory, name));
  setTimesAt(directory, name, status.mtime);
}
