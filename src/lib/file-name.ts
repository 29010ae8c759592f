// Names of files are bytes, not text: Linux takes every byte but '/' and NUL. What is UTF-8 is kept as that text; every
// byte that is not becomes one code unit of U+DC80 to U+DCFF, a lone surrogate that no UTF-8 gives. So two names that
// differ in bytes differ as strings too, and the bytes can be had back. The scheme is that of Python's PEP 383.

/** Bytes of the well-formed UTF-8 sequence at `at` (Unicode 15.0, table 3-7); 0 where there is none. */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > end) return 0;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  const second = bytes[at + 1] ?? 0;
  if (second < lowest || second > highest) return 0;
  for (let index = at + 2; index < at + length; index++) {
    if (((bytes[index] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** The name that stands in `bytes` from `start` to `end`. */
export function decodeFileName(bytes: Buffer, start = 0, end = bytes.length): string {
  const text = bytes.toString('utf8', start, end);
  // Quick for what nearly every name is: V8 knows that ASCII text holds no U+FFFD.
  return text.includes('\ufffd') ? decodeSlowly(bytes, start, end) : text;
}

function decodeSlowly(bytes: Buffer, start: number, end: number): string {
  const parts: string[] = [];
  let valid = start;
  let at = start;
  while (at < end) {
    const length = sequenceLength(bytes, at, end);
    if (length > 0) {
      at += length;
      continue;
    }
    parts.push(bytes.toString('utf8', valid, at), String.fromCharCode(0xdc00 + (bytes[at] ?? 0)));
    at++;
    valid = at;
  }
  parts.push(bytes.toString('utf8', valid, end));
  return parts.join('');
}

const strayByte = /[\udc80-\udcff]/u;

/** The bytes of a name that `decodeFileName` gave. */
export function encodeFileName(name: string): Buffer {
  if (name.isWellFormed()) return Buffer.from(name);
  return Buffer.concat(
    name
      .split(/([\udc80-\udcff])/u)
      .map((part) =>
        strayByte.test(part) ? Buffer.of(part.charCodeAt(0) - 0xdc00) : Buffer.from(part),
      ),
  );
}
