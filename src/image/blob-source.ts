// Bytes that stand somewhere in a file: a blob of a layout, a member of an archive.
import type { FileHandle } from 'node:fs/promises';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { interrupted } from './interrupted.ts';

/** Bytes that can be read as a stream, as often as wanted. */
export interface BlobSource {
  readonly size: number;
  /** See Layer.identity. */
  readonly identity?: string;
  chunks(signal: AbortSignal): AsyncGenerator<Buffer>;
}

/** Measured: larger chunks are slower (page faults), smaller ones cost turns of the event loop. */
const chunkBytes = 256 * 1024;

/** Part of an open file. */
export function partOfFile(
  handle: FileHandle,
  offset: number,
  size: number,
  fileIdentity?: string,
): BlobSource {
  return {
    size,
    ...(fileIdentity === undefined ? {} : { identity: `${fileIdentity}@${offset}+${size}` }),
    chunks: (signal) => readChunks(handle, offset, size, signal),
  };
}

/** A whole file, opened when it is read. */
export function wholeFile(path: string, size: number, fileIdentity: string): BlobSource {
  return {
    size,
    identity: `${fileIdentity}@0+${size}`,
    async *chunks(signal) {
      const { open } = await import('node:fs/promises');
      const handle = await open(path, 'r');
      try {
        yield* readChunks(handle, 0, size, signal);
      } finally {
        await handle.close();
      }
    },
  };
}

/** Bytes that are at hand. */
export function bytesSource(bytes: Buffer): BlobSource {
  return {
    size: bytes.length,
    async *chunks() {
      yield bytes;
    },
  };
}

/** The next chunk is being read while one is looked at. */
async function* readChunks(
  handle: FileHandle,
  offset: number,
  size: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let at = 0;
  const next = async (): Promise<Buffer> => {
    const wanted = Math.min(chunkBytes, size - at);
    if (wanted <= 0) return Buffer.alloc(0);
    const { bytesRead, buffer } = await handle.read(
      Buffer.allocUnsafeSlow(wanted),
      0,
      wanted,
      offset + at,
    );
    if (bytesRead === 0) {
      throw new PlimsollError(
        'PL0103',
        `the file ends early: expected ${size} bytes, found ${at}`,
        {
          at: { offset: offset + at },
          help: 'the file changed while it was read: try again when it is complete',
        },
      );
    }
    at += bytesRead;
    return buffer.subarray(0, bytesRead);
  };
  let pending = next();
  try {
    for (let chunk = await pending; chunk.length > 0; chunk = await pending) {
      if (signal.aborted) throw interrupted(signal);
      pending = next();
      yield chunk;
    }
  } finally {
    // The file must not be closed under a read that is under way.
    await pending.catch(() => undefined);
  }
}

/** All bytes of a small blob. */
export async function bytesOf(blob: BlobSource, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of blob.chunks(signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
