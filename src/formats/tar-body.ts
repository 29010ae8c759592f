// The body of a file in an archive, read from its start as often as wanted while the cursor still stands on it.
import type { ChunkCursor } from './chunk-cursor.ts';
import type { Holes } from './tar-holes.ts';

/**
 * Memory for bodies that cross chunks, used again for the next one: views are valid until the next entry only, and
 * fresh buffers for every library of an image would pile up faster than they are collected.
 */
export interface Scratch {
  bytes: Buffer;
}

/** A larger body gets memory of its own, which goes with it. */
const keptBytes = 16 * 1024 * 1024;

/**
 * First allocation for a body that crosses chunks. Pages that nothing is written to cost nothing, so that the size that a
 * header claims can be asked for; but not without end.
 */
const firstAllocation = 256 * 1024 * 1024;

/** Takes bytes of a file and where in the file they belong; the view is valid during the call only. */
export type WriteAt = (bytes: Buffer, position: number) => void;

/**
 * Gives the `stored` bytes at the cursor in pieces, in order, each with its place in the file: what lies between them
 * is a hole. Synchronous where all is there without waiting. Fails with `truncated()` when the stream ends before.
 */
export function copyBody(
  cursor: ChunkCursor,
  stored: number,
  holes: Holes | undefined,
  truncated: () => Error,
  write: WriteAt,
): Promise<void> | undefined {
  const map = holes?.map ?? [0, stored];
  let piece = 0;
  let position = map[0] ?? 0;
  let left = map[1] ?? 0;
  const wanted = (): boolean => {
    while (left === 0 && piece + 2 < map.length) {
      piece += 2;
      position = map[piece] ?? 0;
      left = map[piece + 1] ?? 0;
    }
    return left > 0;
  };
  const put = (bytes: Buffer | undefined): void => {
    if (bytes === undefined) throw truncated();
    write(bytes, position);
    position += bytes.length;
    left -= bytes.length;
  };
  const slowly = async (first: Promise<Buffer | undefined>): Promise<void> => {
    put(await first);
    while (wanted()) put(await cursor.part(left));
  };
  while (wanted()) {
    const part = cursor.part(left);
    if (part instanceof Promise) return slowly(part);
    put(part);
  }
  return undefined;
}

/**
 * A reader of the `stored` bytes at the cursor, with `holes` filled in. Rejects with `truncated()` when the stream
 * ends before.
 */
export function bodyReader(
  cursor: ChunkCursor,
  stored: number,
  holes: Holes | undefined,
  scratch: Scratch,
  truncated: () => Error,
): (limit: number) => Promise<Uint8Array> {
  let gathered = scratch.bytes;
  let have = 0;

  async function plain(want: number): Promise<Buffer> {
    if (have === 0) {
      const view = cursor.peek(want);
      if (view !== undefined) return view;
    }
    while (have < want) {
      if (gathered.length < want) {
        const grown = Buffer.allocUnsafe(
          Math.min(want, Math.max(firstAllocation, gathered.length * 2)),
        );
        gathered.copy(grown, 0, 0, have);
        gathered = grown;
        if (grown.length <= keptBytes) scratch.bytes = grown;
      }
      const room = gathered.subarray(have, want);
      const got = await cursor.fill(room);
      have += got;
      if (got < room.length) throw truncated();
    }
    return gathered.subarray(0, want);
  }

  if (holes === undefined) return (limit) => plain(Math.min(limit, stored));
  return async (limit) => {
    const whole = Buffer.alloc(Math.min(limit, holes.realSize));
    let from = 0;
    for (let index = 0; index < holes.map.length; index += 2) {
      const offset = holes.map[index] ?? 0;
      const length = Math.min(holes.map[index + 1] ?? 0, whole.length - offset);
      if (length < 0) break;
      (await plain(from + length)).copy(whole, offset, from, from + length);
      from += length;
    }
    return whole;
  };
}
