import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { followLog, type LogPlace } from './follow-file.ts';
import { rotatedLines } from './rotated-log.ts';

const line = (text: string): string => `2026-01-02T03:04:05.000000000+00:00 stdout F ${text}\n`;

test('a log is followed through rotations, and again from where it was', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const log = join(folder, 'container.log');
  const write = (text: string): void => appendFileSync(log, line(text));
  const rotate = (): void => {
    for (const number of [2, 1]) {
      try {
        renameSync(`${log}.${number}`, `${log}.${number + 1}`);
      } catch {
        // Not there yet.
      }
    }
    renameSync(log, `${log}.1`);
  };
  let place: LogPlace | undefined;
  let follower = followLog(() => log, undefined);
  const read = (): string => {
    let text = '';
    for (let lines = follower.next(); lines.length > 0; lines = follower.next())
      for (const { line: one, end } of lines) {
        text += one.text.toString();
        place = end;
      }
    return text.replaceAll('\n', ' ').trim();
  };
  assert.equal(read(), '');
  write('a');
  write('b');
  assert.equal(read(), 'a b');
  appendFileSync(log, line('c').slice(0, -3));
  assert.equal(read(), '', 'half a line waits');
  appendFileSync(log, line('c').slice(-3));
  rotate();
  write('d');
  assert.equal(read(), 'c d');
  write('e');
  rotate();
  write('f');
  rotate();
  write('g');
  assert.deepEqual(
    [...rotatedLines(log, undefined)].map(({ text }) => text.toString().trim()),
    ['a', 'b', 'c', 'd', 'e', 'f'],
  );
  assert.deepEqual(
    [...rotatedLines(log, 4)].map(({ text }) => text.toString().trim()),
    ['d', 'e', 'f'],
  );
  // Who was killed finds the file that it read under another name.
  follower.close();
  follower = followLog(() => log, place);
  assert.equal(read(), 'e f g');
  follower.close();
  follower = followLog(() => log, place);
  assert.equal(read(), '');
  for (let at = 0; at < 100; at++) write(`more ${at}`);
  assert.ok(follower.behind() > 1000);
  follower.skipTo(60);
  assert.equal(read(), 'more 99');
  follower.close();
});
