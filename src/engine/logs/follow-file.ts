// A log file from a place that was reached before, on through its rotations: who is killed goes on where it was.
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { type LogLine, lineCutter, parseLogLine } from './log-file.ts';

/** How far a log was read: a file and a place in it. */
export interface LogPlace {
  readonly inode: number;
  readonly offset: number;
}

/** A line, and the place after it. */
export interface PlacedLine {
  readonly line: LogLine;
  readonly end: LogPlace;
}

/** Reads on from where it was. */
export interface LogFollower {
  /** The next lines; none where there is nothing new. */
  next(): readonly PlacedLine[];
  /** Bytes of the file that were not read yet. */
  behind(): number;
  /** Leaves out what is more than so many bytes before the end. */
  skipTo(bytes: number): void;
  close(): void;
}

const chunkBytes = 65_536;
/** How many files of a rotation are looked through for the one that was read. */
const mostFiles = 100;

interface Open {
  readonly fd: number;
  readonly inode: number;
  offset: number;
  cut: ReturnType<typeof lineCutter>;
  /** Bytes that were handed out as lines, with those that were none. */
  told: number;
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** Follows the log at a path, from a place if it is still there; else from its beginning. */
export function followLog(path: () => string, from: LogPlace | undefined): LogFollower {
  let file: Open | undefined;
  let last = from;
  const open = (name: string, offset: number): Open | undefined => {
    try {
      const fd = openSync(name, 'r');
      return { fd, inode: fstatSync(fd).ino, offset, told: offset, cut: lineCutter() };
    } catch {
      return undefined;
    }
  };
  /** The file that was read is `path`, or one that it was renamed to; the next is the one before that. */
  const nextFile = (): Open | undefined => {
    const names = [path(), ...Array.from({ length: mostFiles }, (_, at) => `${path()}.${at + 1}`)];
    for (const [at, name] of names.entries()) {
      const inode = inodeOf(name);
      if (at > 0 && inode === undefined) break;
      if (last === undefined || inode !== last.inode) continue;
      if (file === undefined) return open(name, last.offset);
      const newer = names[at - 1];
      return newer === undefined ? undefined : open(newer, 0);
    }
    return inodeOf(path()) === undefined ? undefined : open(path(), 0);
  };
  return {
    next() {
      file ??= nextFile();
      if (file === undefined) return [];
      const buffer = Buffer.alloc(chunkBytes);
      for (;;) {
        const read = readSync(file.fd, buffer, 0, buffer.length, file.offset);
        if (read === 0) {
          if (inodeOf(path()) === file.inode) return [];
          const newer = nextFile();
          if (newer === undefined) return [];
          closeSync(file.fd);
          file = newer;
          last = { inode: file.inode, offset: 0 };
          continue;
        }
        file.offset += read;
        const lines: PlacedLine[] = [];
        for (const bytes of file.cut(buffer.subarray(0, read))) {
          file.told += bytes.length + 1;
          const line = parseLogLine(bytes);
          last = { inode: file.inode, offset: file.told };
          if (line !== undefined) lines.push({ line, end: last });
        }
        if (lines.length > 0) return lines;
      }
    },
    behind() {
      file ??= nextFile();
      return file === undefined ? 0 : Math.max(0, fstatSync(file.fd).size - file.offset);
    },
    skipTo(bytes) {
      if (file === undefined) return;
      // Into the middle of a line, which is none then and is passed over.
      file.offset = Math.max(file.offset, fstatSync(file.fd).size - bytes);
      file.told = file.offset;
      file.cut = lineCutter();
    },
    close() {
      if (file !== undefined) closeSync(file.fd);
      file = undefined;
    },
  };
}
