import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';
import { writeWhole } from './write-whole.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-write-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('a file is made, replaced with its mode kept, and reached through a link', async () => {
  const file = join(folder, 'report.json');
  await writeWhole(file, 'one');
  assert.equal(readFileSync(file, 'utf8'), 'one');
  chmodSync(file, 0o640);
  const link = join(folder, 'latest.json');
  symlinkSync('report.json', link);
  await writeWhole(link, 'two');
  assert.ok(lstatSync(link).isSymbolicLink());
  assert.equal(readFileSync(file, 'utf8'), 'two');
  assert.equal(statSync(file).mode & 0o777, 0o640);
});

test('a pipe is written to and stays a pipe', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const reader = spawn('cat', [pipe]);
  const [read] = await Promise.all([text(reader.stdout), writeWhole(pipe, 'through')]);
  assert.equal(read, 'through');
  assert.ok(lstatSync(pipe).isFIFO());
});

test('failures say why, name the file as given, and leave nothing beside it', async () => {
  const failures: readonly (readonly [string, string])[] = [
    [join(folder, 'no/such/file'), 'no such file or directory'],
    [folder, 'illegal operation on a directory'],
  ];
  for (const [path, why] of failures) {
    await assert.rejects(writeWhole(path, 'text', 'GIVEN'), (error) => {
      assert.ok(error instanceof PlimsollError);
      assert.equal(error.message, `output could not be written: ${why}`);
      assert.equal(error.diagnostic.at?.path, 'GIVEN');
      return true;
    });
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    [],
  );
});

test('reasons without codes, calls and paths', () => {
  const reason = (message: string) => systemReason(new Error(message));
  assert.equal(
    reason("ENOENT: no such file or directory, open '/a, b'"),
    'no such file or directory',
  );
  assert.equal(reason('ENOSPC: no space left on device, write'), 'no space left on device');
  assert.equal(reason('no .json file in this folder'), 'no .json file in this folder');
  assert.equal(systemReason('x'), 'x');
});
