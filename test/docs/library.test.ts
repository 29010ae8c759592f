// The programs in docs/library.md run as they stand there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { quietEnvironment, root } from '../cli/run-plimsoll.ts';

/** Runs the numbered program of the page. */
function runProgram(number: number): string {
  const page = readFileSync(join(root, 'docs/library.md'), 'utf8');
  const program = [...page.matchAll(/```ts\n([\s\S]*?)```/g)][number]?.[1] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(root, join(folder, 'node_modules/plimsoll'));
    writeFileSync(join(folder, 'main.ts'), program);
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const ran = spawnSync(process.execPath, ['main.ts'], {
      cwd: folder,
      env: quietEnvironment(),
      encoding: 'utf8',
    });
    assert.equal(ran.stderr, '');
    return ran.stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('the program of docs/library.md checks a target', () =>
  assert.match(runProgram(0), /^rhel:7\.9\+docker:1\.13: \w+: ./));

test('the program of docs/library.md with a box', () =>
  assert.equal(
    runProgram(1),
    'sockets at port 8080: 1\n\nsh\n\nI am process 1\n\nsocket true, ended with 3\n',
  ));
