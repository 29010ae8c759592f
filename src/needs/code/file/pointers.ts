// Words in data that will hold an address when the program runs, and the objects that they are part of. Where the
// file says how long an object is, that is its extent; else it goes from the place that code refers to, up to the
// next place that is referred to and aligned as compilers align objects. Objects are how a table of functions counts
// only when somebody uses the table.
import { sectionNamed } from '../../../formats/elf-layout.ts';
import { relocationKind } from '../../../formats/elf-relocations.ts';
import { symbolType } from '../../../formats/elf-symbol-table.ts';
import { type CodeImage, rangeAt } from './code-image.ts';
import { lastNotAbove } from './functions.ts';
import { type References, reference } from './references.ts';

/** Slots sorted by place; the arrays run beside each other. */
export interface Slots {
  readonly places: Int32Array;
  /** Place that the slot points to; -1 where a symbol decides. */
  readonly targets: Int32Array;
  /** Index in .dynsym; 0 for none. */
  readonly symbols: Uint32Array;
  /** Places of what finds a thread's own variables: code makes their address for __tls_get_addr, and reads no table there. */
  readonly threadLocal: ReadonlySet<number>;
}

/** Copies of imported objects reach at most this far, in bytes. */
const maxCopy = 1 << 16;

/** All words that hold addresses: by relocation, or in files that are not moved by their value. */
export function readSlots(image: CodeImage): Slots {
  const { relocations, low, high } = image;
  const rows = growingRows();
  const seen = new Set<number>();
  const threadLocal = new Set<number>();
  const push = (place: number, target: number, symbol: number): void => {
    if (!(place >= 0 && place < high - low)) return;
    if (image.fixed) seen.add(place);
    rows.push(place, target, symbol);
  };
  for (let at = 0; at < relocations.slots.length; at++) {
    const place = (relocations.slots[at] ?? 0) - low;
    const addend = relocations.addends[at] ?? 0;
    const symbol = relocations.symbols[at] ?? 0;
    const kind = relocations.kinds[at];
    if (kind === relocationKind.thread) {
      threadLocal.add(place);
      seen.add(place);
    } else if (kind === relocationKind.local || kind === relocationKind.resolved) {
      const target = addend - low;
      push(place, target >= 0 && target < high - low ? target : -1, 0);
    } else if (symbol !== 0) {
      const size =
        kind === relocationKind.copy
          ? Math.min(image.symbols.find(({ index }) => index === symbol)?.size ?? 8, maxCopy)
          : 8;
      for (let part = 0; part < Math.max(size, 8); part += 8) push(place + part, -1, symbol);
    }
  }
  if (image.fixed) scanWords(image, seen, rows);
  return { ...rows.sorted(), threadLocal };
}

/** Rows of Slots while they are collected. */
interface GrowingRows {
  push(place: number, target: number, symbol: number): void;
  /** By place; what is at one place stays in its order. */
  sorted(): Omit<Slots, 'threadLocal'>;
}

function growingRows(): GrowingRows {
  let count = 0;
  let places = new Int32Array(1024);
  let targets = new Int32Array(1024);
  let symbols = new Uint32Array(1024);
  let isSorted = true;
  return {
    push(place, target, symbol) {
      if (count === places.length) {
        const before = [places, targets, symbols] as const;
        places = new Int32Array(2 * count);
        targets = new Int32Array(2 * count);
        symbols = new Uint32Array(2 * count);
        places.set(before[0]);
        targets.set(before[1]);
        symbols.set(before[2]);
      }
      if (count > 0 && place < (places[count - 1] ?? 0)) isSorted = false;
      places[count] = place;
      targets[count] = target;
      symbols[count] = symbol;
      count++;
    },
    sorted() {
      const rows = {
        places: places.slice(0, count),
        targets: targets.slice(0, count),
        symbols: symbols.slice(0, count),
      };
      if (isSorted) return rows;
      const order = Uint32Array.from({ length: count }, (_, at) => at);
      order.sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0) || a - b);
      for (let at = 0; at < count; at++) {
        const from = order[at] ?? 0;
        rows.places[at] = places[from] ?? 0;
        rows.targets[at] = targets[from] ?? 0;
        rows.symbols[at] = symbols[from] ?? 0;
      }
      return rows;
    },
  };
}

function scanWords(image: CodeImage, seen: ReadonlySet<number>, rows: GrowingRows): void {
  const { layout, low, high } = image;
  for (const { address, offset, size } of image.data) {
    const first = (8 - (address % 8)) % 8;
    for (let at = first; at + 8 <= size; at += 8) {
      if (layout.view.getUint32(offset + at + 4, true) !== 0) continue;
      const value = layout.view.getUint32(offset + at, true);
      if (value < low || value >= high) continue;
      const place = address + at - low;
      if (!seen.has(place)) rows.push(place, value - low, 0);
    }
  }
}

/** Which slots belong to the object that a place is part of: a range of indexes into Slots. */
export interface ObjectFinder {
  /** [from, to) of the object at a place; empty where it holds no address. */
  slotsOf(place: number): readonly [from: number, to: number];
  /** [from, to) of the slots in a stretch of memory. */
  slotsIn(place: number, size: number): readonly [from: number, to: number];
}

/** Objects of 32 bytes and more are aligned to 32 by GCC, to 16 by clang. */
const alignment = 16;

/** Loops that count their place up before they use it begin at most one element in front of a table. */
const maxElement = 64;

/** Finds objects by symbols and by the places that code and data refer to. */
export function objectFinder(image: CodeImage, slots: Slots, references: References): ObjectFinder {
  const { low } = image;
  const isData = (place: number): boolean => rangeAt(image.code, place + low) === undefined;
  const cuts = new Set<number>();
  for (let at = 0; at < references.count; at++) {
    if (references.kinds[at] !== reference.point) continue;
    const to = references.to[at] ?? -1;
    if (to % alignment === 0) cuts.add(to);
  }
  for (const target of slots.targets) if (target >= 0 && target % alignment === 0) cuts.add(target);
  for (const { address } of image.data) cuts.add(address - low);
  const sized: [place: number, size: number][] = [];
  for (const table of [image.symbols, image.statics]) {
    for (const { type, isDefined, address, size } of table)
      if (isDefined && size > 0 && type === symbolType.object) sized.push([address - low, size]);
  }
  sized.sort((a, b) => a[0] - b[0]);
  for (const [place] of sized) cuts.add(place);
  const sortedCuts = Int32Array.from([...cuts].filter(isData)).sort();
  // What the linker keeps for calls and accesses is read word by word, and is part of no object.
  const linkerTables = ['.got', '.got.plt'].flatMap((name) => {
    const section = sectionNamed(image.layout, name);
    return section === undefined ? [] : [section.address - low];
  });
  const sizedPlaces = Int32Array.from(sized, ([place]) => place);
  const slotsIn = (place: number, size: number): readonly [number, number] => [
    lastNotAbove(slots.places, place - 1) + 1,
    lastNotAbove(slots.places, place + size - 1) + 1,
  ];
  return {
    slotsIn,
    slotsOf(place) {
      if (slots.threadLocal.has(place)) return [0, 0];
      const known = sized[lastNotAbove(sizedPlaces, place)];
      if (known !== undefined && place < known[0] + known[1]) return slotsIn(known[0], known[1]);
      let next = lastNotAbove(sortedCuts, place) + 1;
      // A place that is no object's beginning may be one that loops count from, a little before it.
      if (place % alignment !== 0 && (sortedCuts[next] ?? place) - place <= maxElement) next++;
      let end = next < sortedCuts.length ? (sortedCuts[next] ?? 0) : image.high - low;
      for (const table of linkerTables) if (table > place && table < end) end = table;
      return slotsIn(place, end - place);
    },
  };
}
