// Images of an ordinary user: in a user namespace with subordinate ids, and with none. The suites of unpacking are run
// as that user too: what is unpacked is what umoci unpacks there, hostile layers reach nothing, all drivers that a user
// can have hold their contract.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { layoutArchive, makeLayout } from '../builders/oci-layout.ts';
import { makeTar } from '../builders/tar.ts';
import { makeTestUser, type TestUser } from '../builders/test-user.ts';

before(() =>
  execFileSync(join(import.meta.dirname, '../../scripts/test-tools.sh'), { stdio: 'inherit' }),
);

const node = (user: TestUser): string =>
  process.execPath.replace(join(import.meta.dirname, '../..'), user.checkout);

function plimsoll(user: TestUser, ...args: readonly string[]): ReturnType<TestUser['run']> {
  return user.run(node(user), [join(user.checkout, 'dist/plimsoll.js'), ...args]);
}

/** An archive with an image in the user's home: files of several users, and a device. */
function writeImage(user: TestUser): string {
  const tar = makeTar([
    { name: './' },
    { name: 'f', body: 'x', uid: 33, gid: 1000, mode: 0o4750 },
    { name: 'null', type: '3', device: [1, 3] },
  ]);
  const layout = makeLayout();
  layout.index([
    {
      ...layout.image([{ tar, stored: tar }]),
      annotations: { 'org.opencontainers.image.ref.name': 'docker.io/library/test:1' },
    },
  ]);
  const path = join(user.home, 'image.tar');
  writeFileSync(path, layoutArchive(layout));
  chmodSync(path, 0o644);
  return path;
}

const listing = [
  'unshare',
  'sh',
  '-c',
  'find $PLIMSOLL_ROOT/snapshots -name f -printf "%U:%G %m\\n"',
];

test('an image of a user has files of several owners; what root alone may make is left out', () => {
  using user = makeTestUser();
  const loaded = plimsoll(user, 'load', '-i', writeImage(user));
  assert.equal(loaded.status, 0, loaded.stderr);
  assert.match(loaded.stderr, /warning\[PL0729\]: left out: device at \/null/);
  assert.equal(plimsoll(user, ...listing).stdout, '33:1000 4750\n');
  assert.match(plimsoll(user, 'images').stdout, /^test +1 /m);
  const removed = plimsoll(user, 'rmi', 'test:1');
  assert.equal(removed.status, 0, removed.stderr);
  assert.equal(plimsoll(user, ...listing).stdout, '');
  assert.equal(plimsoll(user, 'unshare', 'sh', '-c', 'id -u; exit 7').status, 7);
  assert.equal(plimsoll(user, 'unshare', 'sh', '-c', 'kill -9 $$').status, 137);
});

test('without subordinate ids all files are the user’s own, and that is told with the remedy', () => {
  using user = makeTestUser(false);
  const loaded = plimsoll(user, 'load', '-i', writeImage(user));
  assert.equal(loaded.status, 0, loaded.stderr);
  assert.match(loaded.stderr, /warning\[PL0727\]/);
  assert.match(loaded.stderr, /usermod --add-subuids/);
  assert.match(loaded.stderr, /left out: owner at \/f/);
  assert.match(plimsoll(user, ...listing).stdout, /^0:0 4750\n$/);
  assert.equal(plimsoll(user, 'rmi', 'test:1').status, 0);
});

test('the suites of unpacking as a user', () => {
  using user = makeTestUser();
  const { status, stdout } = plimsoll(
    user,
    'unshare',
    node(user),
    '--test',
    'test/differential/unpack.test.ts',
    'test/hostile/unpack.test.ts',
    'test/contract/snapshotters.test.ts',
  );
  assert.equal(status, 0, stdout.slice(-5000));
  assert.ok(Number(/^ℹ pass (\d+)/m.exec(stdout)?.[1]) > 60, stdout.slice(-500));
});
