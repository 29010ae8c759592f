// Layers that mutations start from: everything that changes how a tree is built, stored in each way that images store it.
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { makeTar } from '../builders/tar.ts';

const skippable = Buffer.from('502a4d180400000001020304', 'hex');

export function layerSeeds(): readonly Uint8Array[] {
  const lower = makeTar([
    { name: 'usr/' },
    { name: 'usr/lib/' },
    { name: 'lib', type: '2', linkName: 'usr/lib' },
    { name: 'usr/lib/one', body: 'one' },
    { name: 'dangling', type: '2', linkName: 'nowhere/at/all' },
    { name: 'loop', type: '2', linkName: 'loop/x' },
    { name: 'dir/' },
    { name: 'dir/a', body: 'a', mode: 0o4755 },
    { name: 'file', body: 'file' },
  ]);
  const upper = makeTar([
    { name: 'lib/two', body: 'two' },
    { name: 'dangling/below', body: 'x' },
    { name: 'loop/below', body: 'x' },
    { name: 'file/below', body: 'x' },
    { name: 'dir/.wh.a' },
    { name: 'dir/.wh..wh..opq' },
    { name: '.wh.file' },
    { name: 'again', type: '1', linkName: 'lib/one' },
    { name: 'late', type: '1', linkName: 'after' },
    { name: 'after', body: 'after' },
    { name: '../../out', body: 'out' },
    { name: 'dev/null', type: '3', device: [1, 3] },
    { name: 'x', pax: { path: `p/${'q'.repeat(150)}`, 'SCHILY.xattr.user.x': 'y' }, body: 'pax' },
  ]);
  const halves = [upper.subarray(0, 1700), upper.subarray(1700)];
  return [
    lower,
    upper,
    gzipSync(upper, { level: 0 }),
    gzipSync(upper),
    Buffer.concat(halves.map((half) => gzipSync(half))),
    zstdCompressSync(upper),
    Buffer.concat([skippable, ...halves.map((half) => zstdCompressSync(half)), skippable]),
  ];
}
