import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { withCdiDevices } from './cdi-devices.ts';
import { parseCdiFile } from './cdi-file.ts';
import { plainContainer } from './container-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
after(() => rmSync(folder, { recursive: true }));

/** Folders with these files, the first the least. */
function foldersWith(...contents: readonly Readonly<Record<string, string>>[]): readonly string[] {
  return contents.map((files) => {
    const made = mkdtempSync(join(folder, 'cdi-'));
    mkdirSync(made, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(made, name), text);
    return made;
  });
}

const card = (kind: string, name: string, edits: object, shared: object = {}): string =>
  JSON.stringify({
    cdiVersion: '0.6.0',
    kind,
    devices: [{ name, containerEdits: edits }],
    containerEdits: shared,
  });

const yaml = `cdiVersion: "0.5.0"
kind: acme.com/gpu
containerEdits:
  env: [SHARED=1]
devices:
- name: "0"
  containerEdits:
    deviceNodes:
    - path: /dev/acme0
      hostPath: /dev/null
      permissions: rw
    mounts:
    - {hostPath: /usr/lib/libacme.so, containerPath: /lib/libacme.so}
    hooks:
    - {hookName: createContainer, path: /bin/true, args: ["true", all]}
- name: "1"
  containerEdits:
    deviceNodes: [{path: /dev/zero, fileMode: 416, uid: 7, gid: 8}]
`;

test('devices become nodes, mounts, environment and hooks', () => {
  const folders = foldersWith({ 'acme.yaml': yaml, 'notes.txt': 'not one' });
  const { config, hooks } = withCdiDevices(
    plainContainer,
    ['acme.com/gpu=0', 'acme.com/gpu=1'],
    folders,
  );
  assert.deepEqual(config.env, ['SHARED=1']);
  assert.deepEqual(
    config.devices.map(({ device: { path, type, major, minor }, access }) => [
      path,
      type,
      major,
      minor,
      access,
    ]),
    [
      ['/dev/acme0', 'c', 1, 3, 'rw'],
      ['/dev/zero', 'c', 1, 5, 'rwm'],
    ],
  );
  const { fileMode, uid, gid } = config.devices[1]?.device ?? {};
  assert.deepEqual([fileMode, uid, gid], [0o640, 7, 8]);
  assert.equal(config.mounts[0]?.destination, '/lib/libacme.so');
  assert.deepEqual(config.mounts[0]?.options, ['ro', 'nosuid', 'nodev', 'rbind', 'rprivate']);
  assert.deepEqual(hooks, { createContainer: [{ path: '/bin/true', args: ['true', 'all'] }] });
});

test('a later folder wins, and what is twice in one is refused', () => {
  const a = card('a.b/c', 'x', { env: ['FROM=first'] });
  const b = card('a.b/c', 'x', { env: ['FROM=second'] });
  const envOf = (folders: readonly string[]): readonly string[] =>
    withCdiDevices(plainContainer, ['a.b/c=x'], folders).config.env;
  assert.deepEqual(envOf(foldersWith({ 'one.json': a }, { 'two.json': b })), ['FROM=second']);
  assert.deepEqual(envOf([join(folder, 'not-there'), ...foldersWith({ 'one.json': a })]), [
    'FROM=first',
  ]);
  assert.throws(
    () => envOf(foldersWith({ 'one.json': a, 'two.json': b })),
    (error) => error instanceof PlimsollError && error.code === 'PL0836',
  );
});

test('what is not there, and what is not valid', () => {
  const check = (text: string, name: string, code: string, message: RegExp): void => {
    const folders = foldersWith({ 'one.yaml': text });
    assert.throws(
      () => withCdiDevices(plainContainer, [name], folders),
      (error) =>
        error instanceof PlimsollError &&
        error.code === code &&
        message.test(`${error.message} ${error.diagnostic.help}`),
      text,
    );
  };
  check(yaml, 'acme.com/gpu=2', 'PL0805', /there are: acme\.com\/gpu=0, acme\.com\/gpu=1/);
  check(yaml, 'other.com/gpu=0', 'PL0805', /no device other/);
  check(
    card('a.b/c', 'x', { deviceNodes: [{ path: '/dev/not-there-at-all' }] }),
    'a.b/c=x',
    'PL0805',
    /not-there/,
  );
  check('kind: [', 'a.b/c=x', 'PL0836', /not valid/);
  check('just text', 'a.b/c=x', 'PL0836', /the file/);
  check(card('noclass', 'x', {}), 'a.b/c=x', 'PL0836', /kind/);
  check(
    card('a.b/c', 'x', { env: ['NAME'] }),
    'a.b/c=x',
    'PL0836',
    /devices\.0\.containerEdits\.env\.0/,
  );
  check(
    card('a.b/c', 'x', { mounts: [{ hostPath: '/x', containerPath: 'y' }] }),
    'a.b/c=x',
    'PL0836',
    /containerPath/,
  );
});

test('aliases do not grow without bound', () => {
  const lines = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
  for (let level = 0; level < 9; level++) {
    const before = String.fromCharCode(97 + level);
    const name = String.fromCharCode(98 + level);
    lines.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(',')}]`);
  }
  assert.throws(
    () => parseCdiFile(lines.join('\n'), 'bomb.yaml'),
    (error) => error instanceof PlimsollError && error.code === 'PL0836',
  );
});
