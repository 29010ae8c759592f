import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { lockFile, tryLockFile } from './file-lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));

test('one holds a lock alone, several share it', () => {
  const path = join(folder, 'a');
  const alone = tryLockFile(path);
  assert.ok(alone);
  assert.equal(tryLockFile(path), undefined);
  assert.equal(tryLockFile(path, { shared: true }), undefined);
  alone.release();
  alone.release();
  const shared = [tryLockFile(path, { shared: true }), tryLockFile(path, { shared: true })];
  assert.ok(shared.every((lock) => lock !== undefined));
  assert.equal(tryLockFile(path), undefined);
  for (const lock of shared) lock?.release();
  assert.ok(existsSync(path));
});

test('a temporary lock takes its file with it, and whoever waited gets a fresh one', async () => {
  const path = join(folder, 'b');
  const { signal } = new AbortController();
  const first = await lockFile(path, signal, { temporary: true });
  const waiting = lockFile(path, signal, { temporary: true });
  setTimeout(() => first.release(), 20);
  const second = await waiting;
  assert.equal(tryLockFile(path), undefined);
  second.release();
  assert.ok(!existsSync(path));
});

test('waiting ends with the signal', async () => {
  const path = join(folder, 'c');
  const held = tryLockFile(path);
  await assert.rejects(lockFile(path, AbortSignal.timeout(20)));
  held?.release();
});

test('the lock of a killed process is free', async () => {
  const path = join(folder, 'd');
  const program = `
    const { tryLockFile } = await import(${JSON.stringify(join(import.meta.dirname, 'file-lock.ts'))});
    globalThis.lock = tryLockFile(${JSON.stringify(path)});
    console.log(globalThis.lock ? 'held' : 'not held');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
  const [said] = await once(child.stdout, 'data');
  assert.equal(String(said), 'held\n');
  assert.equal(tryLockFile(path), undefined);
  child.kill('SIGKILL');
  const lock = await lockFile(path, AbortSignal.timeout(10_000));
  lock.release();
});

test('a symbolic link is no lock file', () => {
  assert.throws(() => tryLockFile('/proc/self/exe'), { code: 'ELOOP' });
});
