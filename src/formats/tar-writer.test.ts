import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { decodeFileName } from '../lib/file-name.ts';
import { withLimits } from '../lib/limits.ts';
import { readTar, type TarEntry } from './tar-reader.ts';
import { formatTarHeader, type TarMember, tarEnd, tarPadding } from './tar-writer.ts';

const stray = decodeFileName(Buffer.from([0x61, 0xff, 0x62]));
const long = `${'directory/'.repeat(14)}file`;

/** Members, and what a reader must find where that differs. */
const members: readonly {
  readonly title: string;
  readonly member: TarMember;
  readonly headers: number;
}[] = [
  {
    title: 'plain file',
    member: { name: 'a', size: 3, mode: 0o4755, uid: 7, gid: 8, mtime: 5 },
    headers: 1,
  },
  { title: 'name that is parted', member: { name: long, size: 1 }, headers: 1 },
  { title: 'name that cannot be parted', member: { name: 'n'.repeat(101), size: 1 }, headers: 3 },
  { title: 'directory of 101 bytes', member: { name: `${'n'.repeat(100)}/` }, headers: 3 },
  { title: 'name of 100 bytes', member: { name: 'n'.repeat(100), size: 1 }, headers: 1 },
  {
    title: 'name of 300 bytes',
    member: { name: `${'n'.repeat(150)}/${'m'.repeat(149)}` },
    headers: 3,
  },
  { title: 'name in other letters', member: { name: 'Grüße/ß', size: 1 }, headers: 3 },
  { title: 'name that is no UTF-8', member: { name: stray, size: 1 }, headers: 1 },
  {
    title: 'long name that is no UTF-8',
    member: { name: `${'n'.repeat(100)}${stray}` },
    headers: 3,
  },
  { title: 'symlink', member: { name: 'l', type: 'symlink', linkName: '../a' }, headers: 1 },
  {
    title: 'long symlink',
    member: { name: 'l', type: 'symlink', linkName: 'x'.repeat(101) },
    headers: 3,
  },
  { title: 'hard link', member: { name: 'h', type: 'hard-link', linkName: 'a' }, headers: 1 },
  {
    title: 'device',
    member: { name: 'd', type: 'character', device: { major: 5, minor: 1 } },
    headers: 1,
  },
  {
    title: 'wide device',
    member: { name: 'd', type: 'block', device: { major: 8, minor: 0xfffff } },
    headers: 1,
  },
  {
    title: 'huge device',
    member: { name: 'd', type: 'block', device: { major: 8, minor: 2 ** 31 } },
    headers: 1,
  },
  { title: 'fifo', member: { name: 'p', type: 'fifo' }, headers: 1 },
  { title: 'large owner', member: { name: 'o', uid: 2 ** 31, gid: 2 ** 32 - 2 }, headers: 3 },
  {
    title: 'part of a second',
    member: { name: 't', mtime: 1_700_000_000, mtimeNanoseconds: 5000 },
    headers: 3,
  },
  {
    title: 'before 1970',
    member: { name: 't', mtime: -2, mtimeNanoseconds: 500_000_000 },
    headers: 3,
  },
  { title: 'far future', member: { name: 't', mtime: 8 ** 11 }, headers: 3 },
  {
    title: 'attributes',
    member: {
      name: 'x',
      xattrs: {
        'user.b': Buffer.from([0, 0xff, 0x0a, 0x3d]),
        'security.capability': Buffer.alloc(20, 1),
      },
    },
    headers: 3,
  },
];

function archive(all: readonly TarMember[]): Buffer {
  return Buffer.concat([
    ...all.flatMap((member) => [
      formatTarHeader(member),
      Buffer.alloc(member.size ?? 0, 'b'),
      tarPadding(member.size ?? 0),
    ]),
    tarEnd,
  ]);
}

async function entriesOf(bytes: Buffer): Promise<readonly TarEntry[]> {
  const entries: TarEntry[] = [];
  for await (const entry of readTar([bytes], {
    limits: withLimits({ fileBytes: 2 ** 40 }),
    at: {},
  }))
    entries.push(entry);
  return entries;
}

for (const { title, member, headers } of members) {
  test(`written and read again: ${title}`, async () => {
    assert.equal(formatTarHeader(member).length, headers * 512);
    const [entry, ...more] = await entriesOf(archive([member]));
    assert.equal(more.length, 0);
    const { name, type = name.endsWith('/') ? 'directory' : 'file' } = member;
    const expected = {
      name,
      type,
      mode: member.mode ?? (type === 'directory' ? 0o755 : 0o644),
      uid: member.uid ?? 0,
      gid: member.gid ?? 0,
      size: member.size ?? 0,
      mtime: member.mtime ?? 0,
      linkName: member.linkName ?? '',
      device: member.device,
      xattrs:
        member.xattrs &&
        Object.fromEntries(
          Object.entries(member.xattrs).map(([key, value]) => [key, new Uint8Array(value)]),
        ),
    };
    const found = Object.fromEntries(
      Object.keys(expected).map((key) => [key, entry?.[key as keyof typeof expected]]),
    );
    assert.deepEqual(found, expected);
  });
}

test('a body of 9 GiB has its size in PAX records', async () => {
  const size = 9 * 2 ** 30;
  const header = formatTarHeader({ name: 'big', size });
  assert.match(header.toString('latin1'), /\d+ size=9663676416\n/);
});

test('GNU tar and Python read what is written', () => {
  // GNU tar takes no device number of more than 31 bits.
  const read = members.filter(({ title }) => title !== 'huge device');
  const bytes = archive(read.map(({ member }) => member));
  const list = ['-tf', '-', '--quoting-style=literal', '--warning=none'];
  const listed = execFileSync('tar', list, { input: bytes });
  assert.equal(listed.toString().trimEnd().split('\n').length, read.length);
  const script = `
import sys, tarfile, io, json
t = tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()))
print(json.dumps([[m.name, m.uid, m.gid, m.mtime, m.linkname, m.devminor] for m in t]))`;
  const found = JSON.parse(execFileSync('python3', ['-c', script], { input: bytes }).toString());
  assert.deepEqual(
    found,
    read.map(({ member }) => [
      member.name.replace(/\/$/, ''),
      member.uid ?? 0,
      member.gid ?? 0,
      (member.mtime ?? 0) + (member.mtimeNanoseconds ?? 0) / 1e9,
      member.linkName ?? '',
      member.device?.minor ?? 0,
    ]),
  );
});

test('the same members give the same bytes, whatever the order of their attributes', () => {
  const a = { 'user.a': Buffer.from('1') };
  const b = { 'user.b': Buffer.from('2') };
  const header = (xattrs: Record<string, Buffer>): Buffer => formatTarHeader({ name: 'x', xattrs });
  assert.deepEqual(header({ ...a, ...b }), header({ ...b, ...a }));
});
