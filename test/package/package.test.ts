// The published package: packed, installed with npm as users do, started, and compiled against by a small consumer.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';

const root = join(import.meta.dirname, '../..');
// npm runs scripts with the first node on PATH; a blank in the path is part of the test.
const folder = mkdtempSync(join(tmpdir(), 'plimsoll package-'));
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` };
/** Large, made anew, or nothing to the package. */
const notCopied = new Set(['.git', '.cache', 'dist', 'man', 'node_modules', 'toolchain', 'bench']);
const modules = join(folder, 'prefix/lib/node_modules');

before(() => {
  // Packing builds: in a copy, so that the bundle which other tests run at the same time stays as it is.
  const checkout = join(folder, 'checkout');
  mkdirSync(checkout);
  for (const part of readdirSync(root).filter((name) => !notCopied.has(name)))
    cpSync(join(root, part), join(checkout, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'));
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: checkout,
    env: { ...env, PLIMSOLL_NODE: process.execPath },
    encoding: 'utf8',
  });
  const tarball = packed.trim().split('\n').at(-1) ?? '';
  execFileSync(
    'npm',
    [
      'install',
      '-g',
      '--silent',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      '--prefix',
      join(folder, 'prefix'),
      join(folder, tarball),
    ],
    { env, stdio: 'pipe' },
  );
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('the installed program starts, explains, and brings its pages', () => {
  const run = (...args: string[]) =>
    spawnSync(join(folder, 'prefix/bin/plimsoll'), args, { env, encoding: 'utf8', cwd: folder });
  assert.match(run('--version').stdout, /^plimsoll \d/);
  assert.match(run('explain', 'PL1001').stdout, /^PL1001: /);
  const checked = run('check', '/bin/sh', '--host', 'debian:12', '--format', 'json');
  assert.equal(JSON.parse(checked.stdout).schema, 'plimsoll.check/1', checked.stderr);
  const installed = join(modules, 'plimsoll');
  for (const part of ['schemas/host.schema.json', 'docs/codes/PL1001.md', 'man/plimsoll-check.1'])
    assert.ok(existsSync(join(installed, part)), part);
  assert.deepEqual(
    readdirSync(installed).filter((name) => ['src', 'test', 'toolchain', 'bench'].includes(name)),
    [],
  );
});

const consumer = `
import { check, findHost, formatTerminalReport, openTarget, plainStyle, readNeeds } from 'plimsoll';
import type { CheckResult, Offer, Verdict } from 'plimsoll';

const signal = new AbortController().signal;
const sources = {
  readFile: async (path: string): Promise<string> => { throw new Error(path); },
  probe: async (): Promise<Offer> => { throw new Error('no'); },
};
const host: Offer = await findHost('debian:12', sources);
const target = await openTarget('/bin/sh', { signal });
const needs = await readNeeds(target, { signal });
const result: CheckResult = check(needs, [host], { today: '2026-11-22' });
const verdict: Verdict | undefined = result.hosts[0]?.verdict;
// @ts-expect-error: a verdict is no number
const wrong: number = verdict;
const report: string = formatTerminalReport(result, { width: 80, style: plainStyle, all: false });
console.log(verdict, report.length > 0, typeof wrong);
`;

test('a typed consumer compiles and runs', () => {
  const project = join(folder, 'consumer');
  mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
  symlinkSync(join(modules, 'plimsoll'), join(project, 'node_modules/plimsoll'));
  symlinkSync(join(root, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'));
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  writeFileSync(join(project, 'main.ts'), consumer);
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const options = [
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--strict',
    '--noEmit',
    '--types',
    'node',
  ];
  const compiled = spawnSync(process.execPath, [tsc, ...options, 'main.ts'], {
    cwd: project,
    encoding: 'utf8',
  });
  assert.equal(compiled.stdout, '');
  assert.equal(compiled.status, 0);
  const ran = spawnSync(process.execPath, ['main.ts'], { cwd: project, encoding: 'utf8' });
  assert.match(ran.stdout, /^\w+ true string\n$/, ran.stderr);
});
