// Where the functions of a file are. Certain starts come from unwind entries, symbols, Go's table, the entry point and
// section beginnings; calls, addresses that code makes and addresses in data add to them. An address inside of a function
// whose size is known is a label of it (a case of a switch), not a function.
import { symbolType } from '../../../formats/elf-symbol-table.ts';
import { type CodeImage, rangeAt } from './code-image.ts';
import { type References, reference } from './references.ts';

/** All functions, by place (distance from the image's lowest address), sorted. */
export interface FunctionMap {
  readonly starts: Int32Array;
  /** Where the next function, or the end of the code, is. */
  readonly ends: Int32Array;
  /** Index of the function that a place lies in; -1 outside of code. */
  at(place: number): number;
  /** Index of the function that begins at a place; -1 where none does. */
  startingAt(place: number): number;
}

/** What is certain before any code is read. */
export interface KnownStarts {
  /** Sorted addresses. */
  readonly addresses: Float64Array;
  /** Sizes where they are known, else 0. */
  readonly sizes: Float64Array;
}

/** The bytes of endbr64, as a number. */
const endbr64 = 0xfa1e0ff3;

/** $x and $d: where code and data begin within a section (ELF for the Arm 64-bit Architecture, section 5.6.4). */
const mappingSymbol = /^\$[xd](?:\.|$)/;

/** DT_INIT, DT_FINI. */
export const initTags = { init: 12, fini: 13 } as const;

/** Starts that the file itself declares. */
export function knownStarts(image: CodeImage): KnownStarts {
  const sizes = new Map<number, number>();
  const add = (address: number, size: number): void => {
    if (rangeAt(image.code, address) === undefined) return;
    sizes.set(address, Math.max(sizes.get(address) ?? 0, size));
  };
  for (const { address } of image.code) add(address, 0);
  // The entry of a signal frame begins a byte early, so that unwinding finds it from a return address.
  for (const { address, size, signal } of image.frames) {
    if (signal && size > 1) add(address + 1, size - 1);
    else add(address, size);
  }
  for (const { address, size } of image.goFunctions) add(address, size);
  for (const table of [image.symbols, image.statics]) {
    for (const { name, type, isDefined, address, size } of table) {
      if (isDefined && (type === symbolType.function || type === symbolType.ifunc))
        add(address, size);
      // Hand-written assembly leaves symbols without a type.
      else if (
        isDefined &&
        type === symbolType.none &&
        table === image.statics &&
        !mappingSymbol.test(name)
      )
        add(address, 0);
    }
  }
  add(image.layout.entry, 0);
  for (const tag of [initTags.init, initTags.fini]) add(image.dynamic?.values.get(tag) ?? -1, 0);
  const addresses = Float64Array.from(sizes.keys()).sort();
  return { addresses, sizes: addresses.map((address) => sizes.get(address) ?? 0) };
}

/** Index of the last entry that is not above `value`; -1 where all are. */
export function lastNotAbove(sorted: Float64Array | Int32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Joins what is declared, what code refers to and what data points to (`pointed`, places). */
export function mapFunctions(
  image: CodeImage,
  known: KnownStarts,
  references: References,
  pointed: Iterable<number>,
): FunctionMap {
  const { low } = image;
  const starts = new Set<number>();
  for (const address of known.addresses) starts.add(address - low);
  const isLabel = (place: number): boolean => {
    const at = lastNotAbove(known.addresses, place + low);
    return at >= 0 && place + low < (known.addresses[at] ?? 0) + (known.sizes[at] ?? 0);
  };
  const isCode = (place: number): boolean => rangeAt(image.code, place + low) !== undefined;
  for (let at = 0; at < references.count; at++) {
    const kind = references.kinds[at];
    const to = references.to[at] ?? -1;
    if (starts.has(to)) continue;
    if (kind === reference.call) {
      if (isCode(to)) starts.add(to);
    } else if (kind === reference.point && isCode(to) && !isLabel(to)) starts.add(to);
  }
  addTailCalls(image, references, starts, isLabel);
  // Every entry of the linkage table is one, called or not.
  for (let at = 0; at < references.count; at++) {
    if (references.kinds[at] !== reference.jumpThrough) continue;
    const from = references.from[at] ?? 0;
    const range = rangeAt(image.linkage, from + low);
    if (range === undefined) continue;
    const offset = range.offset + (from + low - range.address);
    const marked =
      offset >= 4 &&
      image.layout.bytes.readUInt32LE(offset - 4) === endbr64 &&
      from + low - 4 >= range.address;
    starts.add(marked ? from - 4 : from);
  }
  for (const place of pointed)
    if (!starts.has(place) && isCode(place) && !isLabel(place)) starts.add(place);
  const sorted = Int32Array.from(starts).sort();
  const ends = new Int32Array(sorted.length);
  for (let at = 0; at < sorted.length; at++) {
    const range = rangeAt(image.code, (sorted[at] ?? 0) + low);
    const limit = range === undefined ? 0 : range.address + range.size - low;
    ends[at] = Math.min(at + 1 < sorted.length ? (sorted[at + 1] ?? 0) : limit, limit);
  }
  const search = finder(sorted);
  return {
    starts: sorted,
    ends,
    at(place) {
      const at = search(place);
      return at >= 0 && place < (ends[at] ?? 0) ? at : -1;
    },
    startingAt(place) {
      const at = search(place);
      return at >= 0 && sorted[at] === place ? at : -1;
    },
  };
}

/**
 * As lastNotAbove of the same list, faster: it is asked for every call and jump of the code, several times. Cuts the
 * places into stretches of one size, about as many as there are entries, and searches within one.
 */
function finder(sorted: Int32Array): (value: number) => number {
  const first = sorted[0] ?? 0;
  const last = sorted.at(-1) ?? 0;
  let shift = 4;
  while ((last - first) / 2 ** shift > 2 * sorted.length && shift < 30) shift++;
  const stretches = ((last - first) >> shift) + 1;
  // Of each stretch the last entry that is not above its beginning; behind them the end.
  const before = new Int32Array(stretches + 1);
  for (let stretch = 0, at = 0; stretch < stretches; stretch++) {
    const begin = first + stretch * 2 ** shift;
    while (at + 1 < sorted.length && (sorted[at + 1] ?? 0) <= begin) at++;
    before[stretch] = at;
  }
  before[stretches] = sorted.length - 1;
  return (value) => {
    if (value < first || sorted.length === 0) return -1;
    if (value >= last) return sorted.length - 1;
    const stretch = (value - first) >> shift;
    let low = before[stretch] ?? 0;
    let high = (before[stretch + 1] ?? 0) + 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? 0) <= value) low = middle;
      else high = middle;
    }
    return low;
  };
}

/** Tail calls of tail calls are followed this far. */
const maxTailRounds = 4;

/**
 * Where nothing says how long functions are (musl without unwind entries, assembly), a jump over the beginning of a
 * function leads to another function: one that nobody may ever call.
 */
function addTailCalls(
  image: CodeImage,
  { count, kinds, from, to }: References,
  starts: Set<number>,
  isLabel: (place: number) => boolean,
): void {
  for (let round = 0; round < maxTailRounds; round++) {
    const sorted = Int32Array.from(starts).sort();
    const before = starts.size;
    for (let at = 0; at < count; at++) {
      if (kinds[at] !== reference.jump && kinds[at] !== reference.branch) continue;
      const target = to[at] ?? -1;
      if (starts.has(target) || isLabel(target)) continue;
      if (lastNotAbove(sorted, from[at] ?? 0) === lastNotAbove(sorted, target)) continue;
      if (rangeAt(image.code, target + image.low) !== undefined) starts.add(target);
    }
    if (starts.size === before) return;
  }
}

/** Names of functions by place: global names before local ones. */
export function functionNames(image: CodeImage): Map<number, string> {
  const names = new Map<number, string>();
  for (const table of [image.symbols, image.statics]) {
    for (const { name, address, type, isDefined, binding } of table) {
      if (!isDefined || name === '' || mappingSymbol.test(name)) continue;
      if (type !== symbolType.function && type !== symbolType.ifunc && type !== symbolType.none)
        continue;
      const place = address - image.low;
      if (!names.has(place) || (binding === 1 && table === image.symbols)) names.set(place, name);
    }
  }
  for (const { name, address } of image.goFunctions)
    if (name !== '' && !names.has(address - image.low)) names.set(address - image.low, name);
  return names;
}
