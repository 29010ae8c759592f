// Where one frame of a zstd stream ends and the next starts (RFC 8878, section 3.1). Node's decompressor takes bytes
// behind a frame's end for garbage when they come in the same write, so a stream of several frames (zstd:chunked has
// one for each file, pzstd some for each core) must be cut at their ends. Skippable frames are left out.

const dictionaryBytes = [0, 1, 2, 4];
const contentSizeBytes = [0, 2, 4, 8];

/** What is being passed over, and what is decided when it has passed. */
type State =
  | 'magic'
  | 'skip-size'
  | 'skip'
  | 'descriptor'
  | 'header'
  | 'block'
  | 'content'
  | 'checksum'
  | 'lost';

/** Cuts a stream: give it chunks in turn, write each piece by itself. */
export function zstdPieces(): (chunk: Buffer) => readonly Buffer[] {
  let state: State = 'magic';
  // Bytes of the current part still to come, and the little-endian number that the last ones gave.
  let left = 4;
  let width = 4;
  let number = 0;
  let checksum = false;
  let lastBlock = false;
  // A magic number is held back until it is known that its frame is wanted.
  let held: Buffer = Buffer.alloc(0);

  const expect = (next: State, bytes: number): void => {
    state = next;
    left = bytes;
    width = bytes;
    number = 0;
  };
  /** Moves on when a part is complete; whether a frame has ended. */
  const advance = (): boolean => {
    switch (state) {
      case 'magic':
        if (number >>> 4 === 0x184d2a5) expect('skip-size', 4);
        else if (number === 0xfd2fb528) expect('descriptor', 1);
        else expect('lost', Number.POSITIVE_INFINITY);
        return false;
      case 'skip-size':
        expect('skip', number);
        return false;
      case 'skip':
        expect('magic', 4);
        return true;
      case 'descriptor': {
        const single = (number & 0x20) !== 0;
        checksum = (number & 4) !== 0;
        const size = number >> 6 === 0 && single ? 1 : (contentSizeBytes[number >> 6] ?? 0);
        expect('header', (single ? 0 : 1) + (dictionaryBytes[number & 3] ?? 0) + size);
        return false;
      }
      case 'block':
        lastBlock = (number & 1) !== 0;
        // Type 1 repeats one byte; the size is then that of its output.
        expect('content', ((number >> 1) & 3) === 1 ? 1 : number >> 3);
        return false;
      case 'header':
        expect('block', 3);
        return false;
      case 'content':
        if (!lastBlock) expect('block', 3);
        else if (checksum) expect('checksum', 4);
        else {
          expect('magic', 4);
          return true;
        }
        return false;
      default:
        expect('magic', 4);
        return true;
    }
  };

  return (chunk) => {
    const pieces: Buffer[] = [];
    let start = 0;
    let at = 0;
    while (at < chunk.length || left === 0) {
      const before = state;
      const step = Math.min(left, chunk.length - at);
      if (
        state === 'magic' ||
        state === 'skip-size' ||
        state === 'descriptor' ||
        state === 'block'
      ) {
        for (let index = at; index < at + step; index++) {
          number += (chunk[index] ?? 0) * 256 ** (width - left + index - at);
        }
      }
      at += step;
      left -= step;
      if (left > 0) break;
      const ended = advance();
      if (before === 'magic') {
        // The magic's first bytes may have come with the chunk before.
        if (state !== 'skip-size') {
          if (held.length > 0) pieces.push(held);
        } else start = at;
        held = Buffer.alloc(0);
      } else if (ended && before !== 'skip') {
        pieces.push(chunk.subarray(start, at));
        start = at;
      } else if (before === 'skip' || before === 'skip-size') {
        start = at;
      }
    }
    if (state === 'magic') {
      held = Buffer.concat([held, chunk.subarray(Math.max(start, at - (4 - left)), at)]);
    } else if (state !== 'skip' && state !== 'skip-size' && start < at) {
      pieces.push(chunk.subarray(start, at));
    }
    return pieces;
  };
}
