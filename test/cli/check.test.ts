// check and matrix from end to end: real files of this machine, exit codes, forms of output.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { runPlimsoll } from './run-plimsoll.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const env = { PLIMSOLL_CACHE_DIR: join(folder, 'cache') };
const shell = '/bin/sh';
// No x86 or ARM program runs there, and nothing translates.
const foreign = JSON.stringify({ schema: 'plimsoll.host/1', name: 'foreign', machine: 's390x' });

test('json on standard output alone, one schema, hosts as named', async () => {
  const args = ['check', shell, '--host', 'debian:12', '--host', 'gvisor', '--format', 'json'];
  const ran = await runPlimsoll(args, { env });
  const result = JSON.parse(ran.stdout);
  assert.equal(result.schema, 'plimsoll.check/1');
  assert.deepEqual(
    result.hosts.map(({ host }: { host: string }) => host),
    ['debian:12', 'gvisor'],
  );
  assert.equal(ran.stderr, '');
});

test('exit code 1 when it fails, and what --fail-on and --ignore make of it', async () => {
  const code = async (...more: string[]) =>
    (await runPlimsoll(['check', shell, '--host', '-', ...more], { env, input: foreign })).code;
  assert.equal(await code(), 1);
  assert.equal(await code('--fail-on', 'none'), 0);
  assert.equal(await code('--ignore', 'PL2001'), 0);
  assert.equal(await code('--code', 'PL8'), 0);
});

test('what holds nothing that could run is unknown, and what is cut off is an error: exit code 3', async () => {
  const empty = mkdtempSync(join(folder, 'empty-'));
  const ran = await runPlimsoll(['check', empty, '--host', 'debian:12', '--format', 'json'], {
    env,
  });
  const [host] = JSON.parse(ran.stdout).hosts;
  assert.equal(host.verdict, 'unknown');
  assert.equal(host.findings[0].rule, 'nothing-to-run');
  assert.equal(ran.code, 3);
  const cut = join(folder, 'cut');
  writeFileSync(cut, readFileSync(shell).subarray(0, 5000));
  const damaged = await runPlimsoll(['check', cut, '--host', 'debian:12'], { env });
  assert.match(damaged.stderr, /^error\[PL0201\].*\n {2}at: .*cut, offset \d+/);
  assert.equal(damaged.code, 3);
});

test('a single file is named by its path', async () => {
  const program = join(realpathSync(dirname(shell)), basename(shell));
  const args = ['check', basename(shell), '--host', 'debian:12', '--format', 'json'];
  const ran = await runPlimsoll(args, { env, cwd: dirname(program) });
  assert.deepEqual(JSON.parse(ran.stdout).target.start, [program]);
});

test('a report file says its format by its ending, is whole, and the verdicts are shown beside', async () => {
  for (const [name, begins] of [
    ['r.html', /^<!doctype html>/],
    ['r.json', /^\{/],
    ['r.sarif', /"version": "2\.1\.0"/],
    ['r.txt', /^\/bin\/sh/],
  ] as const) {
    const file = join(folder, name);
    const ran = await runPlimsoll(['check', shell, '--host', 'debian:12', '-o', file], { env });
    assert.match(readFileSync(file, 'utf8'), begins);
    assert.equal(ran.stdout, '');
    assert.match(ran.stderr, /^debian:12 .*works/m);
  }
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith('.tmp')),
    [],
  );
  const nowhere = join(folder, 'no/such/folder.json');
  const failed = await runPlimsoll(['check', shell, '--host', 'debian:12', '-o', nowhere], { env });
  assert.match(failed.stderr, /^error\[PL0003\]/);
  assert.equal(failed.code, 3);
});

test('check takes several targets only as matrix; one that is missing costs only its own answer', async () => {
  const args = ['matrix', shell, '/no/such', '/bin/cat', '--host', 'debian:12', '--host', 'rhel:9'];
  const ran = await runPlimsoll(args, { env });
  assert.equal(ran.code, 3);
  assert.match(ran.stdout, /^HOST +sh +cat$/m);
  assert.match(ran.stderr, /^error\[PL0101\]/);
  const json = await runPlimsoll([...args, '--format', 'json'], { env });
  const matrix = JSON.parse(json.stdout);
  assert.equal(matrix.schema, 'plimsoll.matrix/1');
  assert.equal(matrix.results.length, 2);
});

test('quiet leaves the table of hosts, and no progress is written where no terminal is', async () => {
  const args = ['check', shell, '--host', 'debian:12', '--quiet'];
  const ran = await runPlimsoll(args, { env });
  assert.match(ran.stdout, /^\/bin\/sh.*\n\nHOST .*\ndebian:12 .*\n(?: {20}.*\n)*$/);
  assert.equal(ran.stderr, '');
});

test('an image configuration is not needed: a target from standard input', async () => {
  const ran = await runPlimsoll(['check', '-', '--host', 'debian:12', '--format', 'json'], {
    env,
    input: 'neither an archive nor a program\n',
  });
  assert.match(ran.stderr, /^error\[PL0102\]/);
  assert.equal(ran.stdout, '');
  assert.equal(ran.code, 3);
});

test('whatever is lost of what the cache keeps, the report is the same', async () => {
  const tree = join(folder, 'tree');
  mkdirSync(join(tree, 'etc/sysctl.d'), { recursive: true });
  writeFileSync(join(tree, 'etc/os-release'), 'ID=debian\nVERSION_ID=12\n');
  writeFileSync(join(tree, 'etc/sysctl.d/a.conf'), 'vm.max_map_count=262144\n');
  copyFileSync(shell, join(tree, 'sh'));
  const own = { PLIMSOLL_CACHE_DIR: join(folder, 'own-cache') };
  const report = async (...more: string[]) => {
    const hosts = ['--host', 'rhel:7.9', '--host', 'debian:12'];
    const args = ['check', tree, ...hosts, '--format', 'json', ...more];
    return (await runPlimsoll(args, { env: own })).stdout;
  };
  // The digest of a directory is not kept while its files are younger than the clock's tick.
  await setTimeout(100);
  const plain = await report('--no-cache');
  assert.match(plain, /"hosts"/);
  const damages = [
    '',
    "DELETE FROM facts WHERE key LIKE '%/elves'",
    "UPDATE facts SET value = x'7b', sum = 0",
    // As a program with a defect might have written it.
    "UPDATE facts SET value = x'7b', sum = 366298937 WHERE key LIKE '%/elves'",
    "DELETE FROM facts WHERE key LIKE '%derived%'",
  ];
  for (const damage of damages) {
    await report();
    const database = new DatabaseSync(join(own.PLIMSOLL_CACHE_DIR, 'analysis.db'));
    const { count } = database.prepare('SELECT count(*) AS count FROM facts').get() ?? {};
    assert.ok(Number(count) > 8, 'the whole is kept');
    database.exec(damage);
    database.close();
    assert.equal(await report(), plain, damage);
  }
});
