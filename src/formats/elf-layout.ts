// The frame of an ELF file: header, program headers, section headers, and the mapping from addresses to bytes.
// Everything else (src/formats/elf-*.ts) reads through it. Nothing here trusts a count or an offset: a table
// that leaves the file is cut at its end, and section headers are only ever used where no program header says
// the same thing (they are stripped, or wrong, in a good part of the files in the wild).
// Source: System V gABI, chapters 4 and 5.
import type { Diagnostic } from '../diag/diagnostic.ts';

/** Program header types that are read. */
export const segmentType = {
  load: 1,
  dynamic: 2,
  interp: 3,
  note: 4,
  gnuStack: 0x6474e551,
  gnuProperty: 0x6474e553,
} as const;

/** p_flags. */
export const rights = { execute: 1, write: 2, read: 4 } as const;

/** Section types and flags that are read. */
export const sectionType = { progbits: 1, symtab: 2, note: 7, nobits: 8 } as const;
/** sh_flags. */
export const sectionFlags = { write: 1, alloc: 2, execute: 4 } as const;

/** One program header (gABI, chapter 5), in numbers. */
export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly alignment: number;
}

/** One section header (gABI, chapter 4), in numbers. */
export interface Section {
  /** Offset of the name in the section name table. */
  readonly nameAt: number;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly entrySize: number;
}

/** Headers of an ELF file, with the bytes that they speak of. */
export interface ElfLayout {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly little: boolean;
  readonly is64: boolean;
  readonly osAbi: number;
  readonly type: number;
  readonly machine: number;
  readonly entry: number;
  readonly flags: number;
  readonly segments: readonly Segment[];
  readonly sections: readonly Section[];
  /** Index of the section name table; 0 where there is none. */
  readonly sectionNames: number;
}

/** Bounds on what one file may claim. */
const maxSegments = 4096;
const maxSections = 1 << 17;

/** Reads an unsigned 64-bit number; beyond 2^53 the low bits are lost, which only kernels' own images have. */
export function readU64(layout: Pick<ElfLayout, 'view' | 'little'>, at: number): number {
  const first = layout.view.getUint32(at, layout.little);
  const second = layout.view.getUint32(at + 4, layout.little);
  return layout.little ? second * 0x1_0000_0000 + first : first * 0x1_0000_0000 + second;
}

/** Reads a number of the file's class: 4 or 8 bytes. */
export function readWord(layout: Pick<ElfLayout, 'view' | 'little' | 'is64'>, at: number): number {
  return layout.is64 ? readU64(layout, at) : layout.view.getUint32(at, layout.little);
}

/** True for bytes that begin like an ELF file. */
export function isElf(bytes: Uint8Array): boolean {
  return (
    bytes.length >= 4 &&
    bytes[0] === 0x7f &&
    bytes[1] === 0x45 &&
    bytes[2] === 0x4c &&
    bytes[3] === 0x46
  );
}

/** The file's frame; undefined (with a problem) when the header itself cannot be read. */
export function readLayout(input: Uint8Array, problems: Diagnostic[]): ElfLayout | undefined {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const kind = bytes[4];
  const order = bytes[5];
  const is64 = kind === 2;
  const headerSize = is64 ? 64 : 52;
  if ((kind !== 1 && kind !== 2) || (order !== 1 && order !== 2)) {
    damaged(
      problems,
      4,
      `expected class and byte order to be 1 or 2 in the ELF header, found ${kind ?? 'nothing'} and ${order ?? 'nothing'}`,
    );
    return undefined;
  }
  if (bytes.length < headerSize) {
    damaged(problems, bytes.length, `ELF header of ${headerSize} bytes ends after ${bytes.length}`);
    return undefined;
  }
  const little = order === 1;
  const frame = { bytes, view, little, is64 };
  const wide = is64 ? 8 : 4;
  const half = (at: number): number => view.getUint16(at, little);
  const afterEntry = 24 + wide;
  const programAt = readWord(frame, afterEntry);
  const sectionAt = readWord(frame, afterEntry + wide);
  const counts = afterEntry + 2 * wide + 6;
  const sections = readSections(frame, sectionAt, half(counts + 4), half(counts + 6), problems);
  const namesIndex = half(counts + 8);
  // gABI: more than 0xfffe segments are counted in sh_info of section 0; no real program has them.
  const segments = readSegments(frame, programAt, half(counts), half(counts + 2), problems);
  return {
    ...frame,
    osAbi: bytes[7] ?? 0,
    type: half(16),
    machine: half(18),
    entry: readWord(frame, 24),
    flags: view.getUint32(counts - 6, little),
    segments,
    sections,
    // SHN_XINDEX: the real index stands in sh_link of section 0.
    sectionNames: namesIndex === 0xffff ? (sections[0]?.link ?? 0) : namesIndex,
  };
}

type Frame = Pick<ElfLayout, 'bytes' | 'view' | 'little' | 'is64'>;

function readSegments(
  frame: Frame,
  at: number,
  entrySize: number,
  count: number,
  problems: Diagnostic[],
): Segment[] {
  const { view, little, is64, bytes } = frame;
  const segments: Segment[] = [];
  if (count === 0) return segments;
  const minimum = is64 ? 56 : 32;
  if (entrySize < minimum) {
    damaged(problems, at, `program headers of ${entrySize} bytes, expected ${minimum}`);
    return segments;
  }
  for (let index = 0; index < Math.min(count, maxSegments); index++) {
    const p = at + index * entrySize;
    if (p + minimum > bytes.length) {
      damaged(
        problems,
        p,
        `program header ${index} of ${count} lies beyond the file's end at ${bytes.length}`,
      );
      break;
    }
    const word = (position: number): number => readWord(frame, position);
    segments.push(
      is64
        ? {
            type: view.getUint32(p, little),
            flags: view.getUint32(p + 4, little),
            offset: word(p + 8),
            address: word(p + 16),
            fileSize: word(p + 32),
            memorySize: word(p + 40),
            alignment: word(p + 48),
          }
        : {
            type: view.getUint32(p, little),
            offset: word(p + 4),
            address: word(p + 8),
            fileSize: word(p + 16),
            memorySize: word(p + 20),
            flags: view.getUint32(p + 24, little),
            alignment: word(p + 28),
          },
    );
  }
  return segments;
}

function readSections(
  frame: Frame,
  at: number,
  entrySize: number,
  declared: number,
  problems: Diagnostic[],
): Section[] {
  const { view, little, is64, bytes } = frame;
  const sections: Section[] = [];
  const minimum = is64 ? 64 : 40;
  if (at === 0 || entrySize < minimum) return sections;
  const offset = is64 ? { size: 32, link: 40, entry: 56 } : { size: 20, link: 24, entry: 36 };
  // gABI: a count of 0 with a table means that the real count stands in sh_size of section 0.
  const count =
    declared === 0 && at + minimum <= bytes.length ? readWord(frame, at + offset.size) : declared;
  for (let index = 0; index < Math.min(count, maxSections); index++) {
    const p = at + index * entrySize;
    if (p + minimum > bytes.length) {
      problems.push({
        code: 'PL0201',
        severity: 'warning',
        message: `section header ${index} of ${count} lies beyond the file's end at ${bytes.length}`,
        at: { offset: p },
      });
      break;
    }
    sections.push({
      nameAt: view.getUint32(p, little),
      type: view.getUint32(p + 4, little),
      flags: readWord(frame, p + 8),
      address: readWord(frame, p + (is64 ? 16 : 12)),
      offset: readWord(frame, p + (is64 ? 24 : 16)),
      size: readWord(frame, p + offset.size),
      link: view.getUint32(p + offset.link, little),
      entrySize: readWord(frame, p + offset.entry),
    });
  }
  return sections;
}

/** The section of that name; undefined when there is none or section headers are stripped. */
export function sectionNamed(layout: ElfLayout, name: string): Section | undefined {
  const names = layout.sections[layout.sectionNames];
  if (!names) return undefined;
  const { bytes } = layout;
  const end = Math.min(bytes.length, names.offset + names.size);
  for (const section of layout.sections) {
    const at = names.offset + section.nameAt;
    if (at + name.length >= end || bytes[at + name.length] !== 0) continue;
    let same = 0;
    while (same < name.length && bytes[at + same] === name.charCodeAt(same)) same++;
    if (same === name.length) return section;
  }
  return undefined;
}

/** A section's bytes, cut at the file's end; empty for sections without bytes. */
export function sectionBytes(layout: ElfLayout, section: Section | undefined): Buffer {
  if (!section || section.type === sectionType.nobits) return layout.bytes.subarray(0, 0);
  return layout.bytes.subarray(section.offset, section.offset + section.size);
}

/**
 * The first of some ranges whose sizes add up to no more than twice the file: headers that name the same bytes over and
 * over would otherwise make a search quadratic.
 */
export function withinFile<T>(
  layout: ElfLayout,
  ranges: readonly T[],
  sizeOf: (range: T) => number,
): readonly T[] {
  let budget = 2 * layout.bytes.length;
  return ranges.filter((range) => {
    budget -= Math.min(sizeOf(range), layout.bytes.length);
    return budget >= 0;
  });
}

/** A segment's bytes, cut at the file's end. */
export function segmentBytes(layout: ElfLayout, segment: Segment): Buffer {
  return layout.bytes.subarray(segment.offset, segment.offset + segment.fileSize);
}

/** File offset of an address that a PT_LOAD maps from the file; undefined for any other address. */
export function offsetOfAddress(layout: ElfLayout, address: number): number | undefined {
  for (const { type, address: start, fileSize, offset } of layout.segments) {
    if (type === segmentType.load && address >= start && address < start + fileSize) {
      const at = offset + (address - start);
      return at < layout.bytes.length ? at : undefined;
    }
  }
  return undefined;
}

/** The NUL-terminated text at an offset, at most `limit` bytes, never beyond `end`. */
export function textAt(bytes: Buffer, at: number, end: number, limit = 4096): string {
  const stop = Math.min(end, bytes.length, at + limit);
  if (at >= stop) return '';
  let to = at;
  while (to < stop && bytes[to] !== 0) to++;
  return bytes.toString('latin1', at, to);
}

/** Adds "ELF file is damaged" at an offset. */
export function damaged(problems: Diagnostic[], offset: number, message: string): void {
  problems.push({ code: 'PL0201', severity: 'error', message, at: { offset } });
}
