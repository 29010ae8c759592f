// plimsoll diff on the built program: two images that share a layer, with all kinds of differences between them.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { diffJsonSchema, imageDifferenceSchema } from '../../src/cli/diff-schema.ts';
import { buildElf } from '../builders/elf.ts';
import { layoutArchive, makeLayout } from '../builders/oci-layout.ts';
import { makeTar, type TarMember } from '../builders/tar.ts';
import { checkGolden } from '../golden/golden.ts';
import { root, runPlimsoll } from './run-plimsoll.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const env = { PLIMSOLL_CACHE_DIR: join(folder, 'cache'), PLIMSOLL_ROOT: join(folder, 'root') };

const status = (versions: Readonly<Record<string, string>>): string =>
  Object.entries(versions)
    .map(
      ([name, version]) =>
        `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
    )
    .join('\n');

const base = makeTar([
  { name: 'etc/os-release', body: 'ID=debian\nVERSION_ID=12\nPRETTY_NAME="Debian 12"\n' },
  { name: 'same/same', body: 'the same' },
]);
const app = buildElf({ abiNote: '3.2.0', imports: [{ name: 'statx', weak: false }] });
const newer = buildElf({ abiNote: '5.10.0', imports: [{ name: 'statx', weak: false }] });

function image(name: string, members: readonly TarMember[], config: unknown): string {
  const layout = makeLayout();
  const top = makeTar(members);
  layout.index([
    layout.image(
      [base, top].map((tar) => ({ stored: tar, tar })),
      undefined,
      config,
    ),
  ]);
  const file = join(folder, name);
  writeFileSync(file, layoutArchive(layout));
  return file;
}

const older = image(
  'older.tar',
  [
    { name: 'var/lib/dpkg/status', body: status({ libc6: '2.36-9', gone: '1.0', app: '2' }) },
    { name: 'app', body: app, mode: 0o755 },
    { name: 'content', body: 'aaaa' },
    { name: 'owner', body: 'o' },
    { name: 'link', type: '2', linkName: 'content' },
    { name: 'folder/', type: '5' },
    { name: 'folder/one', body: '1' },
    { name: 'folder/two', body: '22' },
  ],
  { Entrypoint: ['/app'], Env: ['A=1', 'B=2'], Labels: { x: 'y' } },
);
const younger = image(
  'younger.tar',
  [
    { name: 'var/lib/dpkg/status', body: status({ libc6: '2.41-12', app: '1', come: '3' }) },
    { name: 'app', body: newer, mode: 0o4755 },
    { name: 'content', body: 'bbbb' },
    { name: 'owner', body: 'o', uid: 1000 },
    { name: 'link', type: '2', linkName: 'owner' },
    { name: 'new\x1b', body: 'n' },
  ],
  { Entrypoint: ['/app', '-v'], Env: ['A=1', 'B=3'], User: '1000' },
);

const run = (...args: readonly string[]) => runPlimsoll(['diff', ...args], { env });

test('a difference as JSON follows its published schema', async () => {
  const { stdout, code } = await run(older, younger, '--host', 'debian:10', '--format', 'json');
  assert.equal(code, 0);
  const found = imageDifferenceSchema.parse(JSON.parse(stdout));
  assert.equal(found.sharedLayers, 1);
  assert.deepEqual(found.configuration, [
    { part: 'User', to: '1000' },
    { part: 'Env B', from: '2', to: '3' },
    { part: 'Entrypoint', from: '["/app"]', to: '["/app","-v"]' },
    { part: 'Labels x', from: 'y' },
  ]);
  assert.deepEqual(
    found.packages.map(({ name, change, from, to }) => [name, change, ...from, ...to]),
    [
      ['app', 'downgraded', '2', '1'],
      ['come', 'added', '3'],
      ['gone', 'removed', '1.0'],
      ['libc6', 'upgraded', '2.36-9', '2.41-12'],
    ],
  );
  const needs = found.needs.map(({ change, kind, what }) => `${change} ${kind}: ${what}`);
  assert.ok(needs.includes('came kernel: Linux 5.10.0'), needs.join('\n'));
  assert.ok(needs.includes('came setuid: the setuid program /app'), needs.join('\n'));
  assert.deepEqual(found.hostsChecked, ['debian:10']);
  const [host] = found.hosts;
  assert.equal(host?.to, 'fails');
  assert.ok(host?.findings.some(({ change, code: of }) => change === 'came' && of === 'PL1001'));
  const files = found.files.map(({ path, change, parts = [] }) =>
    [change, path, ...parts.map(({ part }) => part)].join(' '),
  );
  assert.deepEqual(files, [
    'changed /app content mode',
    'changed /content content',
    'removed /folder',
    'removed /folder/one',
    'removed /folder/two',
    'changed /link link target',
    'added /new\x1b',
    'changed /owner owner',
    'changed /var/lib/dpkg/status size',
  ]);
});

test('a difference is told in short, and its texts cannot steer a terminal', async () => {
  const { stdout } = await run(older, younger, '--only', 'config,packages,files');
  checkGolden('diff.txt', stdout.replaceAll(`${folder}/`, ''));
});

test('images compared with themselves have no differences', async () => {
  const { stdout, code } = await run(older, older, '--exit-code');
  assert.match(stdout, /^2 layers at the bottom are the same\n\nno differences\n$/m);
  assert.equal(code, 0);
  assert.equal((await run(older, younger, '--exit-code', '--only', 'config')).code, 1);
});

test('two images are asked for', async () => {
  const one = await run(older);
  assert.match(one.stderr, /^error\[PL0001\]: diff compares two images, got one/);
  assert.equal(one.code, 2);
  assert.equal((await run(older, join(folder, 'none'))).code, 1);
});

test('the published schema is the one of the program', () => {
  const published = readFileSync(join(root, 'schemas/diff.schema.json'), 'utf8');
  assert.deepEqual(JSON.parse(published), JSON.parse(diffJsonSchema()));
});
