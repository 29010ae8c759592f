// export: the files of all layers as one archive.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readTar } from '../../src/formats/tar-reader.ts';
import { withLimits } from '../../src/lib/limits.ts';
import { makeLayout, writeLayout } from '../builders/oci-layout.ts';
import { scratchFolder } from '../builders/stored-image.ts';
import { makeTar, type TarMember } from '../builders/tar.ts';
import { runPlimsoll } from './run-plimsoll.ts';

const layers: readonly (readonly TarMember[])[] = [
  [
    { name: 'bin/', mode: 0o700, uid: 3, gid: 4 },
    { name: 'bin/tool', body: 'old', mode: 0o4755, pax: { mtime: '1700000000.25' } },
    { name: 'bin/same', type: '1', linkName: 'bin/tool' },
    { name: 'gone/' },
    { name: 'gone/file', body: 'x' },
    { name: 'opaque/' },
    { name: 'opaque/below', body: 'x' },
    { name: 'lib', type: '2', linkName: 'usr/lib' },
    { name: 'usr/lib/' },
  ],
  [
    { name: '.wh.gone' },
    { name: 'opaque/' },
    { name: 'opaque/.wh..wh..opq' },
    { name: 'opaque/above', body: 'y' },
    { name: 'lib/through-a-link', body: 'z' },
  ],
  [
    { name: 'bin/tool', body: 'new' },
    { name: 'gone', body: 'a file now' },
    { name: 'device', type: '3', device: [5, 1], mode: 0o666 },
    { name: 'pipe', type: '6' },
    { name: 'attributes', body: 'a', pax: { 'SCHILY.xattr.user.note': 'kept' } },
  ],
];

/** [path, type, mode, what else is worth knowing]. */
const expected = [
  ['attributes', 'file', 0o644, 'a kept'],
  ['bin/', 'directory', 0o700, '3:4'],
  ['bin/same', 'file', 0o4755, 'old .25'],
  ['bin/tool', 'file', 0o644, 'new'],
  ['device', 'character', 0o666, '5,1'],
  ['gone', 'file', 0o644, 'a file now'],
  ['lib', 'symlink', 0o777, 'usr/lib'],
  ['opaque/', 'directory', 0o755, ''],
  ['opaque/above', 'file', 0o644, 'y'],
  ['pipe', 'fifo', 0o644, ''],
  ['usr/', 'directory', 0o755, ''],
  ['usr/lib/', 'directory', 0o755, ''],
  ['usr/lib/through-a-link', 'file', 0o644, 'z'],
];

test('all layers on top of each other, in one archive', async (context) => {
  const root = scratchFolder(context);
  const layout = makeLayout();
  const tars = layers.map((members) => makeTar(members));
  layout.index([layout.image(tars.map((tar) => ({ tar, stored: tar })))]);
  writeLayout(layout, join(root, 'layout'));
  const run = (...args: readonly string[]) =>
    runPlimsoll(args, { env: { PLIMSOLL_ROOT: join(root, 'store'), HOME: root } });
  const copied = await run('copy', `oci:${join(root, 'layout')}`, 'all:1');
  assert.equal(copied.code, 0, copied.stderr);
  const path = join(root, 'all.tar');
  const ran = await run('export', '-o', path, 'all:1');
  assert.equal(ran.code, 0, ran.stderr);
  const found: unknown[] = [];
  const limits = withLimits();
  for await (const entry of readTar([readFileSync(path)], { limits, at: {} })) {
    const { name, type, mode, uid, gid, linkName, device, xattrs, mtimeNanoseconds } = entry;
    const about = [
      type === 'file' ? Buffer.from(await entry.read(100)).toString() : '',
      uid === 0 ? '' : `${uid}:${gid}`,
      linkName,
      device === undefined ? '' : `${device.major},${device.minor}`,
      Object.values(xattrs ?? {})
        .map((value) => Buffer.from(value).toString())
        .join(),
      // Of what layers have, only one has a part of a second.
      mtimeNanoseconds === 250_000_000 ? '.25' : '',
    ];
    found.push([name, type, mode, about.filter((text) => text !== '').join(' ')]);
  }
  assert.deepEqual(found, expected);
  const missing = await run('export', 'none');
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^error\[PL0707\]/);
});
