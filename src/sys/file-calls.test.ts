import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  constants,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  closeDescriptor,
  fileTypes,
  linkAt,
  makeDirectoryAt,
  makeNodeAt,
  openAt,
  openDirectory,
  openDirectoryAt,
  readLinkAt,
  renameAt,
  setTimesAt,
  statusAt,
  symlinkAt,
  unlinkAt,
  writeAll,
} from './file-calls.ts';
import { copyRange, dataRanges } from './file-copies.ts';
import { lowerDirectories } from './mounts.ts';
import {
  attributeNames,
  attributeOf,
  pathAt,
  removeAttributeOf,
  setAttributeOf,
} from './xattrs.ts';

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-test-'));
const directory = openDirectory(folder);
after(() => {
  closeDescriptor(directory);
  rmSync(folder, { recursive: true });
});
const create = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;

test('names are bytes, in every call', () => {
  const name = 'b\udcff\udc80';
  closeDescriptor(openAt(directory, name, create, 0o644));
  linkAt(directory, name, directory, 'plain');
  symlinkAt(name, directory, 'link');
  assert.equal(readLinkAt(directory, 'link'), name);
  renameAt(directory, name, directory, `${name}2`);
  const bytes = readdirSync(folder, { encoding: 'buffer' }).map((one) => one.toString('hex'));
  assert.ok(bytes.includes('62ff8032'));
  setAttributeOf(pathAt(directory, `${name}2`), 'user.a', Buffer.from([0, 255]));
  assert.deepEqual(attributeNames(pathAt(directory, 'plain')), ['user.a']);
  assert.deepEqual(attributeOf(pathAt(directory, 'plain'), 'user.a'), Buffer.from([0, 255]));
  removeAttributeOf(pathAt(directory, 'plain'), 'user.a');
  removeAttributeOf(pathAt(directory, 'plain'), 'user.a');
  assert.equal(attributeOf(pathAt(directory, 'plain'), 'user.a'), undefined);
});

test('links are never followed', () => {
  writeFileSync(join(folder, 'target'), 'x');
  symlinkSync('target', join(folder, 'to-file'));
  symlinkSync('/', join(folder, 'to-root'));
  assert.throws(() => openAt(directory, 'to-file', constants.O_RDONLY), { code: 'ELOOP' });
  assert.throws(() => openDirectoryAt(directory, 'to-root'), { code: 'ENOTDIR' });
  assert.throws(() => openAt(directory, 'to-file', create), { code: 'EEXIST' });
  setTimesAt(directory, 'to-file', { seconds: 1, nanoseconds: 0 });
  assert.notEqual(statSync(join(folder, 'target')).mtimeMs, 1000);
  assert.equal(readLinkAt(directory, 'target'), undefined);
  assert.equal(readLinkAt(directory, 'missing'), undefined);
});

test('times of any age, to the nanosecond', () => {
  makeDirectoryAt(directory, 'd', 0o700);
  for (const time of [
    { seconds: 1_600_000_000, nanoseconds: 123_456_789 },
    { seconds: 0, nanoseconds: 0 },
    { seconds: -2, nanoseconds: 750_000_000 },
    { seconds: 2 ** 32 + 5, nanoseconds: 1 },
  ]) {
    setTimesAt(directory, 'd', time);
    assert.deepEqual(statusAt(directory, 'd')?.mtime, time);
  }
});

test('device numbers are those that mknod(1) makes', () => {
  for (const [at, [major, minor]] of (
    [
      [1, 3],
      [259, 70_000],
      [4095, 255],
    ] as const
  ).entries()) {
    makeNodeAt(directory, `device${at}`, fileTypes.block | 0o600, major, minor);
    const said = execFileSync('stat', ['-c', '%Hr %Lr', join(folder, `device${at}`)], {
      encoding: 'utf8',
    });
    assert.equal(said, `${major} ${minor}\n`);
    const status = statusAt(directory, `device${at}`);
    assert.deepEqual([status?.major, status?.minor], [major, minor]);
  }
});

test('bytes at positions, holes and copies in the kernel', () => {
  const from = openAt(directory, 'holes', create, 0o644);
  const to = openAt(directory, 'copy', create, 0o644);
  writeAll(from, Buffer.from('start'), 0);
  writeAll(from, Buffer.from('end'), 1 << 20);
  const ranges = [...dataRanges(from, (1 << 20) + 3)];
  assert.ok(ranges.length <= 2);
  for (const { start, end } of ranges)
    assert.equal(copyRange(from, to, start, end - start), end - start);
  closeDescriptor(from);
  closeDescriptor(to);
  assert.ok(readFileSync(join(folder, 'copy')).equals(readFileSync(join(folder, 'holes'))));
});

test('what is not there', () => {
  assert.equal(statusAt(directory, 'nothing'), undefined);
  assert.throws(() => unlinkAt(directory, 'nothing'), { code: 'ENOENT', syscall: 'unlinkat' });
});

test('layers of an overlay option, with escapes', () => {
  assert.deepEqual(lowerDirectories('lowerdir=/a:/b\\:c/d:/e\\,f\\\\'), ['/a', '/b:c/d', '/e,f\\']);
});
