// The program in docs/library.md runs as it stands there.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { quietEnvironment, root } from '../cli/run-plimsoll.ts';

test('the program of docs/library.md checks a target', () => {
  const page = readFileSync(join(root, 'docs/library.md'), 'utf8');
  const program = /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
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
    assert.match(ran.stdout, /^rhel:7\.9\+docker:1\.13: \w+: ./);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
