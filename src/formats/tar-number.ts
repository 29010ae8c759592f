// Numbers in tar headers: octal text, padded with blanks or NULs on either side, or GNU's base-256: a set top bit
// in the first byte, then a big-endian two's complement number (GNU tar's "Basic Tar Format").

/** A number field; NaN when it is neither form, or no safe integer. An empty field is 0. */
export function parseTarNumber(bytes: Uint8Array, start: number, length: number): number {
  const first = bytes[start] ?? 0;
  if ((first & 0x80) !== 0) return parseBase256(bytes, start, length, first);
  let at = start;
  const end = start + length;
  while (at < end && (bytes[at] === 0x20 || bytes[at] === 0)) at++;
  let value = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  for (; at < end; at++) if (bytes[at] !== 0x20 && bytes[at] !== 0) return Number.NaN;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

function parseBase256(bytes: Uint8Array, start: number, length: number, first: number): number {
  const negative = (first & 0x40) !== 0;
  let value = negative ? (first & 0x3f) - 0x40 : first & 0x3f;
  for (let at = start + 1; at < start + length; at++) value = value * 256 + (bytes[at] ?? 0);
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

/** Decimal text as PAX records and sparse maps have it; NaN when it is anything else. */
export function parseDecimal(text: string): number {
  if (!/^\d{1,16}$/.test(text)) return Number.NaN;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : Number.NaN;
}
