// What each function refers to: functions that it calls or whose address it takes, tables of addresses, imported
// symbols, names of libraries. And the same for each table.

import { flow } from '../../../isa/insn.ts';
import { type CodeImage, offsetOfPlace, rangeAt } from './code-image.ts';
import { endlessFunctions, runsOn } from './endless-functions.ts';
import { type FunctionMap, lastNotAbove } from './functions.ts';
import type { ObjectFinder, Slots } from './pointers.ts';
import { type References, reference } from './references.ts';
import type { TableUse } from './register-places.ts';

/** Kinds of edges; an edge is 4 × index + kind. */
export const edge = {
  /** Control may go to that function. */
  call: 0,
  /** The function's address is taken: whoever has it may call it. */
  take: 1,
  object: 2,
  /** An imported symbol, by its index in .dynsym. */
  symbol: 3,
} as const;

export interface Graph {
  /** Edges of each function. */
  readonly functions: readonly (readonly number[])[];
  /** Edges of each object. */
  readonly objects: readonly (readonly number[])[];
  /** [first, behind the last] reference of each function. */
  readonly references: (index: number) => readonly [from: number, to: number];
  /** The imported symbol that a function does nothing but jump to (an entry of the linkage table); 0 for others. */
  readonly stubOf: (index: number) => number;
  /** The symbol of .dynsym whose address the word at a place will hold; 0 for none. */
  readonly symbolAt: (place: number) => number;
  /** The function whose address the word at a place holds from the start; -1 for none. */
  readonly functionThrough: (place: number) => number;
  /** Whether a function certainly does not come back to its caller. */
  readonly neverReturns: (index: number) => boolean;
  /** Places inside of functions that jumps through tables lead to, by function. */
  readonly tableTargets: ReadonlyMap<number, ReadonlySet<number>>;
  /** Places inside of functions that may be entered from anywhere, by function. */
  readonly openEntries: ReadonlyMap<number, ReadonlySet<number>>;
  /** The object at a place (for exported data); -1 where it holds no address. */
  objectAt(place: number): number;
}

const maxTable = 4096;

export function buildGraph(
  image: CodeImage,
  references: References,
  functions: FunctionMap,
  known: Float64Array,
  slots: Slots,
  finder: ObjectFinder,
): Graph {
  const build: Build = {
    image,
    references,
    functions,
    slots,
    finder,
    objects: [],
    objectIds: new Map(),
    pendingObjects: [],
    tableTargets: new Map(),
    openEntries: new Map(),
    jumping: jumpingFunctions(references, functions),
    tableEntries: image.layout.bytes.length,
    objectSlots: 8 * slots.places.length + (1 << 20),
  };
  const count = functions.starts.length;
  const firsts = new Int32Array(count + 1);
  let at = 0;
  for (let index = 0; index < count; index++) {
    while (at < references.count && (references.from[at] ?? 0) < (functions.starts[index] ?? 0))
      at++;
    firsts[index] = at;
  }
  firsts[count] = references.count;
  const rangeOf = (index: number): readonly [number, number] => [
    firsts[index] ?? 0,
    firsts[index + 1] ?? 0,
  ];
  const tablePlaces = sortedTablePlaces(build);
  const edges: number[][] = [];
  const goesOn = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    const [from, to] = rangeOf(index);
    const found = new Set<number>();
    // What stands behind the jump of an entry of the linkage table only leads to the loader, which binds the symbol.
    const bound = isLinkage(build, index) ? stubOf(build, index, [from, to]) : 0;
    if (bound !== 0) {
      edges.push([bound * 4 + edge.symbol]);
      continue;
    }
    collect(build, index, from, to, tablePlaces, found);
    const way = wayOn(build, index, from, to, known);
    goesOn[index] = way;
    if (way !== runsOn.never) found.add((index + 1) * 4 + edge.call);
    found.delete(index * 4 + edge.call);
    edges.push([...found]);
  }
  drainObjects(build);
  const noReturn = endlessFunctions(build, rangeOf, goesOn, known);
  return {
    functions: edges,
    objects: build.objects,
    references: rangeOf,
    stubOf: (index) => stubOf(build, index, rangeOf(index)),
    symbolAt: (place) => symbolAt(build, place),
    functionThrough(place) {
      const [slot, end] = finder.slotsIn(place, 1);
      return slot < end ? functions.startingAt(slots.targets[slot] ?? -1) : -1;
    },
    neverReturns: (index) => noReturn[index] === 1,
    tableTargets: build.tableTargets,
    openEntries: build.openEntries,
    objectAt(place) {
      const id = objectAt(build, place);
      drainObjects(build);
      return id;
    },
  };
}

interface Build {
  readonly image: CodeImage;
  readonly references: References;
  readonly functions: FunctionMap;
  readonly slots: Slots;
  readonly finder: ObjectFinder;
  readonly objects: number[][];
  readonly objectIds: Map<string, number>;
  readonly pendingObjects: (readonly [id: number, from: number, to: number])[];
  readonly tableTargets: Map<number, Set<number>>;
  readonly openEntries: Map<number, Set<number>>;
  /** Functions that jump to where a register points. */
  readonly jumping: ReadonlySet<number>;
  /** How many more entries of tables are read: a damaged file may go by one table over and over. */
  tableEntries: number;
  /**
   * How many more slots are looked at for objects. In code whose data is full of addresses without symbols (Haskell's
   * closures) every place begins another object that reaches far; behind this, all slots together are one.
   */
  objectSlots: number;
}

function jumpingFunctions(references: References, functions: FunctionMap): ReadonlySet<number> {
  const found = new Set<number>();
  for (let at = 0; at < references.count; at++)
    if (references.kinds[at] === reference.jumpRegister)
      found.add(functions.at(references.from[at] ?? -1));
  return found;
}

function note(map: Map<number, Set<number>>, index: number, place: number): void {
  const places = map.get(index);
  if (places === undefined) map.set(index, new Set([place]));
  else places.add(place);
}

/** Places in data that code refers to: where one table ends at the latest. */
function sortedTablePlaces({ image, references }: Build): Int32Array {
  const places = new Set<number>();
  for (let at = 0; at < references.count; at++) {
    const to = references.to[at] ?? -1;
    const kind = references.kinds[at];
    if (
      (kind === reference.point || kind === reference.access || kind === reference.accessWide) &&
      rangeAt(image.code, to + image.low) === undefined
    )
      places.add(to);
  }
  return Int32Array.from(places).sort();
}

function collect(
  build: Build,
  index: number,
  from: number,
  to: number,
  tablePlaces: Int32Array,
  found: Set<number>,
): void {
  const { references, functions, image, finder } = build;
  let jumps = false;
  for (let at = from; at < to; at++)
    if (references.kinds[at] === reference.jumpRegister) jumps = true;
  for (let at = from; at < to; at++) {
    const place = references.to[at] ?? -1;
    switch (references.kinds[at]) {
      case reference.call:
      case reference.jump:
      case reference.branch: {
        const target = functions.at(place);
        if (target < 0) break;
        found.add(target * 4 + edge.call);
        if (target !== index && functions.starts[target] !== place)
          note(build.openEntries, target, place);
        break;
      }
      case reference.point:
        if (rangeAt(image.code, place + image.low) !== undefined)
          takeCode(build, place, found, index);
        else {
          addObject(build, finder.slotsOf(place), found);
          if (jumps && image.machine.tablesOfDistances)
            readTable(build, index, place, tablePlaces, found);
        }
        break;
      case reference.jumpRegister: {
        const use = references.tables.get(references.from[at] ?? -1);
        if (use !== undefined) readTableUse(build, index, use, tablePlaces, found);
        break;
      }
      case reference.access:
      case reference.jumpThrough:
      case reference.callThrough:
        addSlots(build, finder.slotsIn(place - 7, 15), found);
        break;
      case reference.accessWide:
        addSlots(build, finder.slotsIn(place - 7, 71), found);
        break;
      default:
        break;
    }
  }
}

/** The address of code was made: of a function, or of a label in one. */
function takeCode(build: Build, place: number, found: Set<number>, by: number): void {
  const target = build.functions.at(place);
  if (target < 0) return;
  if (build.functions.starts[target] === place) found.add(target * 4 + edge.take);
  else {
    if (target !== by) found.add(target * 4 + edge.call);
    note(build.openEntries, target, place);
  }
}

/** A table of 32-bit distances from its own beginning, as compilers write for `switch` in code that can be moved. */
function readTable(
  build: Build,
  index: number,
  place: number,
  tablePlaces: Int32Array,
  found: Set<number>,
): void {
  const { image, functions } = build;
  const range = rangeAt(image.data, place + image.low);
  if (range === undefined || place % 4 !== 0) return;
  const nextAt = lastNotAbove(tablePlaces, place) + 1;
  const next = nextAt < tablePlaces.length ? (tablePlaces[nextAt] ?? 0) : Number.POSITIVE_INFINITY;
  const end = Math.min(range.address + range.size - image.low, next, place + 4 * maxTable);
  for (let at = place; at + 4 <= end; at += 4) {
    const offset = range.offset + (at + image.low - range.address);
    const target = place + image.layout.view.getInt32(offset, true);
    const inFunction = functions.at(target);
    if (inFunction < 0) return;
    if (inFunction === index) note(build.tableTargets, index, target);
    else {
      found.add(inFunction * 4 + edge.call);
      note(build.openEntries, inFunction, target);
    }
  }
}

/** A table whose use by a jump is known. */
function readTableUse(
  build: Build,
  index: number,
  { table, size, signed, shift, base, count }: TableUse,
  tablePlaces: Int32Array,
  found: Set<number>,
): void {
  const { image, functions } = build;
  const offset = offsetOfPlace(image, table);
  if (offset < 0) return;
  const nextAt = lastNotAbove(tablePlaces, table) + 1;
  const next = tablePlaces[nextAt] ?? Number.POSITIVE_INFINITY;
  const entries = count > 0 ? Math.min(count, maxTable) : maxTable;
  const end = Math.min(count > 0 ? Number.POSITIVE_INFINITY : next, table + size * entries);
  const { bytes } = image.layout;
  for (let at = table; at + size <= end; at += size) {
    const from = offset + (at - table);
    if (from + size > bytes.length || build.tableEntries-- <= 0) return;
    const entry = signed ? bytes.readIntLE(from, size) : bytes.readUIntLE(from, size);
    const target = base + entry * 2 ** shift;
    const inFunction = functions.at(target);
    if (inFunction === index) note(build.tableTargets, index, target);
    else if (inFunction < 0 || count === 0) return;
    else {
      found.add(inFunction * 4 + edge.call);
      note(build.openEntries, inFunction, target);
    }
  }
}

/** What the slots [from, to) hold becomes an edge of whoever reads them. */
function addSlots(build: Build, [from, to]: readonly [number, number], found: Set<number>): void {
  const { slots, functions, image, finder } = build;
  for (let at = from; at < to; at++) {
    const symbol = slots.symbols[at] ?? 0;
    if (symbol !== 0) found.add(symbol * 4 + edge.symbol);
    const target = slots.targets[at] ?? -1;
    if (target < 0) continue;
    if (rangeAt(image.code, target + image.low) === undefined)
      addObject(build, finder.slotsOf(target), found);
    else {
      const index = functions.at(target);
      if (index < 0) continue;
      if (functions.starts[index] === target) found.add(index * 4 + edge.take);
      else {
        found.add(index * 4 + edge.call);
        // In files that are not moved any number may look like an address: only what jumps by a table has labels in one.
        if (!image.fixed || build.jumping.has(index)) note(build.tableTargets, index, target);
      }
    }
  }
}

function addObject(build: Build, [from, to]: readonly [number, number], found: Set<number>): void {
  if (from >= to) return;
  found.add(objectId(build, from, to) * 4 + edge.object);
}

function objectId(build: Build, first: number, behind: number): number {
  const isMuch = build.objectSlots <= 0;
  const from = isMuch ? 0 : first;
  const to = isMuch ? build.slots.places.length : behind;
  const key = `${from} ${to}`;
  const known = build.objectIds.get(key);
  if (known !== undefined) return known;
  build.objectSlots -= to - from;
  const id = build.objects.length;
  build.objectIds.set(key, id);
  build.objects.push([]);
  build.pendingObjects.push([id, from, to]);
  return id;
}

function objectAt(build: Build, place: number): number {
  const [from, to] = build.finder.slotsOf(place);
  return from < to ? objectId(build, from, to) : -1;
}

function drainObjects(build: Build): void {
  for (;;) {
    const next = build.pendingObjects.pop();
    if (next === undefined) return;
    const [id, from, to] = next;
    const found = new Set<number>();
    addSlots(build, [from, to], found);
    const edges = build.objects[id];
    for (const each of found) edges?.push(each);
  }
}

/** Whether code runs from the end of a function into the next one; one of `runsOn`. */
function wayOn(build: Build, index: number, from: number, to: number, known: Float64Array): number {
  const { image, functions, references } = build;
  const start = functions.starts[index] ?? 0;
  const end = functions.ends[index] ?? 0;
  if (index + 1 >= functions.starts.length || functions.starts[index + 1] !== end)
    return runsOn.never;
  let place = start;
  for (let at = to - 1; at >= from; at--) {
    const kind = references.kinds[at];
    if (
      kind === reference.return ||
      kind === reference.stop ||
      kind === reference.jump ||
      kind === reference.jumpThrough ||
      kind === reference.jumpRegister
    ) {
      place = references.from[at] ?? start;
      break;
    }
  }
  const range = rangeAt(image.code, start + image.low);
  if (range === undefined) return runsOn.never;
  const offset = range.offset + (place + image.low - range.address);
  const last = image.machine.lastFlow(image.layout.bytes, offset, offset + (end - place));
  if (last === flow.call || last === flow.callIndirect) {
    // Most likely a function that does not return, where the next one is known to be one of its own.
    const at = lastNotAbove(known, end + image.low);
    return known[at] === end + image.low ? runsOn.never : runsOn.behindCall;
  }
  return last === -1 || last === flow.branch || last === flow.syscall || last === flow.syscall32
    ? runsOn.always
    : runsOn.never;
}

const isLinkage = ({ image, functions }: Build, index: number): boolean =>
  rangeAt(image.linkage, (functions.starts[index] ?? 0) + image.low) !== undefined;

function stubOf(build: Build, index: number, [from, to]: readonly [number, number]): number {
  const { references, functions } = build;
  if (from >= to || references.kinds[from] !== reference.jumpThrough) return 0;
  // endbr64 may stand before the jump.
  if ((references.from[from] ?? 0) - (functions.starts[index] ?? 0) > 5) return 0;
  return symbolAt(build, references.to[from] ?? -1);
}

function symbolAt({ finder, slots }: Build, place: number): number {
  const [slot, end] = finder.slotsIn(place, 8);
  return slot < end ? (slots.symbols[slot] ?? 0) : 0;
}
