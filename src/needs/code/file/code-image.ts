// One ELF file as the analysis of its code sees it: which addresses hold code, which hold data, its symbols,
// relocations and unwind information. Pure; everything is a function of the bytes.
import type { Diagnostic } from '../../../diag/diagnostic.ts';
import { type FrameEntry, readFrameEntries } from '../../../formats/eh-frame.ts';
import { type DynamicTable, readDynamic } from '../../../formats/elf-dynamic.ts';
import {
  type ElfLayout,
  isElf,
  offsetOfAddress,
  readLayout,
  readU64,
  rights,
  sectionFlags,
  sectionNamed,
  sectionType,
  segmentType,
} from '../../../formats/elf-layout.ts';
import {
  type Relocations,
  readRelocations,
  relocationKind,
} from '../../../formats/elf-relocations.ts';
import {
  dynamicSymbols,
  type ElfSymbol,
  staticSymbols,
} from '../../../formats/elf-symbol-table.ts';
import { readVersions } from '../../../formats/elf-symbols.ts';
import { type GoFunction, type GoTable, readGoFunctions } from '../../../formats/go-functions.ts';
import { aarch64Machine } from '../../../isa/aarch64/machine.ts';
import type { Machine } from '../../../isa/machine.ts';
import { x86Machine } from '../../../isa/x86-64/machine.ts';

/** A run of addresses that the file has bytes for. */
export interface Range {
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

export interface CodeImage {
  readonly machine: Machine;
  readonly layout: ElfLayout;
  readonly dynamic?: DynamicTable;
  /** .dynsym. */
  readonly symbols: readonly ElfSymbol[];
  /** .symtab. */
  readonly statics: readonly ElfSymbol[];
  readonly relocations: Relocations;
  readonly frames: readonly FrameEntry[];
  /** By Go's own table; empty for other programs. */
  readonly goFunctions: readonly GoFunction[];
  /** Executable ranges, sorted. */
  readonly code: readonly Range[];
  /** Ranges of the procedure linkage table, which are in `code` too. */
  readonly linkage: readonly Range[];
  /** Other loaded ranges that may hold addresses, sorted. */
  readonly data: readonly Range[];
  /** The file is loaded at the addresses that stand in it: any number may be an address. */
  readonly fixed: boolean;
  /** Made by Go's linker, whose code has conventions of its own. */
  readonly isGo: boolean;
  /** Lowest and highest loaded address. */
  readonly low: number;
  readonly high: number;
}

/** Sections whose numbers are no addresses of code or data that a program uses. */
const notData =
  /^\.(?:eh_frame|eh_frame_hdr|gcc_except_table|rela?\..*|relr\..*|dynsym|dynstr|gnu\..*|hash|note.*|interp|gopclntab|dynamic|typelink)$/;

/** By e_machine. */
const machines: ReadonlyMap<number, Machine> = new Map([
  [62, x86Machine],
  [183, aarch64Machine],
]);

/** The machine of an ABI. */
export function machineOf(abi: Machine['abi']): Machine {
  for (const machine of machines.values()) if (machine.abi === abi) return machine;
  return x86Machine;
}

/** Reads the file; undefined for what is no program or library of a machine that is known. */
export function readCodeImage(bytes: Uint8Array): CodeImage | undefined {
  if (!isElf(bytes)) return undefined;
  const problems: Diagnostic[] = [];
  const layout = readLayout(bytes, problems);
  if (!layout?.is64 || !layout.little) return undefined;
  const machine = machines.get(layout.machine);
  if (machine === undefined) return undefined;
  if (layout.type !== 2 && layout.type !== 3) return undefined;
  const loads = layout.segments.filter(({ type }) => type === segmentType.load);
  if (loads.length === 0) return undefined;
  const dynamic = readDynamic(layout, problems);
  const versions = dynamic && readVersions(layout, dynamic);
  const low = Math.min(...loads.map(({ address }) => address));
  const high = Math.max(...loads.map(({ address, memorySize }) => address + memorySize));
  // Distances within a file are kept in 32 bits.
  if (!(high - low < 0x7fff0000)) return undefined;
  const relocations = readRelocations(layout, dynamic);
  const goTable = readGoFunctions(layout, filledWords(relocations));
  return {
    machine,
    layout,
    ...(dynamic === undefined ? {} : { dynamic }),
    symbols: dynamic && versions ? dynamicSymbols(layout, dynamic, versions) : [],
    statics: staticSymbols(layout),
    relocations,
    frames: readFrameEntries(layout),
    goFunctions: goTable?.functions ?? [],
    ...ranges(layout, goTable),
    fixed: layout.type === 2,
    isGo:
      goTable !== undefined ||
      sectionNamed(layout, '.go.buildinfo') !== undefined ||
      sectionNamed(layout, '.gopclntab') !== undefined ||
      sectionNamed(layout, '.note.go.buildid') !== undefined,
    low,
    high,
  };
}

/** Addresses that the loader writes, by where; the table is made when it is first asked for. */
function filledWords({
  slots,
  kinds,
  addends,
}: Relocations): (address: number) => number | undefined {
  let words: Map<number, number> | undefined;
  return (address) => {
    if (words === undefined) {
      words = new Map();
      for (let at = 0; at < slots.length; at++)
        if (kinds[at] === relocationKind.local) words.set(slots[at] ?? 0, addends[at] ?? 0);
    }
    return words.get(address);
  };
}

function ranges(
  layout: ElfLayout,
  goTable: GoTable | undefined,
): Pick<CodeImage, 'code' | 'data' | 'linkage'> {
  const code: Range[] = [];
  const data: Range[] = [];
  const linkage: Range[] = [];
  const names = layout.sections[layout.sectionNames];
  for (const section of layout.sections) {
    if ((section.flags & sectionFlags.alloc) === 0 || section.type === sectionType.nobits) continue;
    const { address, offset } = section;
    const size = Math.min(section.size, layout.bytes.length - offset);
    if (size <= 0 || offsetOfAddress(layout, address) !== offset) continue;
    const name = nameOf(layout, names, section.nameAt);
    if (section.flags & sectionFlags.execute) {
      code.push({ address, offset, size });
      if (/^\.i?plt/.test(name)) linkage.push({ address, offset, size });
    } else if (!notData.test(name)) data.push({ address, offset, size });
  }
  if (code.length === 0) {
    for (const { type, flags, address, offset, fileSize } of layout.segments) {
      if (type !== segmentType.load) continue;
      const size = Math.min(fileSize, layout.bytes.length - offset);
      if (size > 0) (flags & rights.execute ? code : data).push({ address, offset, size });
    }
  }
  return {
    code: disjoint(code),
    data: disjoint(goTable === undefined ? data : data.flatMap((range) => around(range, goTable))),
    linkage: disjoint(linkage),
  };
}

/** What of a range lies before and behind Go's table: that one's numbers are no addresses that code uses. */
function around({ address, offset, size }: Range, table: GoTable): Range[] {
  const from = Math.min(Math.max(table.offset - offset, 0), size);
  const to = Math.min(Math.max(table.offset + table.size - offset, from), size);
  if (from === to) return [{ address, offset, size }];
  return [
    { address, offset, size: from },
    { address: address + to, offset: offset + to, size: size - to },
  ].filter((part) => part.size > 0);
}

function nameOf(layout: ElfLayout, names: Range | undefined, at: number): string {
  if (names === undefined) return '';
  const from = names.offset + at;
  const end = layout.bytes.indexOf(0, from);
  return layout.bytes.toString('latin1', from, Math.min(end < 0 ? from : end, from + 64));
}

/** Sorted, and without what another range has already: headers that overlap would be read over and over. */
function disjoint(all: readonly Range[]): Range[] {
  const sorted = [...all].sort((a, b) => a.address - b.address);
  const kept: Range[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const { address, offset, size } of sorted) {
    const skip = Math.max(0, end - address);
    if (skip >= size) continue;
    kept.push({ address: address + skip, offset: offset + skip, size: size - skip });
    end = address + size;
  }
  return kept;
}

/** The range that an address lies in. */
export function rangeAt(all: readonly Range[], address: number): Range | undefined {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const range = all[middle];
    if (range === undefined) return undefined;
    if (address < range.address) high = middle;
    else if (address >= range.address + range.size) low = middle + 1;
    else return range;
  }
  return undefined;
}

/** The file offset of a place in code or data; -1 elsewhere. */
export function offsetOfPlace({ code, data, low }: CodeImage, place: number): number {
  const range = rangeAt(code, place + low) ?? rangeAt(data, place + low);
  return range === undefined ? -1 : range.offset + (place + low - range.address);
}

/** Reads `size` bytes (1, 2, 4 or 8) of memory that nothing writes to; undefined for any other. */
export function readConstant(image: CodeImage, address: number, size: number): number | undefined {
  const { layout } = image;
  const segment = layout.segments.find(
    ({ type, address: start, fileSize }) =>
      type === segmentType.load && address >= start && address + size <= start + fileSize,
  );
  if (segment === undefined || segment.flags & rights.write) return undefined;
  const at = segment.offset + (address - segment.address);
  if (at + size > layout.bytes.length) return undefined;
  if (size === 8) return readU64(layout, at);
  return layout.bytes.readUIntLE(at, size);
}

/** Text that stands at an address in memory that nothing writes to. */
export function readConstantText(image: CodeImage, address: number): string | undefined {
  if (readConstant(image, address, 1) === undefined) return undefined;
  const at = offsetOfAddress(image.layout, address) ?? 0;
  const end = image.layout.bytes.indexOf(0, at);
  if (end < 0 || end - at > 512) return undefined;
  const text = image.layout.bytes.toString('latin1', at, end);
  return /^[\x20-\x7e]*$/.test(text) ? text : undefined;
}
