// Unwind information (.eh_frame): where each stretch of code begins and how long it is. Compilers write an entry for
// every function, and stripping cannot take them away, for they are loaded. Only the addresses are read.
// Sources: LSB 5 core, section 10.6 "Exception Frames"; DWARF 5, section 6.4.
import { type ElfLayout, offsetOfAddress, sectionNamed, segmentType } from './elf-layout.ts';

/** One stretch of code with unwind information. */
export interface FrameEntry {
  readonly address: number;
  readonly size: number;
  /** It is a signal frame ("S"): code that the kernel returns to. */
  readonly signal: boolean;
}

const maxEntries = 2_000_000;
const segmentFrameHeader = 0x6474e550;
/** DW_EH_PE_*: the low four bits are the format, the next three what it is relative to. */
const relativeToPlace = 0x10;

interface Common {
  readonly encoding: number;
  readonly signal: boolean;
}

/** All entries, in the file's order; none for files without unwind information. */
export function readFrameEntries(layout: ElfLayout): FrameEntry[] {
  const place = findFrames(layout);
  if (place === undefined) return [];
  const { bytes, view, little } = layout;
  const { from, end, address } = place;
  const entries: FrameEntry[] = [];
  const commons = new Map<number, Common | undefined>();
  let at = from;
  while (at + 8 <= end && entries.length < maxEntries) {
    let length = view.getUint32(at, little);
    let body = at + 4;
    // A terminator, of which linkers leave some in the middle.
    if (length === 0) {
      at += 4;
      continue;
    }
    if (length === 0xffffffff) {
      if (at + 20 > end) break;
      length = view.getUint32(at + 4, little);
      body = at + 12;
    }
    const next = body + length;
    if (next > end || next <= body) break;
    const pointer = view.getUint32(body, little);
    if (pointer !== 0) {
      const commonAt = body - pointer;
      if (!commons.has(commonAt))
        commons.set(commonAt, commonAt >= from ? readCommon(layout, commonAt, end) : undefined);
      const common = commons.get(commonAt);
      if (common !== undefined) {
        const field = body + 4;
        const first = readPointer(layout, field, next, common.encoding, address + field - from);
        const size = first && readPointer(layout, first.end, next, common.encoding & 15, 0);
        if (first && size && size.value > 0 && first.value > 0)
          entries.push({ address: first.value, size: size.value, signal: common.signal });
      }
    }
    at = next;
  }
  return bytes.length === 0 ? [] : entries;
}

function findFrames(
  layout: ElfLayout,
): { readonly from: number; readonly end: number; readonly address: number } | undefined {
  const section = sectionNamed(layout, '.eh_frame');
  if (section !== undefined && section.type !== 8) {
    const end = Math.min(layout.bytes.length, section.offset + section.size);
    return { from: section.offset, end, address: section.address };
  }
  const header = layout.segments.find(({ type }) => type === segmentFrameHeader);
  if (header === undefined || header.offset + 12 > layout.bytes.length) return undefined;
  const encoding = layout.bytes[header.offset + 1] ?? 0xff;
  const found = readPointer(
    layout,
    header.offset + 4,
    header.offset + 12,
    encoding,
    header.address + 4,
  );
  const from = found && offsetOfAddress(layout, found.value);
  if (found === undefined || from === undefined) return undefined;
  const segment = layout.segments.find(
    ({ type, offset, fileSize }) =>
      type === segmentType.load && from >= offset && from < offset + fileSize,
  );
  const end = Math.min(
    layout.bytes.length,
    segment === undefined ? from : segment.offset + segment.fileSize,
  );
  return { from, end, address: found.value };
}

/** The encoding of addresses that a common entry (CIE) sets. */
function readCommon(layout: ElfLayout, at: number, limit: number): Common | undefined {
  const { bytes, view, little } = layout;
  if (at + 9 > limit) return undefined;
  const length = view.getUint32(at, little);
  let pos = length === 0xffffffff ? at + 12 : at + 4;
  if (pos + 5 > limit || view.getUint32(pos, little) !== 0) return undefined;
  const version = bytes[pos + 4] ?? 0;
  pos += 5;
  const letters: string[] = [];
  while (pos < limit && bytes[pos] !== 0 && letters.length < 16)
    letters.push(String.fromCharCode(bytes[pos++] ?? 0));
  pos++;
  if (letters[0] !== 'z') return { encoding: 0, signal: false };
  pos = skipVarint(bytes, pos, limit);
  pos = skipVarint(bytes, pos, limit);
  pos = version === 1 ? pos + 1 : skipVarint(bytes, pos, limit);
  pos = skipVarint(bytes, pos, limit);
  let encoding = 0;
  for (const letter of letters.slice(1)) {
    if (letter === 'R') encoding = bytes[pos++] ?? 0;
    else if (letter === 'L') pos++;
    else if (letter === 'P') {
      const personality = bytes[pos++] ?? 0;
      const format = personality & 15;
      if (format === 1 || format === 9) pos = skipVarint(bytes, pos, limit);
      else pos += sizes[format] ?? 8;
    }
  }
  return { encoding, signal: letters.includes('S') };
}

function skipVarint(bytes: Uint8Array, at: number, limit: number): number {
  let pos = at;
  while (pos < limit && (bytes[pos] ?? 0) & 0x80) pos++;
  return pos + 1;
}

const sizes: Readonly<Record<number, number>> = { 0: 8, 2: 2, 3: 4, 4: 8, 10: 2, 11: 4, 12: 8 };

function readPointer(
  layout: ElfLayout,
  at: number,
  end: number,
  encoding: number,
  place: number,
): { readonly value: number; readonly end: number } | undefined {
  const { view, little } = layout;
  const size = sizes[encoding & 15];
  if (size === undefined || at + size > end || at + size > layout.bytes.length) return undefined;
  let value: number;
  if (size === 8) value = Number(view.getBigInt64(at, little));
  else if (size === 4)
    value = (encoding & 8) !== 0 ? view.getInt32(at, little) : view.getUint32(at, little);
  else value = (encoding & 8) !== 0 ? view.getInt16(at, little) : view.getUint16(at, little);
  if ((encoding & 0x70) === relativeToPlace) value += place;
  return { value, end: at + size };
}
