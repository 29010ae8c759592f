// All symbols of a 64-bit file that have a place: .dynsym with versions, and .symtab where it was not stripped.
// Names are read on demand. Source: gABI chapter 4 "Symbol Table"; LSB 5 "Symbol Versioning".
import type { DynamicTable } from './elf-dynamic.ts';
import { type ElfLayout, readU64, sectionType, textAt } from './elf-layout.ts';
import type { SymbolVersions } from './elf-symbols.ts';

/** STT_*. */
export const symbolType = {
  none: 0,
  object: 1,
  function: 2,
  section: 3,
  tls: 6,
  ifunc: 10,
} as const;
/** STB_*. */
export const symbolBinding = { local: 0, global: 1, weak: 2, unique: 10 } as const;

/** One entry of a symbol table (gABI, chapter 4). */
export interface ElfSymbol {
  readonly index: number;
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly type: number;
  readonly binding: number;
  /** False: imported. */
  readonly isDefined: boolean;
  readonly version?: string;
  /** A version that is only found when asked for by name ("symbol@VERSION"). */
  readonly hidden: boolean;
}

const entrySize = 24;
const maxSymbols = 4_000_000;
const maxName = 1024;
/** SHN_ABS: a number, no place. */
const absolute = 0xfff1;

/** Symbols of .dynsym, index 0 left out. */
export function dynamicSymbols(
  layout: ElfLayout,
  dynamic: DynamicTable,
  versions: SymbolVersions,
): ElfSymbol[] {
  if (dynamic.symbolsAt === undefined || !layout.is64) return [];
  const { bytes, view, little } = layout;
  const symbols = readTable(
    layout,
    dynamic.symbolsAt,
    Math.min(dynamic.symbolCount, maxSymbols),
    dynamic.stringsAt,
    dynamic.stringsEnd,
  );
  if (dynamic.versionIndexAt === undefined) return symbols;
  const versionsAt = dynamic.versionIndexAt;
  return symbols.map((symbol) => {
    const at = versionsAt + 2 * symbol.index;
    if (at + 2 > bytes.length) return symbol;
    const word = view.getUint16(at, little);
    const index = word & 0x7fff;
    const version = symbol.isDefined
      ? versions.definedByIndex.get(index)
      : versions.byIndex.get(index)?.version;
    return {
      ...symbol,
      hidden: (word & 0x8000) !== 0,
      ...(version === undefined ? {} : { version }),
    };
  });
}

/** Symbols of .symtab; none where it was stripped. */
export function staticSymbols(layout: ElfLayout): ElfSymbol[] {
  if (!layout.is64) return [];
  const table = layout.sections.find(({ type }) => type === sectionType.symtab);
  const strings = table && layout.sections[table.link];
  if (!table || !strings) return [];
  const count = Math.min(Math.floor(table.size / entrySize), maxSymbols);
  return readTable(layout, table.offset, count, strings.offset, strings.offset + strings.size);
}

function readTable(
  layout: ElfLayout,
  from: number,
  count: number,
  stringsAt: number,
  stringsEnd: number,
): ElfSymbol[] {
  const { bytes, view, little } = layout;
  const symbols: ElfSymbol[] = [];
  // Names that overlap on purpose would add up to more text than the file holds.
  let budget = 8 * bytes.length;
  for (let index = 1; index < count; index++) {
    const at = from + index * entrySize;
    if (at + entrySize > bytes.length) break;
    const info = bytes[at + 4] ?? 0;
    const type = info & 15;
    const section = view.getUint16(at + 6, little);
    if (type === symbolType.section || type === 4 || section === absolute) continue;
    const name = textAt(bytes, stringsAt + view.getUint32(at, little), stringsEnd, maxName);
    budget -= name.length;
    if (budget < 0) break;
    symbols.push({
      index,
      name,
      address: readU64(layout, at + 8),
      size: readU64(layout, at + 16),
      type,
      binding: info >> 4,
      isDefined: section !== 0,
      hidden: false,
    });
  }
  return symbols;
}
