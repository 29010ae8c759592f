// Reads a log file: its end first where only that is wanted, then on as it grows. conmon puts a new file in the place of
// one that has got too long; the rest of the old one is read before that.
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from '../../sys/errno.ts';
import { folderChange } from './folder-change.ts';
import { type LogLine, lineCutter, logTimeMs, parseLogLine } from './log-file.ts';
import { rotatedLines } from './rotated-log.ts';

/** What of a log is wanted. */
export interface LogReading {
  /** Only so many lines from the end. */
  readonly tail?: number;
  /** Milliseconds since 1970. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Go on as it grows, until `ended` says that nothing more will come. */
  readonly follow?: { readonly ended: () => boolean; readonly signal: AbortSignal };
}

const chunkBytes = 65_536;
const lookEveryMs = 300;

/** The lines of a log file in order; none where there is no file. @throws SystemError */
export async function* readLog(
  path: string,
  { tail, sinceMs, untilMs, follow }: LogReading,
): AsyncGenerator<LogLine, undefined> {
  const wanted = ({ time }: LogLine): 'yes' | 'too early' | 'too late' => {
    const ms = sinceMs === undefined && untilMs === undefined ? 0 : logTimeMs(time);
    if (sinceMs !== undefined && ms < sinceMs) return 'too early';
    return untilMs !== undefined && ms > untilMs ? 'too late' : 'yes';
  };
  for (const line of rotatedLines(path, tail)) if (wanted(line) === 'yes') yield line;
  let file = await openOrNone(path);
  let position = file === undefined || tail === undefined ? 0 : await tailStart(file, tail);
  let cut = lineCutter();
  const buffer = Buffer.alloc(chunkBytes);
  try {
    for (;;) {
      // Asked before reading: what was written before the end is read after it.
      const last = follow === undefined || follow.ended() || follow.signal.aborted;
      while (file !== undefined) {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
        if (bytesRead === 0) break;
        position += bytesRead;
        for (const bytes of cut(buffer.subarray(0, bytesRead))) {
          const line = parseLogLine(bytes);
          if (line === undefined) continue;
          const answer = wanted(line);
          if (answer === 'too late' && follow === undefined) return undefined;
          if (answer === 'yes') yield line;
        }
      }
      if (last) return undefined;
      const newer = await replacement(path, file);
      if (newer !== undefined) {
        await file?.close();
        file = newer;
        position = 0;
        cut = lineCutter();
        continue;
      }
      await folderChange(dirname(path), lookEveryMs, follow.signal);
    }
  } finally {
    await file?.close();
  }
}

async function openOrNone(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** The file that now has the path, where it is another than the one that is read. */
async function replacement(
  path: string,
  file: FileHandle | undefined,
): Promise<FileHandle | undefined> {
  if (file === undefined) return openOrNone(path);
  const there = await stat(path).catch(() => undefined);
  if (there === undefined || there.ino === (await file.stat()).ino) return undefined;
  return openOrNone(path);
}

/** Where the last `count` lines begin. Parts of lines (tag P) count with the line that they belong to. */
async function tailStart(file: FileHandle, count: number): Promise<number> {
  const { size } = await file.stat();
  if (count <= 0) return size;
  const starts: number[] = [];
  let end = size;
  let kept: Buffer = Buffer.alloc(0);
  // Backwards, until enough whole lines were seen.
  while (end > 0) {
    const from = Math.max(0, end - chunkBytes);
    const chunk = Buffer.alloc(end - from);
    await file.read(chunk, 0, chunk.length, from);
    kept = Buffer.concat([chunk, kept]);
    end = from;
    starts.length = 0;
    let at = from === 0 ? 0 : kept.indexOf(0x0a) + 1;
    let fresh = true;
    while (at < kept.length) {
      const stop = kept.indexOf(0x0a, at);
      const line = parseLogLine(kept.subarray(at, stop < 0 ? kept.length : stop));
      if (fresh) starts.push(from + at);
      if (line !== undefined) fresh = line.text.at(-1) === 0x0a;
      if (stop < 0) break;
      at = stop + 1;
    }
    if (starts.length > count) break;
  }
  return starts.length <= count ? 0 : (starts.at(-count) ?? 0);
}
