// Compressed streams, told by their first bytes. Inflating runs in libuv's threads, ahead of the reader by a few chunks.
// xz and bzip2 go through their programs. gzip may have many members (estargz has one a file), zstd many frames, some of them skippable (zstd:chunked).
import { once } from 'node:events';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import type { Location } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { zstdPieces } from '../formats/zstd-frames.ts';
import { inflateByProgram } from './inflate-by-program.ts';
import { interrupted } from './interrupted.ts';

/** How a layer is compressed. */
export type Compression = 'none' | 'gzip' | 'zstd' | 'xz' | 'bzip2';

/** What the first bytes (four at least, unless there are no more) say. */
export function compressionOf(bytes: Uint8Array): Compression {
  const [a, b, c, d] = bytes;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  // A skippable frame may come first: 0x184d2a50 to 5f, little-endian.
  if (a !== undefined && a >> 4 === 5 && b === 0x2a && c === 0x4d && d === 0x18) return 'zstd';
  if (a === 0xfd && b === 0x37 && c === 0x7a && d === 0x58) return 'xz';
  if (a === 0x42 && b === 0x5a && c === 0x68) return 'bzip2';
  return 'none';
}

/** The first bytes of a stream, and the stream with them still in it. */
export async function sniff(
  chunks: AsyncGenerator<Buffer>,
): Promise<{ readonly head: Buffer; readonly chunks: AsyncGenerator<Buffer> }> {
  const first: Buffer[] = [];
  let bytes = 0;
  while (bytes < 512) {
    const { value, done } = await chunks.next();
    if (done) break;
    first.push(value);
    bytes += value.length;
  }
  const again = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* first;
      yield* chunks;
    } finally {
      await chunks.return(undefined);
    }
  };
  return {
    head: first.length === 1 ? (first[0] ?? Buffer.alloc(0)) : Buffer.concat(first),
    chunks: again(),
  };
}

const chunkSize = 256 * 1024;
const readAhead = 4 * chunkSize;

/**
 * The bytes inside. Reads `chunks` to their end, also what stands behind the compressed data (so that a digest of them
 * is complete). @throws PlimsollError PL0203, and PL0207 where the program for xz or bzip2 is missing
 */
export async function* inflate(
  compression: Compression,
  chunks: AsyncGenerator<Buffer>,
  at: Location,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  if (compression === 'none') {
    yield* chunks;
    return;
  }
  if (compression === 'xz' || compression === 'bzip2') {
    yield* inflateByProgram(compression, chunks, at, signal);
    return;
  }
  const options = { chunkSize, readableHighWaterMark: readAhead };
  const stream = compression === 'gzip' ? createGunzip(options) : createZstdDecompress(options);
  const stop = (): unknown => stream.destroy(interrupted(signal));
  signal.addEventListener('abort', stop, { once: true });
  let consumed = 0;
  let complete = false;
  let abandoned = false;
  const cut = compression === 'zstd' ? zstdPieces() : (chunk: Buffer) => [chunk];
  const write = async (piece: Buffer): Promise<void> => {
    // The compressed data has ended: what follows is read all the same.
    if (abandoned || stream.destroyed || stream.readableEnded || stream.write(piece)) return;
    // The end of the compressed data may come instead of the wish for more.
    const settled = new AbortController();
    const one = { signal: settled.signal };
    await Promise.race(['drain', 'end', 'close'].map((event) => once(stream, event, one))).catch(
      () => undefined,
    );
    settled.abort();
  };
  const feed = async (): Promise<void> => {
    try {
      for await (const chunk of chunks) {
        consumed += chunk.length;
        if (abandoned || stream.errored) return;
        for (const piece of cut(chunk)) await write(piece);
      }
      stream.end();
    } catch (error) {
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const feeding = feed();
  try {
    for await (const chunk of stream) yield chunk as Buffer;
    complete = true;
    await feeding;
  } catch (cause) {
    if (cause instanceof PlimsollError) throw cause;
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new PlimsollError('PL0203', `damaged ${compression} stream: ${said}`, {
      at: { ...at, offset: Math.min(consumed, stream.bytesWritten) },
      notes: [`the damage lies in the compressed bytes from this offset to ${consumed}`],
      help: 'the file is cut off or was changed on its way: save or copy the image again',
      cause,
    });
  } finally {
    abandoned = !complete;
    signal.removeEventListener('abort', stop);
    stream.destroy();
    await feeding.catch(() => undefined);
  }
}
