// Completion in the three shells, really run: scripts/test-tools.sh installs them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
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
  const file = await scriptOf('bash');
  for (const [line, ...expected] of cases) {
    const shell = spawnSync(
      'bash',
      [
        '-c',
        `. "$1"; COMP_LINE=$0 COMP_POINT=\${#0}; _plimsoll; printf '%s\\n' "\${COMPREPLY[@]}"`,
        line,
        file,
      ],
      { encoding: 'utf8' },
    );
    assert.equal(shell.stderr, '', line);
    assert.deepEqual(shell.stdout.trim().split('\n'), expected, line);
  }
});

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function scriptOf(shell: string): Promise<string> {
  const { stdout } = await runPlimsoll(['completion', shell]);
  const file = join(folder, shell);
  writeFileSync(file, stdout);
  const checked = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
  assert.equal(checked.error, undefined);
  assert.equal(checked.stderr, '');
  return file;
}

/** What is offered among others, by line. */
const offered: readonly (readonly [line: string, ...expected: string[]])[] = [
  ['plimsoll chec', 'check'],
  ['plimsoll check --fail', '--fail-on'],
  ['plimsoll check x --format ', 'table', 'json', 'sarif', 'html'],
  ['plimsoll check --host debian:1', 'debian:10', 'debian:12', 'debian:13'],
  ['plimsoll check x --fail-on unk', 'unknown'],
  ['plimsoll host ', 'list', 'show', 'diff', 'probe'],
  ['plimsoll syscall clon', 'clone', 'clone3'],
  ['plimsoll check x --limit entr', 'entries='],
  ['plimsoll explain PL100', 'PL1001', 'PL1002'],
];

/** Lists what zsh would offer: its builtin is asked to say which words match, instead of to show them. */
const capture = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PS1= PS2=; autoload -Uz compinit; compinit -u -D; bindkey "^I" complete-word; zstyle ":completion:*" format ""'
zpty -w z 'compadd() { [[ $* == *-[OAD][[:space:]]* ]] || { local -a hits; builtin compadd -A hits "$@"; (( $#hits )) && print -rl -- "HIT:"$^hits; }; builtin compadd "$@" }'
zpty -w z "source $1; print BEG''IN"
zpty -r -m z out '*BEGIN*'
shift
for line; do
  zpty -w -n z "$line"$'\\t'
  sleep 0.2
  zpty -w -n z $'\\x15'"print EN''D"$'\\n'
  zpty -r -m z out '*END*'
  print -r -- "$out"; print LINE
done
zpty -d z
`;

test('zsh offers commands, options, choices, host names and codes', async () => {
  const file = await scriptOf('zsh');
  const lines = offered.map(([line]) => line);
  const shell = spawnSync('zsh', ['-f', '-c', capture, 'zsh', file, ...lines], {
    encoding: 'utf8',
    env: { ...process.env, TERM: 'dumb', HOME: folder },
    timeout: 60_000,
  });
  const answers = shell.stdout.replace(/\r/g, '').split('\nLINE\n');
  for (const [index, [line, ...expected]] of offered.entries()) {
    const said = answers[index] ?? '';
    assert.doesNotMatch(said, /not found|error/, line);
    const hits = [...said.matchAll(/^.*?HIT:(\S+)$/gm)].map(([, word]) => word);
    for (const word of expected) assert.ok(hits.includes(word), `${line}: ${word} in ${said}`);
  }
});

test('fish offers commands, options, choices, host names and codes', async () => {
  const file = await scriptOf('fish');
  for (const [line, ...expected] of offered) {
    const shell = spawnSync('fish', ['-c', `source ${file}; complete -C "$argv[1]"`, line], {
      encoding: 'utf8',
      env: { ...process.env, HOME: folder },
    });
    const words = shell.stdout.split('\n').map((row) => row.split('\t', 1)[0]);
    assert.equal(shell.stderr, '', line);
    for (const word of expected) assert.ok(words.includes(word), `${line}: ${word}`);
  }
});

test('the bash script is well formed', async () => {
  assert.match(await scriptOf('bash'), /bash$/);
});
