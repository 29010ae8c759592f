// Ctrl-C in the middle of an input that never ends: the process stops at once and leaves nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundle, quietEnvironment } from './run-plimsoll.ts';

/** More than a pipe holds: once all is written, the child is reading. */
const blanks = ' '.repeat(1024 * 1024);

const cases = [
  // The beginning of a host file, then nothing more comes.
  { signal: 'SIGINT', expected: 130, args: ['/bin/sh', '--host', '-'], input: `{${blanks}` },
  { signal: 'SIGTERM', expected: 143, args: ['/bin/sh', '--host', '-'], input: `{${blanks}` },
  // In the middle of reading.
  {
    signal: 'SIGTERM',
    expected: 143,
    args: ['/usr', '--host', 'debian:12', '--no-cache'],
    input: '',
  },
  // The beginning of an archive.
  {
    signal: 'SIGINT',
    expected: 130,
    args: ['-', '--host', 'debian:12'],
    input: `${'oci-layout'.padEnd(512, '\0')}${blanks}`,
  },
] as const;

/** Waits until a process has a directory below `path` open. */
async function readsDirectory(pid: number | undefined, path: string): Promise<void> {
  const open = (): boolean =>
    readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        // The loader opens libraries there, at a time when nobody listens for signals yet.
        const link = `/proc/${pid}/fd/${fd}`;
        return readlinkSync(link).startsWith(path) && statSync(link).isDirectory();
      } catch {
        return false; // closed since
      }
    });
  while (!open()) await new Promise((resolve) => setTimeout(resolve, 10));
}

for (const { signal, expected, args, input } of cases) {
  test(`${signal} in check ${args.join(' ')}: exit code ${expected}, no leftover`, {
    timeout: 60_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
    try {
      const child = spawn(process.execPath, [bundle, 'check', ...args], {
        cwd: folder,
        env: quietEnvironment({ TMPDIR: folder, PLIMSOLL_CACHE_DIR: join(folder, 'cache') }),
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      const closed = new Promise((resolve) => child.on('close', resolve));
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.stdin.on('error', () => undefined);
      if (input === '') await readsDirectory(child.pid, '/usr/');
      else await new Promise((resolve) => child.stdin.write(input, resolve));
      const sent = Date.now();
      child.kill(signal);
      const code = await closed;
      assert.equal(code, expected, stderr);
      // Milliseconds on an idle machine; reading /usr takes much longer than this on any.
      assert.ok(Date.now() - sent < 8000, `stops at once, not after ${Date.now() - sent} ms`);
      assert.equal(stderr, '');
      assert.deepEqual(
        readdirSync(folder).filter((name) => name !== 'cache'),
        [],
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
