// Files that a log left behind when it was rotated (rotate-log.ts): container.log.1 is the newest, .gz where compressed.
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type LogLine, lineCutter, parseLogLine } from './log-file.ts';

/** Paths of the rotated files of a log, the newest first. */
function rotatedFiles(path: string): readonly string[] {
  const files: string[] = [];
  for (let number = 1; ; number++) {
    const found = [`${path}.${number}`, `${path}.${number}.gz`].find((name) => existsSync(name));
    if (found === undefined) return files;
    files.push(found);
  }
}

/** All lines of a file; none of one that went meanwhile. */
export function linesOf(path: string): readonly LogLine[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
    if (path.endsWith('.gz')) bytes = gunzipSync(bytes);
  } catch {
    return [];
  }
  const lines: LogLine[] = [];
  for (const line of lineCutter()(bytes)) {
    const parsed = parseLogLine(line);
    if (parsed !== undefined) lines.push(parsed);
  }
  return lines;
}

/** Whole lines among these: parts of lines count with the line that they belong to. */
function wholeLines(lines: readonly LogLine[]): number {
  return lines.filter(({ text }) => text.at(-1) === 0x0a).length;
}

/** What was written before the file at the path was begun; `tail`: so many lines with those of that file. */
export function* rotatedLines(path: string, tail: number | undefined): Generator<LogLine> {
  const files = rotatedFiles(path);
  if (tail === undefined) {
    for (const file of files.toReversed()) yield* linesOf(file);
    return;
  }
  if (files.length === 0) return;
  let missing = tail - wholeLines(linesOf(path));
  const kept: LogLine[] = [];
  for (const file of files) {
    if (missing <= 0) break;
    const lines = linesOf(file);
    const count = wholeLines(lines);
    // From the line after the last that is one too many.
    let from = 0;
    for (let skip = count - missing; skip > 0 && from < lines.length; from++)
      if (lines[from]?.text.at(-1) === 0x0a) skip--;
    kept.unshift(...lines.slice(from));
    missing -= count;
  }
  yield* kept;
}
