// Cutting a zstd stream at its frames: however the chunks come, the same bytes in the same order, with the same cuts.
import { zstdCompressSync } from 'node:zlib';
import { zstdPieces } from '../../src/formats/zstd-frames.ts';
import { layerSeeds } from './layer-seeds.ts';
import type { FuzzTarget } from './target.ts';

function cut(bytes: Buffer, step: number): Buffer {
  const pieces = zstdPieces();
  const all: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += step)
    all.push(...pieces(bytes.subarray(at, at + step)));
  return Buffer.concat(all);
}

export const target: FuzzTarget = {
  name: 'zstd-frames',
  seeds: () => [
    ...layerSeeds().slice(5),
    zstdCompressSync(Buffer.alloc(300_000, 'ab')),
    Buffer.concat(['', 'a', 'b'.repeat(1000)].map((text) => zstdCompressSync(Buffer.from(text)))),
  ],
  run(bytes) {
    const stream = Buffer.from(bytes);
    const whole = cut(stream, Math.max(1, stream.length));
    if (whole.length > stream.length) throw new Error('more bytes than came');
    for (const step of [1, 3, 61]) {
      if (!cut(stream, step).equals(whole)) throw new Error(`other bytes when cut every ${step}`);
    }
  },
};
