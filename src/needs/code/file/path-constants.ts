// Absolute paths that code refers to as constants: what programs open, ask for and start.
import { type CodeImage, rangeAt } from './code-image.ts';
import type { FunctionMap } from './functions.ts';
import { type References, reference } from './references.ts';

const maxLength = 255;
const maxPaths = 20_000;
/** Printable and without blanks at the ends; "%d" and the like may stand in it. */
const absolutePath = /^\/[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Texts that begin with "/" by the function that refers to them. */
export function pathConstants(
  image: CodeImage,
  references: References,
  functions: FunctionMap,
): Record<number, string[]> {
  const found: Record<number, string[]> = {};
  const texts = new Map<number, string | undefined>();
  for (let at = 0; at < references.count; at++) {
    if (references.kinds[at] !== reference.point) continue;
    const place = references.to[at] ?? -1;
    if (!texts.has(place)) {
      if (texts.size >= maxPaths * 50) break;
      texts.set(place, pathAt(image, place));
    }
    const text = texts.get(place);
    if (text === undefined) continue;
    const index = functions.at(references.from[at] ?? -1);
    if (index < 0) continue;
    const list = found[index] ?? [];
    found[index] = list;
    if (!list.includes(text)) list.push(text);
  }
  return found;
}

function pathAt({ layout: { bytes }, data, low }: CodeImage, place: number): string | undefined {
  const range = rangeAt(data, place + low);
  if (range === undefined) return undefined;
  const offset = range.offset + (place + low - range.address);
  if (bytes[offset] !== 0x2f) return undefined;
  const end = bytes.indexOf(0, offset);
  if (end < 0 || end - offset > maxLength || end > range.offset + range.size) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + offset, end - offset).toString(
    'latin1',
  );
  return absolutePath.test(text) ? text : undefined;
}
