// Wrong use, help and output conventions, on the built program.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { bundle, quietEnvironment, root, runPlimsoll } from './run-plimsoll.ts';

interface Wrong {
  readonly args: readonly string[];
  readonly code: number;
  readonly says: RegExp;
}

const wrong: readonly Wrong[] = [
  {
    args: ['chekc'],
    code: 2,
    says: /^error\[PL0001\]: unknown command 'chekc'\n {2}help: did you mean check\?/,
  },
  { args: ['check'], code: 2, says: /^error\[PL0001\]: missing required argument 'target'/ },
  {
    args: ['check', '--fromat', 'json', '.'],
    code: 2,
    says: /unknown option '--fromat'\n {2}help: did you mean --format\?/,
  },
  {
    args: ['check', '.', '--format', 'yaml'],
    code: 2,
    says: /argument 'yaml' is invalid.*table, json, sarif, html/,
  },
  { args: ['check', '.', '--fail-on', 'sometimes'], code: 2, says: /'sometimes' is none of fails/ },
  { args: ['check', '.', '--code', 'PL9'], code: 2, says: /'PL9' is no finding code/ },
  { args: ['check', '.', '--limit', 'entries'], code: 2, says: /'entries' is no limit/ },
  {
    args: ['check', 'a', 'b'],
    code: 2,
    says: /check takes one target, got 2\n {2}help: for several: plimsoll matrix a b/,
  },
  {
    args: ['check', '-', '--host', '-'],
    code: 2,
    says: /target and host cannot both come from standard input/,
  },
  { args: ['check', '.', '--host', 'no-such-host'], code: 2, says: /^error\[PL0301\]/ },
  { args: ['check', '.', '--rules', '/nonexistent'], code: 2, says: /^error\[PL0501\]/ },
  {
    args: ['explain', 'PL0000'],
    code: 2,
    says: /'PL0000' is neither a code nor a rule\n {2}help: did you mean PL/,
  },
  { args: ['explain'], code: 2, says: /explain needs a code/ },
  { args: ['completion', 'tcsh'], code: 2, says: /'tcsh' is invalid for argument 'shell'/ },
  { args: ['check', '/no/such/target', '--host', 'debian:12'], code: 3, says: /^error\[PL0101\]/ },
  { args: [], code: 2, says: /^Usage: plimsoll <command>/ },
];

for (const { args, code, says } of wrong) {
  test(`plimsoll ${args.join(' ')}: exit code ${code}`, async () => {
    const ran = await runPlimsoll(args);
    assert.match(ran.stderr, says);
    assert.equal(ran.stdout, '', 'errors go to standard error alone');
    assert.equal(ran.code, code);
  });
}

for (const [rule, says] of [
  ['elasticsearch-max-map-count', /vm\.max_map_count/],
  ['device-i2c', /PL6005[\s\S]*\/dev\/i2c/],
  ['syscall-statx', /several codes[\s\S]*PL3001/],
  ['libc-outside-minimum', /PL1001/],
] as const) {
  test(`plimsoll explain ${rule}: a rule, in data or in code`, async () => {
    const { stdout, code } = await runPlimsoll(['explain', rule]);
    assert.equal(code, 0);
    assert.match(stdout, says);
  });
}

test('help and version go to standard output and name every command', async () => {
  const help = await runPlimsoll(['--help']);
  assert.equal(help.code, 0);
  for (const name of ['check', 'matrix', 'explain', 'completion'])
    assert.match(help.stdout, new RegExp(`^ {2}${name} `, 'm'));
  assert.equal(help.stderr, '');
  const version = await runPlimsoll(['--version']);
  assert.match(version.stdout, /^plimsoll \d+\.\d+\.\d+\n$/);
  assert.deepEqual(await runPlimsoll(['-V']), version);
  const both = await Promise.all([runPlimsoll(['help', 'check']), runPlimsoll(['check', '-h'])]);
  assert.equal(both[0]?.stdout, both[1]?.stdout);
  assert.match(both[0]?.stdout ?? '', /Examples:\n {2}# /);
});

test('colour only where it is wanted', async () => {
  const coloured = /\x1b\[/;
  const args = ['explain', 'PL1001'];
  assert.doesNotMatch((await runPlimsoll(args)).stdout, coloured);
  assert.match((await runPlimsoll([...args, '--color', 'always'])).stdout, coloured);
  assert.match((await runPlimsoll(args, { env: { FORCE_COLOR: '1' } })).stdout, coloured);
  const both = { FORCE_COLOR: '1', NO_COLOR: '1' };
  assert.doesNotMatch((await runPlimsoll(args, { env: both })).stdout, coloured);
  const never = await runPlimsoll([...args, '--color=never'], { env: { FORCE_COLOR: '1' } });
  assert.doesNotMatch(never.stdout, coloured);
});

test('a reader that goes away ends the output quietly', () => {
  const shell = spawnSync(
    'bash',
    [
      '-o',
      'pipefail',
      '-c',
      '"$0" "$1" explain --list | head -c 1 >/dev/null',
      process.execPath,
      bundle,
    ],
    { cwd: root, env: quietEnvironment(), encoding: 'utf8' },
  );
  assert.equal(shell.stderr, '');
  assert.equal(shell.status, 0);
});

test('a full disk is an error', () => {
  const shell = spawnSync(
    'sh',
    ['-c', '"$0" "$1" explain --list >/dev/full', process.execPath, bundle],
    {
      cwd: root,
      env: quietEnvironment(),
      encoding: 'utf8',
    },
  );
  assert.match(shell.stderr, /^error\[PL0003\]: /);
  assert.equal(shell.status, 3);
});
