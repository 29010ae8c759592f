// Relocations of a 64-bit file that put an address somewhere: RELA tables, the procedure linkage table's, packed
// relative ones (RELR), and for static programs those that start-up code applies itself (.rela.plt).
// Sources: System V x86-64 psABI, section 4.4; gABI, "Relative Relocation Table".
import type { DynamicTable } from './elf-dynamic.ts';
import { type ElfLayout, offsetOfAddress, readU64, sectionNamed } from './elf-layout.ts';

/** What a slot will hold. */
export const relocationKind = {
  /** The file's base plus `addend`. */
  local: 0,
  /** What the function at base plus `addend` returns. */
  resolved: 1,
  /** A symbol's address plus `addend`. */
  symbol: 2,
  /** A copy of a symbol's content. */
  copy: 3,
  /** No address: what finds a thread's own variable (module number, offset, or descriptor). */
  thread: 4,
} as const;

/** The relocations of a file, as columns. */
export interface Relocations {
  /** Address of each slot; the other arrays run beside it. Not sorted. */
  readonly slots: Float64Array;
  readonly kinds: Uint8Array;
  /** Index in .dynsym, 0 for none. */
  readonly symbols: Uint32Array;
  readonly addends: Float64Array;
}

const entrySize = 24;
const maxRelocations = 8_000_000;
const tag = { relr: 36, relrSize: 35 } as const;

/** By relocation number: R_X86_64_*, and R_AARCH64_* for machine 183. */
const kindsOf: Readonly<Record<number, ReadonlyMap<number, number>>> = {
  62: new Map([
    [1, relocationKind.symbol],
    [5, relocationKind.copy],
    [6, relocationKind.symbol],
    [7, relocationKind.symbol],
    [8, relocationKind.local],
    [16, relocationKind.thread],
    [17, relocationKind.thread],
    [18, relocationKind.thread],
    [36, relocationKind.thread],
    [37, relocationKind.resolved],
  ]),
  183: new Map([
    [257, relocationKind.symbol],
    [1024, relocationKind.copy],
    [1025, relocationKind.symbol],
    [1026, relocationKind.symbol],
    [1027, relocationKind.local],
    [1028, relocationKind.thread],
    [1029, relocationKind.thread],
    [1030, relocationKind.thread],
    [1031, relocationKind.thread],
    [1032, relocationKind.resolved],
  ]),
};

/** Reads all relocations that matter for addresses. */
export function readRelocations(layout: ElfLayout, dynamic: DynamicTable | undefined): Relocations {
  const tables = tablesOf(layout, dynamic);
  const packed = packedSlots(layout, dynamic);
  const room =
    tables.reduce((sum, { size }) => sum + Math.floor(size / entrySize), 0) + packed.length;
  const slots = new Float64Array(room);
  const kinds = new Uint8Array(room);
  const symbols = new Uint32Array(room);
  const addends = new Float64Array(room);
  let count = 0;
  const known = kindsOf[layout.machine];
  for (const { at: from, size } of tables) {
    for (let at = from; at + entrySize <= from + size; at += entrySize) {
      const kind = known?.get(layout.view.getUint32(at + 8, layout.little));
      if (kind === undefined) continue;
      slots[count] = readU64(layout, at);
      kinds[count] = kind;
      symbols[count] = layout.view.getUint32(at + 12, layout.little);
      addends[count] = Number(layout.view.getBigInt64(at + 16, layout.little));
      count++;
    }
  }
  for (const address of packed) {
    const at = offsetOfAddress(layout, address);
    if (at === undefined || at + 8 > layout.bytes.length) continue;
    slots[count] = address;
    addends[count] = readU64(layout, at);
    count++;
  }
  return {
    slots: slots.subarray(0, count),
    kinds: kinds.subarray(0, count),
    symbols: symbols.subarray(0, count),
    addends: addends.subarray(0, count),
  };
}

function tablesOf(
  layout: ElfLayout,
  dynamic: DynamicTable | undefined,
): readonly { readonly at: number; readonly size: number }[] {
  const cut = (at: number | undefined, size: number) =>
    at === undefined
      ? []
      : [{ at, size: Math.min(size, layout.bytes.length - at, maxRelocations * entrySize) }];
  if (dynamic !== undefined) {
    const { relocationsAt, relocationsSize, pltRelocationsAt, pltRelocationsSize } = dynamic;
    // Some linkers count the second table into the first.
    const inside =
      relocationsAt !== undefined &&
      pltRelocationsAt !== undefined &&
      pltRelocationsAt >= relocationsAt &&
      pltRelocationsAt < relocationsAt + relocationsSize;
    return [
      ...cut(relocationsAt, relocationsSize),
      ...(inside ? [] : cut(pltRelocationsAt, pltRelocationsSize)),
    ];
  }
  return ['.rela.plt', '.rela.dyn'].flatMap((name) => {
    const section = sectionNamed(layout, name);
    return section === undefined ? [] : cut(section.offset, section.size);
  });
}

function packedSlots(layout: ElfLayout, dynamic: DynamicTable | undefined): readonly number[] {
  const address = dynamic?.values.get(tag.relr);
  const size = dynamic?.values.get(tag.relrSize) ?? 0;
  const from = address === undefined ? undefined : offsetOfAddress(layout, address);
  if (from === undefined) return [];
  const slots: number[] = [];
  const end = Math.min(layout.bytes.length, from + size);
  let next = 0;
  for (let at = from; at + 8 <= end && slots.length < maxRelocations; at += 8) {
    const low = layout.view.getUint32(at, layout.little);
    const high = layout.view.getUint32(at + 4, layout.little);
    if ((low & 1) === 0) {
      slots.push(high * 0x1_0000_0000 + low);
      next = high * 0x1_0000_0000 + low + 8;
      continue;
    }
    // A bitmap: bit n stands for the n-th word behind the last address.
    for (let bit = 1; bit < 64; bit++) {
      const set = bit < 32 ? (low >>> bit) & 1 : (high >>> (bit - 32)) & 1;
      if (set) slots.push(next + (bit - 1) * 8);
    }
    next += 63 * 8;
  }
  return slots;
}
