import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { zstdPieces } from './zstd-frames.ts';

const skippable = Buffer.from('5e2a4d180300000001020354'.slice(0, 22), 'hex');
const texts = [
  '',
  'a',
  'long '.repeat(50_000),
  Array.from({ length: 40_000 }, (_, at) => String((at * at) % 977)).join(''),
];
const frames = texts.map((text) => zstdCompressSync(text));

/** Offsets at which the parts end when they are put together. */
function endsOf(parts: readonly Buffer[]): ReadonlySet<number> {
  let end = 0;
  return new Set(
    parts.map((part) => {
      end += part.length;
      return end;
    }),
  );
}

test('pieces end where frames end, however the stream is cut; skippable frames are gone', () => {
  const stream = Buffer.concat([skippable, ...frames.flatMap((frame) => [frame, skippable])]);
  const ends = endsOf(frames);
  for (const step of [1, 2, 3, 5, 7, 100, 4096, stream.length]) {
    const pieces = zstdPieces();
    const all: Buffer[] = [];
    for (let at = 0; at < stream.length; at += step)
      all.push(...pieces(stream.subarray(at, at + step)));
    assert.ok(Buffer.concat(all).equals(Buffer.concat(frames)), `cut every ${step}`);
    const cuts = endsOf(all);
    assert.deepEqual(
      [...ends].filter((end) => !cuts.has(end)),
      [],
      `cut every ${step}`,
    );
  }
  assert.equal(zstdDecompressSync(frames[1] ?? Buffer.alloc(0)).toString(), 'a');
});

test('what is no frame passes through for the decompressor to refuse', () => {
  const pieces = zstdPieces();
  assert.equal(Buffer.concat(pieces(Buffer.from('no frame at all'))).toString(), 'no frame at all');
});
