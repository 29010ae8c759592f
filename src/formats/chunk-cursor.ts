// A stream of chunks with a position: the reader below takes headers and bodies from it without copying what lies in
// one chunk, and passes over what nobody reads.

/** Bytes as they come: from a file, an inflater, standard input. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** A cursor in a stream. Views that it gives are valid until the next call of `take`, `skip`, `fill` or `part`. */
export interface ChunkCursor {
  /** Offset in the stream. */
  readonly offset: number;
  /** `length` bytes; undefined when the stream ends before. Not for lengths beyond a few MiB. */
  take(length: number): Promise<Buffer | undefined> | Buffer | undefined;
  /** The bytes at the cursor that are there without waiting and without moving it. */
  peek(length: number): Buffer | undefined;
  /** Copies up to `target.length` bytes; how many there were. */
  fill(target: Buffer): Promise<number>;
  /** The next bytes as they lie there, up to `most`; undefined at the end. Moves past them. */
  part(most: number): Promise<Buffer | undefined> | Buffer | undefined;
  /** Passes over bytes; how many there were. */
  skip(length: number): Promise<number> | number;
  /** The next chunk whole, for draining; undefined at the end. */
  rest(): Promise<Buffer | undefined>;
  /** Ends the stream early. */
  close(): Promise<void>;
}

const empty: Buffer = Buffer.alloc(0);

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk)
    ? chunk
    : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

/** Puts a cursor at the start of a stream. */
export function cursorOf(chunks: Chunks): ChunkCursor {
  const iterator =
    Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  let chunk: Buffer = empty;
  let at = 0;
  // Stream offset of the current chunk's start.
  let base = 0;

  async function next(): Promise<boolean> {
    for (;;) {
      const { value, done } = await iterator.next();
      base += chunk.length;
      at = 0;
      chunk = done ? empty : asBuffer(value);
      if (done) return false;
      if (chunk.length > 0) return true;
    }
  }

  async function fill(target: Buffer): Promise<number> {
    let filled = 0;
    for (;;) {
      const copied = chunk.copy(target, filled, at, at + target.length - filled);
      filled += copied;
      at += copied;
      if (filled === target.length || !(await next())) return filled;
    }
  }

  async function takeSlowly(length: number): Promise<Buffer | undefined> {
    const assembled = Buffer.allocUnsafe(length);
    return (await fill(assembled)) === length ? assembled : undefined;
  }

  async function partSlowly(most: number): Promise<Buffer | undefined> {
    if (!(await next())) return undefined;
    const view = chunk.subarray(0, most);
    at = view.length;
    return view;
  }

  async function skipSlowly(length: number): Promise<number> {
    let left = length;
    for (;;) {
      const step = Math.min(left, chunk.length - at);
      at += step;
      left -= step;
      if (left === 0 || !(await next())) return length - left;
    }
  }

  return {
    get offset() {
      return base + at;
    },
    take(length) {
      if (chunk.length - at < length) return takeSlowly(length);
      const view = chunk.subarray(at, at + length);
      at += length;
      return view;
    },
    peek(length) {
      return chunk.length - at < length ? undefined : chunk.subarray(at, at + length);
    },
    fill,
    part(most) {
      if (at === chunk.length) return partSlowly(most);
      const view = chunk.subarray(at, at + most);
      at += view.length;
      return view;
    },
    skip(length) {
      if (chunk.length - at < length) return skipSlowly(length);
      at += length;
      return length;
    },
    async rest() {
      if (at === chunk.length && !(await next())) return undefined;
      const view = chunk.subarray(at);
      at = chunk.length;
      return view;
    },
    async close() {
      await iterator.return?.();
    },
  };
}
