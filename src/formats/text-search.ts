// Finds many texts in one pass over data. A text of at least seven bytes covers a whole aligned word of four bytes
// wherever it stands, so only aligned words are looked at: each against a bitmap of the words that the texts hold, and
// only a word that is there against the texts themselves. On read-only data that costs about as much as two searches
// for one text each.

/** The shortest text that can be looked for. */
export const shortestText = 7;

interface Place {
  readonly text: number;
  /** Where in the text the word stands: 0 to 3. */
  readonly offset: number;
}

/** Large enough that few other words share a slot, small enough to stay in the processor's first cache. */
const slotBits = 14;

/** Fibonacci hashing: the upper bits of the product with 2^32 divided by the golden ratio. */
const slotOf = (word: number): number => Math.imul(word, 0x9e3779b1) >>> (32 - slotBits);

/**
 * Prepares a search. The function that comes back calls `found` for every occurrence, in the order of their places, with
 * the position of the text in `texts`.
 */
export function textSearch(
  texts: readonly Buffer[],
): (data: Buffer, found: (text: number, at: number) => void) => void {
  const filter = new Uint8Array(1 << slotBits);
  const places = new Map<number, Place[]>();
  for (const [text, bytes] of texts.entries()) {
    if (bytes.length < shortestText) throw new RangeError(`text of ${bytes.length} bytes`);
    for (let offset = 0; offset < 4; offset++) {
      const [word = 0] = wordsOf(Buffer.from(bytes.subarray(offset, offset + 4)), 0, 1);
      filter[slotOf(word)] = 1;
      const known = places.get(word);
      if (known === undefined) places.set(word, [{ text, offset }]);
      else known.push({ text, offset });
    }
  }
  return (data, found) => {
    const start = (4 - (data.byteOffset & 3)) & 3;
    const words = wordsOf(data, start, Math.max(0, (data.length - start) >> 2));
    for (let at = nextWord(words, 0, filter); at < words.length; ) {
      for (const { text, offset } of places.get(words[at] ?? 0) ?? []) {
        const from = start + 4 * at - offset;
        if (from >= 0 && matches(data, from, texts[text])) found(text, from);
      }
      at = nextWord(words, at + 1, filter);
    }
  };
}

/** The first word from a place on that the filter lets through, else the number of words. By itself, so that it is compiled well. */
function nextWord(words: Int32Array, from: number, filter: Uint8Array): number {
  const count = words.length;
  for (let at = from; at < count; at++) {
    if (filter[slotOf(words[at] ?? 0)] !== 0) return at;
  }
  return count;
}

function wordsOf(data: Buffer, start: number, count: number): Int32Array {
  const from = data.byteOffset + start;
  // A small buffer may come out of a pool at an odd place.
  return from % 4 === 0 && count > 0
    ? new Int32Array(data.buffer, from, count)
    : new Int32Array(Uint8Array.from(data.subarray(start, start + 4 * count)).buffer);
}

function matches(data: Buffer, from: number, text: Buffer | undefined): boolean {
  if (text === undefined || from + text.length > data.length) return false;
  for (let i = 0; i < text.length; i++) if (data[from + i] !== text[i]) return false;
  return true;
}
