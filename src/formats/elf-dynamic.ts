// The dynamic table and what hangs from it: needed libraries, search paths, symbol versions, symbols. Read through
// PT_DYNAMIC alone, as the loader does; section headers may be stripped or lie. The number of dynamic symbols
// stands nowhere: it follows from DT_HASH, from the chains of DT_GNU_HASH, or from where the next table begins.
// Sources: gABI chapter 5 "Dynamic Section"; Linux Standard Base 5, "Symbol Versioning"; binutils' elflink.c.
import type { Diagnostic } from '../diag/diagnostic.ts';
import {
  damaged,
  type ElfLayout,
  offsetOfAddress,
  readWord,
  sectionNamed,
  sectionType,
  segmentType,
  textAt,
} from './elf-layout.ts';

const tag = {
  needed: 1,
  pltRelocationsSize: 2,
  hash: 4,
  strings: 5,
  symbols: 6,
  relocationsWithAddend: 7,
  relocationsWithAddendSize: 8,
  stringsSize: 10,
  soname: 14,
  rpath: 15,
  relocations: 17,
  textRelocations: 22,
  pltRelocations: 23,
  runpath: 29,
  flags: 30,
  gnuHash: 0x6ffffef5,
  versions: 0x6ffffff0,
  flags1: 0x6ffffffb,
  versionsDefined: 0x6ffffffc,
  versionsDefinedCount: 0x6ffffffd,
  versionsNeeded: 0x6ffffffe,
  versionsNeededCount: 0x6fffffff,
} as const;

/** DF_TEXTREL, DF_1_PIE. */
const flagTextRelocations = 4;
const flagPie = 0x0800_0000;
const maxEntries = 65536;
const maxNeeded = 4096;

/** The dynamic table, with addresses turned into file offsets. */
export interface DynamicTable {
  readonly needed: readonly string[];
  readonly soname?: string;
  readonly rpath: readonly string[];
  readonly runpath: readonly string[];
  readonly textRelocations: boolean;
  /** DF_1_PIE: the linker made this as a program. */
  readonly pie: boolean;
  /** Offset and end of the string table. */
  readonly stringsAt: number;
  readonly stringsEnd: number;
  readonly symbolsAt?: number;
  readonly symbolCount: number;
  readonly versionIndexAt?: number;
  readonly versionsNeededAt?: number;
  readonly versionsNeededCount: number;
  readonly versionsDefinedAt?: number;
  readonly versionsDefinedCount: number;
  /** Offset and size in bytes of the relocations of the procedure linkage table. */
  readonly pltRelocationsAt?: number;
  readonly pltRelocationsSize: number;
  /** Offset and size in bytes of the other relocations, with addends. */
  readonly relocationsAt?: number;
  readonly relocationsSize: number;
  /** First value of every tag as it stands: an address, a size, flags. */
  readonly values: ReadonlyMap<number, number>;
}

/** Size in bytes of a dynamic symbol. */
export function symbolSize(layout: ElfLayout): number {
  return layout.is64 ? 24 : 16;
}

/** The dynamic table; undefined for static programs, object files and files of debug information. */
export function readDynamic(layout: ElfLayout, problems: Diagnostic[]): DynamicTable | undefined {
  const segment = layout.segments.find(({ type }) => type === segmentType.dynamic);
  if (!segment || segment.fileSize === 0) return undefined;
  // Debug files keep the program headers of the program but none of its bytes.
  if (sectionNamed(layout, '.dynamic')?.type === sectionType.nobits) return undefined;

  const { bytes, is64 } = layout;
  const width = is64 ? 8 : 4;
  const end = Math.min(bytes.length, segment.offset + segment.fileSize);
  const single = new Map<number, number>();
  const needed: number[] = [];
  let at = segment.offset;
  for (let n = 0; n < maxEntries && at + 2 * width <= end; n++, at += 2 * width) {
    const key = readWord(layout, at);
    if (key === 0) break;
    const value = readWord(layout, at + width);
    if (key === tag.needed) {
      if (needed.length < maxNeeded) needed.push(value);
    } else if (!single.has(key)) single.set(key, value);
  }
  const offsetOf = (key: number): number | undefined => {
    const address = single.get(key);
    return address === undefined || address === 0 ? undefined : offsetOfAddress(layout, address);
  };
  const stringsAt = offsetOf(tag.strings);
  if (stringsAt === undefined) {
    if (single.has(tag.strings)) {
      damaged(problems, segment.offset, 'the dynamic string table lies in no loaded segment');
    }
    return undefined;
  }
  const stringsEnd = Math.min(bytes.length, stringsAt + (single.get(tag.stringsSize) ?? 0));
  const text = (offset: number): string => textAt(bytes, stringsAt + offset, stringsEnd);
  const texts = (key: number): readonly string[] => {
    const offset = single.get(key);
    return offset === undefined
      ? []
      : text(offset)
          .split(':')
          .filter((part) => part !== '');
  };
  const soname = single.get(tag.soname);
  const symbolsAt = offsetOf(tag.symbols);
  return {
    needed: needed.map(text).filter((name) => name !== ''),
    ...(soname === undefined ? {} : { soname: text(soname) }),
    rpath: texts(tag.rpath),
    runpath: texts(tag.runpath),
    textRelocations:
      single.has(tag.textRelocations) || ((single.get(tag.flags) ?? 0) & flagTextRelocations) !== 0,
    pie: ((single.get(tag.flags1) ?? 0) & flagPie) !== 0,
    stringsAt,
    stringsEnd,
    ...optional('symbolsAt', symbolsAt),
    symbolCount: symbolsAt === undefined ? 0 : countSymbols(layout, symbolsAt, single, offsetOf),
    ...optional('versionIndexAt', offsetOf(tag.versions)),
    ...optional('versionsNeededAt', offsetOf(tag.versionsNeeded)),
    versionsNeededCount: single.get(tag.versionsNeededCount) ?? 0,
    ...optional('versionsDefinedAt', offsetOf(tag.versionsDefined)),
    versionsDefinedCount: single.get(tag.versionsDefinedCount) ?? 0,
    ...optional('pltRelocationsAt', offsetOf(tag.pltRelocations)),
    pltRelocationsSize: single.get(tag.pltRelocationsSize) ?? 0,
    ...optional('relocationsAt', offsetOf(tag.relocationsWithAddend)),
    relocationsSize: single.get(tag.relocationsWithAddendSize) ?? 0,
    values: single,
  };
}

function optional<K extends string>(key: K, value: number | undefined): { [P in K]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: number });
}

function countSymbols(
  layout: ElfLayout,
  symbolsAt: number,
  single: ReadonlyMap<number, number>,
  offsetOf: (key: number) => number | undefined,
): number {
  const { view, bytes, little, is64, machine } = layout;
  const room = Math.floor((bytes.length - symbolsAt) / symbolSize(layout));
  const hash = offsetOf(tag.hash);
  if (hash !== undefined) {
    // nbucket, nchain, …: words of 4 bytes, but of 8 on 64-bit s390 and Alpha.
    const width = is64 && (machine === 22 || machine === 0x9026) ? 8 : 4;
    if (hash + 2 * width <= bytes.length) {
      const count = width === 8 ? readWord(layout, hash + 8) : view.getUint32(hash + 4, little);
      if (count <= room) return count;
    }
  }
  const counted = countByGnuHash(layout, offsetOf(tag.gnuHash));
  if (counted !== undefined && counted <= room) return counted;
  // Nothing is exported, so the hash knows no symbol: the table ends where the next one begins.
  const from = single.get(tag.symbols) ?? 0;
  let next = Number.POSITIVE_INFINITY;
  for (const key of addressTags) {
    const address = single.get(key);
    if (address !== undefined && address > from) next = Math.min(next, address);
  }
  return next === Number.POSITIVE_INFINITY
    ? 0
    : Math.min(room, Math.floor((next - from) / symbolSize(layout)));
}

const addressTags = [
  tag.hash,
  tag.gnuHash,
  tag.strings,
  tag.versions,
  tag.versionsNeeded,
  tag.versionsDefined,
  tag.relocations,
  tag.relocationsWithAddend,
  tag.pltRelocations,
  12, // DT_INIT
] as const;

function countByGnuHash(layout: ElfLayout, at: number | undefined): number | undefined {
  const { view, bytes, little, is64 } = layout;
  if (at === undefined || at + 16 > bytes.length) return undefined;
  const word = (position: number): number => view.getUint32(position, little);
  const buckets = word(at);
  const first = word(at + 4);
  const bucketsAt = at + 16 + word(at + 8) * (is64 ? 8 : 4);
  const chainsAt = bucketsAt + 4 * buckets;
  if (chainsAt > bytes.length) return undefined;
  let last = 0;
  for (let p = bucketsAt; p < chainsAt; p += 4) last = Math.max(last, word(p));
  if (last < first || last === 0) return undefined;
  for (let p = chainsAt + 4 * (last - first); p + 4 <= bytes.length; p += 4, last++) {
    if (word(p) & 1) return last + 1;
  }
  return undefined;
}
