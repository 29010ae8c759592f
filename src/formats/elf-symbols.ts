// Symbol versions and dynamic symbols, read through the dynamic table.

import { type DynamicTable, symbolSize } from './elf-dynamic.ts';
import type { ImportedSymbol } from './elf-facts.ts';
import { type ElfLayout, readWord, textAt } from './elf-layout.ts';

/** What a version index of DT_VERSYM stands for. */
interface VersionReference {
  readonly version: string;
  readonly library: string;
}

/** The version tables of a dynamic file (.gnu.version and its companions). */
export interface SymbolVersions {
  /** Library → versions needed, in the file's order. */
  readonly needed: ReadonlyMap<string, readonly string[]>;
  readonly defined: readonly string[];
  readonly byIndex: ReadonlyMap<number, VersionReference>;
  /** Versions that the file defines, by their index in DT_VERSYM. */
  readonly definedByIndex: ReadonlyMap<number, string>;
}

/** Bound on entries of a chain that a file may make us follow. */
const maxVersions = 65536;
const maxVersionLength = 256;

/**
 * How much text all names together may be: names share their ends at most, so that more than a few times the string
 * table means symbols that point at the same long name on purpose.
 */
function textBudget(dynamic: DynamicTable): number {
  return 8 * (dynamic.stringsEnd - dynamic.stringsAt) + 65536;
}

/** Reads DT_VERNEED and DT_VERDEF. */
export function readVersions(layout: ElfLayout, dynamic: DynamicTable): SymbolVersions {
  const { view, bytes, little } = layout;
  const half = (at: number): number => view.getUint16(at, little);
  const word = (at: number): number => view.getUint32(at, little);
  const text = (offset: number): string =>
    textAt(bytes, dynamic.stringsAt + offset, dynamic.stringsEnd, maxVersionLength);
  const needed = new Map<string, string[]>();
  const byIndex = new Map<number, VersionReference>();
  let budget = maxVersions;

  let at = dynamic.versionsNeededAt ?? bytes.length;
  for (let n = 0; n < dynamic.versionsNeededCount && at + 16 <= bytes.length; n++) {
    const library = text(word(at + 4));
    const versions = needed.get(library) ?? [];
    needed.set(library, versions);
    let aux = at + word(at + 8);
    for (let left = half(at + 2); left > 0 && aux + 16 <= bytes.length && budget-- > 0; left--) {
      const version = text(word(aux + 8));
      versions.push(version);
      byIndex.set(half(aux + 6) & 0x7fff, { version, library });
      const next = word(aux + 12);
      if (next === 0) break;
      aux += next;
    }
    const next = word(at + 12);
    if (next === 0 || budget <= 0) break;
    at += next;
  }

  const defined: string[] = [];
  const definedByIndex = new Map<number, string>();
  at = dynamic.versionsDefinedAt ?? bytes.length;
  for (let n = 0; n < dynamic.versionsDefinedCount && at + 20 <= bytes.length; n++) {
    const aux = at + word(at + 12);
    // VER_FLG_BASE names the file itself.
    if ((half(at + 2) & 1) === 0 && aux + 8 <= bytes.length) {
      const version = text(word(aux));
      defined.push(version);
      definedByIndex.set(half(at + 4) & 0x7fff, version);
    }
    const next = word(at + 16);
    if (next === 0 || budget-- <= 0) break;
    at += next;
  }
  return { needed, defined, byIndex, definedByIndex };
}

/** Undefined global and weak symbols: what the file imports. */
export function readImports(
  layout: ElfLayout,
  dynamic: DynamicTable,
  versions: SymbolVersions,
): ImportedSymbol[] {
  const { bytes, view, little } = layout;
  const imports: ImportedSymbol[] = [];
  let budget = textBudget(dynamic);
  for (const { index, info } of symbols(layout, dynamic, true)) {
    const name = symbolName(layout, dynamic, index);
    if (name === '') continue;
    budget -= name.length;
    if (budget < 0) break;
    const versionAt = (dynamic.versionIndexAt ?? bytes.length) + 2 * index;
    const reference =
      versionAt + 2 <= bytes.length
        ? versions.byIndex.get(view.getUint16(versionAt, little) & 0x7fff)
        : undefined;
    const weak = info >> 4 === binding.weak;
    imports.push(reference ? { name, weak, ...reference } : { name, weak });
  }
  return imports;
}

/** Names of defined global and weak symbols. */
export function readExports(layout: ElfLayout, dynamic: DynamicTable): string[] {
  const names: string[] = [];
  let budget = textBudget(dynamic);
  for (const { index } of symbols(layout, dynamic, false)) {
    const name = symbolName(layout, dynamic, index);
    budget -= name.length;
    if (budget < 0) break;
    if (name !== '') names.push(name);
  }
  return names;
}

const binding = { global: 1, weak: 2, gnuUnique: 10 } as const;

function* symbols(
  layout: ElfLayout,
  dynamic: DynamicTable,
  undefinedOnes: boolean,
): Generator<{ index: number; info: number }> {
  const { bytes, view, little, is64 } = layout;
  if (dynamic.symbolsAt === undefined) return;
  const size = symbolSize(layout);
  const infoAt = is64 ? 4 : 12;
  const sectionAt = is64 ? 6 : 14;
  const current = { index: 0, info: 0 };
  for (let index = 1; index < dynamic.symbolCount; index++) {
    const at = dynamic.symbolsAt + index * size;
    if (at + size > bytes.length) return;
    if ((view.getUint16(at + sectionAt, little) === 0) !== undefinedOnes) continue;
    const info = bytes[at + infoAt] ?? 0;
    const bind = info >> 4;
    if (bind !== binding.global && bind !== binding.weak && bind !== binding.gnuUnique) continue;
    current.index = index;
    current.info = info;
    yield current;
  }
}

/** Name of the dynamic symbol of that index. */
export function symbolName(layout: ElfLayout, dynamic: DynamicTable, index: number): string {
  const at = (dynamic.symbolsAt ?? layout.bytes.length) + index * symbolSize(layout);
  if (at + 4 > layout.bytes.length) return '';
  return textAt(
    layout.bytes,
    dynamic.stringsAt + layout.view.getUint32(at, layout.little),
    dynamic.stringsEnd,
  );
}

/** Address of the slot that the loader fills with a named function's address; undefined where there is none. 64-bit files only. */
export function slotOfFunction(
  layout: ElfLayout,
  dynamic: DynamicTable,
  name: string,
): number | undefined {
  const { bytes, view, is64, little } = layout;
  if (!is64) return undefined;
  const size = 24;
  const tables = [
    { from: dynamic.pltRelocationsAt, bytes: dynamic.pltRelocationsSize },
    // Programs without a linkage table (-fno-plt) fill the slot by an ordinary relocation.
    { from: dynamic.relocationsAt, bytes: dynamic.relocationsSize },
  ];
  for (const { from = bytes.length, bytes: length } of tables) {
    const end = Math.min(bytes.length - size, from + length - size);
    for (let at = from; at <= end; at += size) {
      const index = view.getUint32(at + (little ? 12 : 8), little);
      if (index === 0 || index >= dynamic.symbolCount) continue;
      if (symbolName(layout, dynamic, index) === name) return readWord(layout, at);
    }
  }
  return undefined;
}
