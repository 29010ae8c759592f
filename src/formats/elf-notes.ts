// Notes: the ABI tag, GNU properties, build id, Go's build id, Android's ident.
// A note is namesz, descsz, type, name padded to 4, description padded to the segment's alignment: 4, or 8 for
// GNU properties of 64-bit files. glibc's loader reads PT_NOTE segments of alignment 4 and 8 only
// (elf/dl-load.c, open_verify), so other alignments declare nothing; sections count only in files without any
// program header (object files).
// Sources: gABI "Note Section"; Linux Extensions to gABI 2.1 (properties); x86-64 psABI 7.2; AArch64 ELF ABI.

import type { ElfFacts } from './elf-facts.ts';
import { type ElfLayout, readU64, sectionType, segmentType } from './elf-layout.ts';

/** What the PT_NOTE segments hold. */
export interface NoteFacts {
  abiNote?: string;
  buildId?: string;
  isaNeeded: Level | undefined;
  isaUsed: Level | undefined;
  readonly properties: ElfFacts['properties'][number][];
  /** A note of the Go linker is there. */
  go: boolean;
  /** API level from Android's ident note. */
  androidApi?: number;
}

const maxNotes = 1024;
const em = { i386: 3, x86_64: 62, aarch64: 183 } as const;

/** Reads all notes of a file. */
export function readNotes(layout: ElfLayout): NoteFacts {
  const facts = emptyFacts();
  for (const { type, offset, fileSize, alignment } of layout.segments) {
    if (type === segmentType.note && (alignment === 4 || alignment === 8)) {
      readNoteRange(layout, offset, fileSize, alignment, facts);
    } else if (type === segmentType.gnuProperty) {
      readNoteRange(layout, offset, fileSize, layout.is64 ? 8 : 4, facts);
    }
  }
  if (layout.segments.length > 0 && facts.buildId !== undefined) return facts;
  const sections = layout.segments.length > 0 ? emptyFacts() : facts;
  for (const { type, offset, size } of layout.sections.slice(0, maxNotes)) {
    if (type === sectionType.note) readNoteRange(layout, offset, size, 4, sections);
  }
  // What only names the file is good from a section too: Go's linker puts one of its two notes into no segment.
  if (sections.buildId !== undefined) facts.buildId = sections.buildId;
  facts.go ||= sections.go;
  return facts;
}

function emptyFacts(): NoteFacts {
  return { isaNeeded: undefined, isaUsed: undefined, properties: [], go: false };
}

function readNoteRange(
  layout: ElfLayout,
  offset: number,
  size: number,
  alignment: number,
  facts: NoteFacts,
): void {
  const { view, bytes, little } = layout;
  const end = Math.min(bytes.length, offset + size);
  const up = (n: number): number => Math.ceil(n / alignment) * alignment;
  let at = offset;
  for (let seen = 0; seen < maxNotes && at + 12 <= end; seen++) {
    const nameSize = view.getUint32(at, little);
    const descriptionSize = view.getUint32(at + 4, little);
    const type = view.getUint32(at + 8, little);
    const nameAt = at + 12;
    const description = at + up(12 + nameSize);
    const stop = description + descriptionSize;
    if (nameAt + nameSize > end || stop > end) return;
    if (nameSize === 4 && bytes[nameAt + 3] === 0) {
      const name = bytes.toString('latin1', nameAt, nameAt + 3);
      if (name === 'GNU') readGnuNote(layout, type, description, descriptionSize, facts);
      else if (name.startsWith('Go\0')) facts.go = true;
    } else if (
      nameSize === 8 &&
      type === 1 &&
      descriptionSize >= 4 &&
      bytes.toString('latin1', nameAt, nameAt + 8) === 'Android\0'
    ) {
      facts.androidApi = view.getUint32(description, little);
    }
    at += up(12 + nameSize) + up(descriptionSize);
  }
}

const gnuNote = { abiTag: 1, buildId: 3, property: 5 } as const;

function readGnuNote(
  layout: ElfLayout,
  type: number,
  at: number,
  size: number,
  facts: NoteFacts,
): void {
  const { view, little, bytes } = layout;
  if (type === gnuNote.abiTag && size >= 16) {
    // First word: the operating system, 0 is Linux. The loader compares one byte of each number.
    if (view.getUint32(at, little) !== 0 || facts.abiNote !== undefined) return;
    const number = (index: number): number => view.getUint32(at + 4 * index, little);
    facts.abiNote = `${number(1)}.${number(2)}.${number(3)}`;
  } else if (type === gnuNote.buildId && facts.buildId === undefined) {
    facts.buildId = bytes.toString('hex', at, at + Math.min(size, 64));
  } else if (type === gnuNote.property) {
    readProperties(layout, at, size, facts);
  }
}

function readProperties(layout: ElfLayout, at: number, size: number, facts: NoteFacts): void {
  const { view, little, machine, is64 } = layout;
  const end = at + size;
  const alignment = is64 ? 8 : 4;
  for (let seen = 0; seen < maxNotes && at + 8 <= end; seen++) {
    const type = view.getUint32(at, little);
    const length = view.getUint32(at + 4, little);
    if (at + 8 + length > end) return;
    if (length === 4 || length === 8) {
      const bits =
        length === 4 ? view.getUint32(at + 8, little) : readU64(layout, at + 8) % 0x1_0000_0000;
      if (machine === em.x86_64 || machine === em.i386) readX86Property(type, bits, facts);
      else if (machine === em.aarch64 && type === 0xc000_0000) {
        mark(facts, bits, ['bti', 'pac', 'gcs']);
      }
    }
    at += 8 + Math.ceil(length / alignment) * alignment;
  }
}

function mark(
  facts: NoteFacts,
  bits: number,
  names: readonly NoteFacts['properties'][number][],
): void {
  for (const [index, name] of names.entries()) {
    if ((bits >>> index) & 1 && !facts.properties.includes(name)) facts.properties.push(name);
  }
}

function readX86Property(type: number, bits: number, facts: NoteFacts): void {
  switch (type) {
    case 0xc000_0002: // GNU_PROPERTY_X86_FEATURE_1_AND
      mark(facts, bits, ['ibt', 'shstk']);
      break;
    case 0xc000_8002: // GNU_PROPERTY_X86_ISA_1_NEEDED: bit n is level n + 1
      facts.isaNeeded = higher(facts.isaNeeded, levelOfBits(bits));
      break;
    case 0xc001_0002: // GNU_PROPERTY_X86_ISA_1_USED
      facts.isaUsed = higher(facts.isaUsed, levelOfBits(bits));
      break;
    // binutils before 2.36 wrote single instruction sets under these two pairs of numbers. No loader ever
    // refused a file for them, so also the "needed" ones only tell what is used.
    case 0xc000_0000:
    case 0xc000_0001: // bit 5 SSE3 … 8 SSE4.2, 9 AVX, 10 AVX2, 11 and up AVX-512
      facts.isaUsed = higher(facts.isaUsed, levelOfSets(bits, 5, 9, 11));
      break;
    case 0xc000_8000:
    case 0xc001_0000: // bit 3 SSE3 … 6 SSE4.2, 7 AVX, 8 AVX2, 9 FMA, 10 and up AVX-512
      facts.isaUsed = higher(facts.isaUsed, levelOfSets(bits, 3, 7, 10));
      break;
    default:
  }
}

type Level = 1 | 2 | 3 | 4;

function levelOfBits(bits: number): Level | undefined {
  if (bits & 8) return 4;
  if (bits & 4) return 3;
  if (bits & 2) return 2;
  return bits & 1 ? 1 : undefined;
}

function levelOfSets(
  bits: number,
  second: number,
  third: number,
  fourth: number,
): Level | undefined {
  if (bits >>> fourth) return 4;
  if (bits >>> third) return 3;
  if (bits >>> second) return 2;
  return bits ? 1 : undefined;
}

function higher(a: Level | undefined, b: Level | undefined): Level | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}
