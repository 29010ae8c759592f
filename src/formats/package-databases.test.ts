// The text databases: dpkg against dpkg-query on this machine, apk and pacman on samples in their form.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cpuMs } from '../../test/builders/cpu-time.ts';
import { parseApk } from './apk.ts';
import { parseDpkg } from './dpkg.ts';
import { parsePacman } from './pacman.ts';

test('dpkg: the same packages as dpkg-query', () => {
  const { value, problems } = parseDpkg(
    readFileSync('/var/lib/dpkg/status'),
    '/var/lib/dpkg/status',
  );
  const fields = ['Package', 'Version', 'Architecture', 'source:Package', 'db:Status-Status'];
  const format = `${fields.map((field) => `$\{${field}}`).join('|')}\n`;
  const expected = execFileSync('dpkg-query', ['-W', `-f=${format}`], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '' && !/\|(config-files|not-installed)$/.test(line))
    .map((line) => line.slice(0, line.lastIndexOf('|')));
  const found = value.map((p) => `${p.name}|${p.version}|${p.architecture}|${p.source ?? p.name}`);
  assert.deepEqual(problems, []);
  assert.deepEqual(found.sort(), expected.sort());
  assert.ok(found.length > 50);
});

test('dpkg: status.d without states, removed packages, a stanza without version', () => {
  const text = [
    'Package: base-files\nArchitecture: amd64\nVersion: 12.4+deb12u5\nDescription: x\n more',
    'Package: gone\nStatus: deinstall ok config-files\nVersion: 1',
    'Package: broken\nStatus: install ok installed',
  ].join('\n\n');
  const { value, problems } = parseDpkg(Buffer.from(text), '/var/lib/dpkg/status.d/base');
  assert.deepEqual(
    value.map(({ name, version }) => [name, version]),
    [['base-files', '12.4+deb12u5']],
  );
  assert.equal(problems[0]?.message, 'dpkg stanza without Version field');
});

test('apk: letters are case-sensitive, entries end at empty lines', () => {
  const text =
    'C:Q1abc=\nP:musl\nV:1.2.4_git20230717-r5\nA:x86_64\nS:407278\np:so:libc.musl-x86_64.so.1=1\no:musl\nF:lib\nR:ld-musl-x86_64.so.1\n\n' +
    'p:cmd:busybox\nP:busybox\nV:1.36.1-r29\n\n';
  const { value, problems } = parseApk(Buffer.from(text), '/lib/apk/db/installed');
  assert.deepEqual(problems, []);
  const database = '/lib/apk/db/installed';
  assert.deepEqual(value, [
    {
      manager: 'apk',
      name: 'musl',
      version: '1.2.4_git20230717-r5',
      architecture: 'x86_64',
      source: 'musl',
      database,
    },
    { manager: 'apk', name: 'busybox', version: '1.36.1-r29', database },
  ]);
});

test('pacman: one desc file', () => {
  const text = '%NAME%\nglibc\n\n%VERSION%\n2.39-4\n\n%BASE%\nglibc\n\n%ARCH%\nx86_64\n';
  const database = '/var/lib/pacman/local/glibc-2.39-4/desc';
  assert.deepEqual(parsePacman(Buffer.from(text), database).value, [
    {
      manager: 'pacman',
      name: 'glibc',
      version: '2.39-4',
      architecture: 'x86_64',
      source: 'glibc',
      database,
    },
  ]);
  assert.equal(parsePacman(Buffer.from('%NAME%\nx\n'), database).problems.length, 1);
});

test('dpkg: many lines without a colon take no longer than others', () => {
  const took = cpuMs(() =>
    assert.deepEqual(parseDpkg(Buffer.alloc(4 << 20, 'a\n'), 'status').value, []),
  );
  assert.ok(took < 2000, `${took} ms`);
});
