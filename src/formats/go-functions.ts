// Go's own table of functions (pclntab): every function's beginning, size and name, in stripped programs, too, since the
// runtime itself walks stacks with it. Four layouts, by a magic number: Go 1.2, 1.16, 1.18 and 1.20. It is found by its
// header where no section is named for it. Source: Go's debug/gosym/pclntab.go, internal/abi/symtab.go,
// runtime/symtab.go and cmd/link/internal/ld/pcln.go.
import { type ElfLayout, offsetOfAddress, readU64, segmentType, textAt } from './elf-layout.ts';

/** One function, as Go's linker laid it out. */
export interface GoFunction {
  readonly address: number;
  /** Up to the next one, padding included. */
  readonly size: number;
  /** "net/http.(*conn).serve"; empty where it could not be read. */
  readonly name: string;
}

/** Go's table of functions. */
export interface GoTable {
  readonly functions: readonly GoFunction[];
  /** Where it lies in the file, up to the last thing told of a function. */
  readonly offset: number;
  readonly size: number;
}

/** Words that the loader fills in, by their address: addresses in files that can be moved. */
export type FilledWords = (address: number) => number | undefined;

const version = { go12: 0xfffffffb, go116: 0xfffffffa, go118: 0xfffffff0, go120: 0xfffffff1 };
const magics: ReadonlySet<number> = new Set(Object.values(version));

/** What follows the magic's first byte: the rest of it, two zero bytes, the quantum (by machine), the size of a pointer. */
const x86Rest = Buffer.from([0xff, 0xff, 0xff, 0, 0, 1, 8]);
const aarch64Rest = Buffer.from([0xff, 0xff, 0xff, 0, 0, 4, 8]);
const word = 8;
const maxFunctions = 4_000_000;
const maxName = 1024;
const maxTries = 64;

/** Where the parts of one table are, as file offsets. */
interface Table {
  readonly magic: number;
  readonly at: number;
  readonly count: number;
  /** Pairs of a function's beginning and the place of what is told of it. */
  readonly pairs: number;
  /** What those places count from. */
  readonly base: number;
  readonly names: number;
  readonly textStart: number;
}

/** Functions of a Go program in the order of their addresses; undefined where there is no table that can be read. */
export function readGoFunctions(layout: ElfLayout, filled: FilledWords): GoTable | undefined {
  if (!layout.is64 || !layout.little) return undefined;
  const rest = layout.machine === 183 ? aarch64Rest : x86Rest;
  let tries = 0;
  for (const { type, offset, fileSize } of layout.segments) {
    if (type !== segmentType.load) continue;
    const region = layout.bytes.subarray(offset, offset + fileSize);
    for (let at = region.indexOf(rest); at !== -1; at = region.indexOf(rest, at + 1)) {
      if (++tries > maxTries) return undefined;
      const start = offset + at - 1;
      if (at === 0 || start % word !== 0 || !magics.has(layout.view.getUint32(start, true)))
        continue;
      const table = readTable(layout, start, filled);
      const found = table && readFunctions(layout, table, filled);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

const addressOfOffset = (layout: ElfLayout, at: number): number => {
  for (const { type, offset, fileSize, address } of layout.segments)
    if (type === segmentType.load && at >= offset && at < offset + fileSize)
      return address + (at - offset);
  return -1;
};

/** A pointer in the file, as it will be once the program is loaded. */
const pointerAt = (layout: ElfLayout, at: number, filled: FilledWords): number =>
  filled(addressOfOffset(layout, at)) ?? readU64(layout, at);

function readTable(layout: ElfLayout, at: number, filled: FilledWords): Table | undefined {
  const { view, bytes } = layout;
  if (at + 9 * word > bytes.length) return undefined;
  const magic = view.getUint32(at, true);
  const field = (index: number): number => readU64(layout, at + word + index * word);
  const count = field(0);
  if (!(count > 0 && count <= maxFunctions)) return undefined;
  if (magic === version.go12)
    return { magic, at, count, pairs: at + 2 * word, base: at, names: at, textStart: 0 };
  if (magic === version.go116) {
    const base = at + field(6);
    return { magic, at, count, pairs: base, base, names: at + field(2), textStart: 0 };
  }
  const base = at + field(7);
  const known = pointerAt(layout, at + 3 * word, filled);
  const textStart = known || beginningOfText(layout, base, at + field(3), count);
  return { magic, at, count, pairs: base, base, names: at + field(3), textStart };
}

/** What the kernel enters in programs that Go's own linker made: "_rt0_amd64_linux". */
const entryName = /^_rt0_\w+_linux$/;

/** Where Go's text begins, which newer linkers do not say in the table: by the entry point, else by the section. */
function beginningOfText(
  layout: ElfLayout,
  pairs: number,
  namesFrom: number,
  count: number,
): number {
  const { view, bytes } = layout;
  for (let index = 0; index < count; index++) {
    const at = pairs + 8 * index;
    const told = at + 8 <= bytes.length ? pairs + view.getUint32(at + 4, true) + 4 : bytes.length;
    if (told + 4 > bytes.length) break;
    const nameAt = namesFrom + view.getInt32(told, true);
    if (nameAt >= 0 && bytes[nameAt] === 0x5f && entryName.test(textAt(bytes, nameAt, nameAt + 32)))
      return layout.entry - view.getUint32(at, true);
  }
  const names = layout.sections[layout.sectionNames];
  for (const { nameAt, address } of layout.sections) {
    const at = (names?.offset ?? 0) + nameAt;
    if (names !== undefined && textAt(bytes, at, names.offset + names.size) === '.text')
      return address;
  }
  const code = layout.segments.find(({ type, flags }) => type === segmentType.load && flags & 1);
  return code?.address ?? 0;
}

function readFunctions(
  layout: ElfLayout,
  { magic, at: offset, count, pairs, base, names, textStart }: Table,
  filled: FilledWords,
): GoTable | undefined {
  const { view, bytes } = layout;
  const wide = magic === version.go12 || magic === version.go116;
  const size = wide ? word : 4;
  if (pairs + (2 * count + 1) * size > bytes.length) return undefined;
  const start = (index: number): number => {
    const at = pairs + index * 2 * size;
    return wide ? pointerAt(layout, at, filled) : textStart + view.getUint32(at, true);
  };
  const functions: GoFunction[] = [];
  let last = pairs + (2 * count + 1) * size;
  for (let index = 0, address = start(0); index < count; index++) {
    const next = start(index + 1);
    // A table that is one has its functions in order, and in code.
    if (!(next >= address) || offsetOfAddress(layout, address) === undefined) return undefined;
    const place = pairs + index * 2 * size + size;
    const told = base + (wide ? readU64(layout, place) : view.getUint32(place, true)) + size;
    const nameAt = told + 4 <= bytes.length ? names + view.getInt32(told, true) : -1;
    last = Math.max(last, Math.min(told, bytes.length));
    const end = Math.min(nameAt + maxName, bytes.length);
    const stop = nameAt < 0 || nameAt >= end ? -1 : bytes.indexOf(0, nameAt);
    const name = stop < 0 || stop > end ? '' : bytes.toString('utf8', nameAt, stop);
    if (next > address) functions.push({ address, size: next - address, name });
    address = next;
  }
  return { functions, offset, size: last - offset };
}
