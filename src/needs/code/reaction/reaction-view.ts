// The functions of a file as the following of errors sees them: who calls whom, which parts belong together, who ends the
// program, who tells of errors.
import { flow, makeStep, type Step } from '../../../isa/insn.ts';
import { syscallNumbered } from '../../../kernel/syscalls.ts';
import { rangeAt, readConstant } from '../file/code-image.ts';
import { reference, rowsByKey } from '../file/references.ts';
import type { SiteInput } from '../file/sites.ts';
import { blocksOf } from './reaction-blocks.ts';
import {
  allocators,
  endingFunctions,
  endingWithStatus,
  errnoLocations,
  tellingFunctions,
} from './reaction-names.ts';
import {
  type Callee,
  calleeKind,
  importCallee,
  type Surroundings,
  unknownCallee,
} from './reaction-surroundings.ts';
import { type Amount, isExact } from './reaction-value.ts';

const exitCalls: ReadonlySet<string> = new Set(['exit', 'exit_group']);
/** A call or jump to a callee. */
export interface CallPlace {
  readonly caller: number;
  readonly place: number;
  /** A jump: the callee returns in the caller's place. */
  readonly isJump: boolean;
}

/** All functions of a file. */
export interface CodeView {
  readonly input: SiteInput;
  /** Where a callee is called. */
  readonly callersOf: (callee: Callee) => readonly CallPlace[];
  readonly around: Map<number, Surroundings>;
  /** Parts of functions that lie apart, with the function that they belong to. */
  readonly owners: ReadonlyMap<number, number>;
  /** Functions that tell of errors. */
  readonly telling: ReadonlySet<number>;
  /** Functions whose callers are not looked at. */
  readonly skipped: ReadonlySet<number>;
  readonly calleeOf: (place: number) => Callee;
  readonly names: (callee: Callee) => string;
}

/** Reads who calls whom; functions themselves are read when they are looked at. */
export function viewCode(input: SiteInput): CodeView {
  const { image, references, functions, graph } = input;
  const stubs = new Map<number, Callee>();
  for (let index = 0; index < functions.starts.length; index++) {
    const symbol = graph.stubOf(index);
    if (symbol !== 0) stubs.set(index, importCallee(symbol));
  }
  const symbolNames = new Map(image.symbols.map(({ index, name }) => [index, name]));
  const ownNames = new Map<number, string>();
  for (const table of [image.statics, image.symbols])
    for (const { isDefined, name, address } of table) {
      const index = isDefined ? functions.startingAt(address - image.low) : -1;
      if (index >= 0 && name !== '' && !ownNames.has(index)) ownNames.set(index, name);
    }
  const names = (callee: Callee): string => {
    const [kind, index] = calleeKind(callee);
    return kind === 'symbol'
      ? (symbolNames.get(index) ?? '')
      : kind === 'function'
        ? (ownNames.get(index) ?? '')
        : '';
  };
  const calleeOf = (place: number): Callee => {
    const index = functions.startingAt(place);
    return index < 0 ? unknownCallee : (stubs.get(index) ?? index);
  };
  const owners = partOwners(input);
  const telling = new Set<number>();
  const count = functions.starts.length;
  /** The function that a call or jump of a callee belongs to; -1 where it is none that counts. */
  const callerAt = (row: number, callee: Callee): number => {
    const within = functions.at(references.from[row] ?? -1);
    const caller = owners.get(within) ?? within;
    if (caller === callee || stubs.has(within)) return -1;
    // A jump to a part of the same function is none of a callee.
    return owners.has(callee) && isJump(references.kinds[row] ?? -1) ? -1 : caller;
  };
  const rows = rowsByKey(
    references.count,
    count + (image.symbols.at(-1)?.index ?? 0) + 1,
    (row) => {
      const to = references.to[row] ?? -1;
      let callee = unknownCallee;
      switch (references.kinds[row]) {
        case reference.call:
        case reference.jump:
        case reference.branch:
          callee = calleeOf(to);
          break;
        case reference.callThrough:
        case reference.jumpThrough: {
          const symbol = graph.symbolAt(to);
          if (symbol !== 0) callee = importCallee(symbol);
          break;
        }
        default:
          break;
      }
      if (callee === unknownCallee) return -1;
      if (tellingFunctions.has(names(callee))) {
        const caller = callerAt(row, callee);
        if (caller >= 0) telling.add(caller);
      }
      return keyOf(callee, count);
    },
  );
  const skipped = new Set<number>();
  for (const [index, name] of ownNames) if (allocators.has(name)) skipped.add(index);
  return {
    input,
    callersOf(callee) {
      if (callee === unknownCallee) return [];
      const found: CallPlace[] = [];
      for (const row of rows(keyOf(callee, count))) {
        const caller = callerAt(row, callee);
        if (caller < 0) continue;
        const place = references.from[row] ?? -1;
        found.push({ caller, place, isJump: isJump(references.kinds[row] ?? -1) });
      }
      return found;
    },
    around: new Map(),
    owners,
    telling,
    skipped,
    calleeOf,
    names,
  };
}

const isJump = (kind: number): boolean =>
  kind === reference.jump || kind === reference.branch || kind === reference.jumpThrough;

/** Functions, and behind them imported symbols; system calls have no callers. */
function keyOf(callee: Callee, functions: number): number {
  const [kind, index] = calleeKind(callee);
  return kind === 'function' ? index : kind === 'symbol' ? functions + index : -1;
}

/**
 * Parts of functions that compilers put apart (".cold"): nobody calls them or takes their address, and one function jumps
 * there.
 */
function partOwners({ references, functions, image }: SiteInput): Map<number, number> {
  const count = functions.starts.length;
  const jumpedFrom = new Int32Array(count).fill(-1);
  const others = new Uint8Array(count);
  const addOther = (index: number): void => {
    if (index >= 0) others[index] = 1;
  };
  if (image.layout.entry !== 0) addOther(functions.at(image.layout.entry - image.low));
  // The function that a reference lies in: they come in the order of the code.
  let within = 0;
  for (let at = 0; at < references.count; at++) {
    const to = references.to[at] ?? -1;
    const kind = references.kinds[at];
    if (kind === reference.call || kind === reference.point) addOther(functions.startingAt(to));
    else if (kind === reference.jump || kind === reference.branch) {
      const place = references.from[at] ?? -1;
      while (within + 1 < count && (functions.starts[within + 1] ?? 0) <= place) within++;
      const end = functions.ends[within] ?? 0;
      const start = functions.starts[within] ?? 0;
      if (place < start || place >= end || (to >= start && to < end)) continue;
      const index = functions.at(to);
      if (index < 0) continue;
      const known = jumpedFrom[index] ?? -1;
      if (known < 0) jumpedFrom[index] = within;
      else if (known !== within) addOther(index);
    }
  }
  for (const table of [image.symbols, image.statics])
    for (const { isDefined, address, name } of table)
      if (isDefined && !/\.(?:cold|part|constprop|isra)/.test(name))
        addOther(functions.startingAt(address - image.low));
  const owners = new Map<number, number>();
  for (const [part, from] of jumpedFrom.entries())
    if (from >= 0 && others[part] === 0) owners.set(part, from);
  // A part of a part belongs to the whole.
  for (const [part, from] of owners) {
    let owner = from;
    for (let depth = 0; depth < 4; depth++) owner = owners.get(owner) ?? owner;
    if (owner === part) owners.delete(part);
    else owners.set(part, owner);
  }
  return owners;
}

/** One function of the file. */
export function surroundings(view: CodeView, index: number): Surroundings {
  const known = view.around.get(index);
  if (known !== undefined) return known;
  const { image, functions, graph, references } = view.input;
  const start = functions.starts[index] ?? 0;
  const end = functions.ends[index] ?? 0;
  const tableTargets = [...(graph.tableTargets.get(index) ?? [])];
  const leaders = new Set(tableTargets);
  const [first, last] = graph.references(index);
  for (let at = first; at < last; at++) {
    const kind = references.kinds[at];
    const place = references.to[at] ?? -1;
    if ((kind === reference.jump || kind === reference.branch) && place >= start && place < end)
      leaders.add(place);
  }
  const range = rangeAt(image.code, start + image.low);
  const stretches = new Map<number, readonly Step[]>();
  let blockAt: Surroundings['blockAt'];
  const made: Surroundings = {
    machine: image.machine,
    bytes: image.layout.bytes,
    low: image.low,
    start,
    end,
    offset: range === undefined ? 0 : range.offset + (start + image.low - range.address),
    read: (address, size) => readConstant(image, address, size),
    tableTargets,
    leaders,
    partAt(place) {
      const at = functions.at(place);
      if (at < 0 || at === index) return undefined;
      if (functions.starts[at] === place && !view.owners.has(at)) return undefined;
      return surroundings(view, at);
    },
    blockAt: (place) => blockAt(place),
    stretchAt(place) {
      const before = stretches.get(place);
      if (before !== undefined) return before;
      const read = readStretch(made, place);
      stretches.set(place, read);
      return read;
    },
    isExit: (number) => exitCalls.has(syscallNumbered(image.machine.abi, number)?.name ?? ''),
    inside: (callee) =>
      callee !== unknownCallee && calleeKind(callee)[0] === 'function'
        ? surroundings(view, callee)
        : undefined,
    tells: (callee) =>
      callee !== unknownCallee &&
      (view.telling.has(callee) || tellingFunctions.has(view.names(callee))),
    calleeAt: view.calleeOf,
    calleeThrough(place) {
      const symbol = graph.symbolAt(place);
      return symbol === 0 ? unknownCallee : importCallee(symbol);
    },
    returns: (callee, first) => comesBack(view, callee, first),
    isErrnoLocation: (callee) => errnoLocations.has(view.names(callee)),
  };
  blockAt = blocksOf(made);
  view.around.set(index, made);
  return made;
}

/** Bytes of code that are kept decoded for one stretch at most. */
const maxStretch = 2048;

function readStretch(around: Surroundings, from: number): readonly Step[] {
  const { machine, bytes, low, start, end, offset } = around;
  const steps: Step[] = [];
  for (let place = from; place < end && place - from < maxStretch; ) {
    const step = makeStep();
    place += machine.readStep(
      bytes,
      offset + (place - start),
      offset + (end - start),
      low + place,
      step,
    );
    steps.push(step);
    if (step.flow !== flow.next) break;
  }
  return steps;
}

function comesBack(view: CodeView, callee: Callee, first: Amount): boolean {
  const [kind, index] = calleeKind(callee);
  const name = view.names(callee);
  if (endingFunctions.has(name)) return false;
  if (endingWithStatus.has(name)) return !(isExact(first) && first.low !== 0);
  return kind !== 'function' || !view.input.graph.neverReturns(index);
}
