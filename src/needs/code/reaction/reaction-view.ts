// The functions of a file as the following of errors sees them: who calls whom, which parts belong together, who ends the
// program, who tells of errors.
import { flow, makeStep, type Step } from '../../../isa/insn.ts';
import { syscallNumbered } from '../../../kernel/syscalls.ts';
import { rangeAt, readConstant } from '../file/code-image.ts';
import { reference } from '../file/references.ts';
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
  readonly callers: ReadonlyMap<Callee, readonly CallPlace[]>;
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
  const callers = new Map<Callee, CallPlace[]>();
  const telling = new Set<number>();
  for (let at = 0; at < references.count; at++) {
    const kind = references.kinds[at];
    const isCall = kind === reference.call || kind === reference.callThrough;
    const isJump =
      kind === reference.jump || kind === reference.branch || kind === reference.jumpThrough;
    if (!isCall && !isJump) continue;
    const through = kind === reference.callThrough || kind === reference.jumpThrough;
    const place = references.from[at] ?? -1;
    const to = references.to[at] ?? -1;
    let callee = unknownCallee;
    if (through) {
      const symbol = graph.symbolAt(to);
      if (symbol !== 0) callee = importCallee(symbol);
    } else callee = calleeOf(to);
    if (callee === unknownCallee) continue;
    const within = functions.at(place);
    const caller = owners.get(within) ?? within;
    if (caller < 0 || caller === callee || stubs.has(within)) continue;
    // A jump to a part of the same function is none of a callee.
    if (isJump && owners.has(callee)) continue;
    if (tellingFunctions.has(names(callee))) telling.add(caller);
    const known = callers.get(callee);
    const found = { caller, place, isJump };
    if (known === undefined) callers.set(callee, [found]);
    else known.push(found);
  }
  const skipped = new Set<number>();
  for (const [index, name] of ownNames) if (allocators.has(name)) skipped.add(index);
  return {
    input,
    callers,
    around: new Map(),
    owners,
    telling,
    skipped,
    calleeOf,
    names,
  };
}

/**
 * Parts of functions that compilers put apart (".cold"): nobody calls them or takes their address, and one function jumps
 * there.
 */
function partOwners({ references, functions, image }: SiteInput): Map<number, number> {
  const jumpedFrom = new Map<number, number>();
  const others = new Set<number>([
    image.layout.entry === 0 ? -1 : functions.at(image.layout.entry - image.low),
  ]);
  for (let at = 0; at < references.count; at++) {
    const to = references.to[at] ?? -1;
    const kind = references.kinds[at];
    if (kind === reference.call || kind === reference.point) {
      const index = functions.startingAt(to);
      if (index >= 0) others.add(index);
    } else if (kind === reference.jump || kind === reference.branch) {
      const index = functions.at(to);
      const from = functions.at(references.from[at] ?? -1);
      if (index < 0 || from < 0 || index === from) continue;
      const known = jumpedFrom.get(index);
      if (known === undefined) jumpedFrom.set(index, from);
      else if (known !== from) others.add(index);
    }
  }
  for (const table of [image.symbols, image.statics])
    for (const { isDefined, address, name } of table)
      if (isDefined && !/\.(?:cold|part|constprop|isra)/.test(name))
        others.add(functions.startingAt(address - image.low));
  const owners = new Map<number, number>();
  for (const [part, from] of jumpedFrom) if (!others.has(part)) owners.set(part, from);
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
