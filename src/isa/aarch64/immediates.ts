// The immediates of A64's logical instructions: a run of ones, rotated within an element that is repeated.
// Source: Arm Architecture Reference Manual, the pseudocode function DecodeBitMasks.

const cache = new Map<number, number | undefined>();

/**
 * The mask of `and`, `orr`, `eor` and `ands` (immediate) as a signed number of the instruction's width; undefined where
 * the encoding is reserved or the mask is not exact as a number.
 */
export function bitmask(word: number): number | undefined {
  const key = ((word >>> 10) & 0x1fff) | (word < 0 ? 0x2000 : 0);
  if (cache.has(key)) return cache.get(key);
  const mask = decodeMask(key);
  cache.set(key, mask);
  return mask;
}

function decodeMask(key: number): number | undefined {
  const wide = (key & 0x2000) !== 0;
  const n = (key >> 12) & 1;
  const rotate = (key >> 6) & 63;
  const ones = key & 63;
  if (n === 1 && !wide) return undefined;
  // The element's size is told by the highest bit of N and the complement of the count.
  const lengthBits = (n << 6) | (~ones & 63);
  const length = 31 - Math.clz32(lengthBits);
  if (lengthBits === 0 || length < 1) return undefined;
  const size = 1 << length;
  const levels = size - 1;
  if ((ones & levels) === levels) return undefined;
  const run = (1n << BigInt((ones & levels) + 1)) - 1n;
  const by = BigInt(rotate & levels);
  const bits = BigInt(size);
  const element = ((run >> by) | (run << (bits - by))) & ((1n << bits) - 1n);
  let mask = 0n;
  for (let at = 0n; at < 64n; at += bits) mask |= element << at;
  const number = Number(wide ? BigInt.asIntN(64, mask) : BigInt.asUintN(32, mask));
  return Number.isSafeInteger(number) ? number : undefined;
}
