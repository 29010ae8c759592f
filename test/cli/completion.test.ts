// Completion in a real bash, and the syntax of all three where their shells are installed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { runPlimsoll } from './run-plimsoll.ts';

const cases: readonly (readonly [line: string, ...expected: string[]])[] = [
  ['plimsoll chec', 'check'],
  ['plimsoll check --fail', '--fail-on'],
  ['plimsoll check x --format ', 'table', 'json', 'sarif', 'html'],
  ['plimsoll check --host debian:12', '12'],
  ['plimsoll check --host debian:12+dock', '12+docker'],
  ['plimsoll host diff debian:12 debian:12+docker+ia32', '12+docker+ia32:on', '12+docker+ia32:off'],
  ['plimsoll check x --fail-on unk', 'unknown'],
  ['plimsoll syscall clone3', 'clone3'],
  ['plimsoll check x --limit entr', 'entries='],
  ['plimsoll explain PL1001', 'PL1001'],
  ['plimsoll --quiet completion f', 'fish'],
];

test('bash completes commands, options, choices, host names and codes', async () => {
  const { stdout: script } = await runPlimsoll(['completion', 'bash']);
  for (const [line, ...expected] of cases) {
    const shell = spawnSync(
      'bash',
      [
        '-c',
        `${script}\nCOMP_LINE=$0 COMP_POINT=\${#0}; _plimsoll; printf '%s\\n' "\${COMPREPLY[@]}"`,
        line,
      ],
      { encoding: 'utf8' },
    );
    assert.equal(shell.stderr, '', line);
    assert.deepEqual(shell.stdout.trim().split('\n'), expected, line);
  }
});

for (const shell of ['bash', 'zsh', 'fish']) {
  test(`the ${shell} script is well formed`, async () => {
    const { stdout: script, code } = await runPlimsoll(['completion', shell]);
    assert.equal(code, 0);
    assert.match(script, /debian:12/);
    assert.match(script, /PL1001/);
    const file = join(mkdtempSync(join(tmpdir(), 'plimsoll-test-')), 'script');
    writeFileSync(file, script);
    const checked = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
    rmSync(dirname(file), { recursive: true });
    // zsh and fish need not be installed; bash always is.
    if (shell === 'bash') assert.equal(checked.error, undefined);
    if (checked.error === undefined) assert.equal(checked.stderr, '');
  });
}
