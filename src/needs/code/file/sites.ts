// Finds what each system call's number and arguments can be. Functions that enter the kernel are looked at first; where
// a number or a watched argument is a value that the function was entered with, so are its callers, with what the
// function does put in the place of the call, and theirs in turn.
import { flow, type Step } from '../../../isa/insn.ts';
import type { Abi } from '../../../kernel/abi.ts';
import { syscallNumbered } from '../../../kernel/syscalls.ts';
import { blocksOf } from './blocks.ts';
import { watchedArguments, watchedImports } from './call-arguments.ts';
import { type CodeImage, rangeAt } from './code-image.ts';
import type { FunctionMap } from './functions.ts';
import type { Graph } from './graph.ts';
import { entryIn, type State } from './machine-state.ts';
import { type FunctionShape, propagate } from './propagate.ts';
import { type References, reference, rowsByKey } from './references.ts';
import { abiOfSite, type Site } from './summary.ts';
import { isStack, joinValues, narrow, sameValue, unknown, type Value } from './value.ts';

/** A site whose values are those of one function. */
interface OpenSite {
  readonly via: Site['via'];
  readonly symbol: number;
  readonly values: readonly Value[];
  readonly place: number;
}

/** Wrappers of wrappers are followed this far, and a function's different sites to this many. */
const maxLevels = 8;
const maxSites = 256;

export interface SiteInput {
  readonly image: CodeImage;
  readonly references: References;
  readonly functions: FunctionMap;
  readonly graph: Graph;
}

interface WithBlocks extends SiteInput {
  readonly blocks: ReturnType<typeof blocksOf>;
}

/** Sites of each function, those of the functions that it calls with arguments of its own among them. */
export function findSites(given: SiteInput): Map<number, Site[]> {
  const input = { ...given, blocks: blocksOf(given) };
  const callers = callersOf(input);
  const stubs = watchedStubs(input);
  const found = new Map<number, Map<string, OpenSite>>();
  let wave = new Map<number, ReadonlyMap<number, readonly OpenSite[]>>();
  for (const index of firstFunctions(input, stubs)) wave.set(index, new Map());
  for (let level = 0; level <= maxLevels && wave.size > 0; level++) {
    const opened = new Map<number, OpenSite[]>();
    for (const [index, callees] of wave) {
      const sites = sitesIn(input, index, callees, stubs, level === 0);
      const known = found.get(index) ?? new Map<string, OpenSite>();
      found.set(index, known);
      for (const site of sites) {
        const key = keyOf(site);
        if (known.has(key) || known.size >= maxSites) continue;
        known.set(key, site);
        if (!isOpen(site)) continue;
        const list = opened.get(index);
        if (list === undefined) opened.set(index, [site]);
        else list.push(site);
      }
    }
    const next = new Map<number, Map<number, OpenSite[]>>();
    for (const [callee, sites] of opened) {
      for (const caller of callers(callee)) {
        const callees = next.get(caller) ?? new Map<number, OpenSite[]>();
        callees.set(callee, sites);
        next.set(caller, callees);
      }
    }
    wave = next;
  }
  return new Map(
    [...found].map(([index, sites]) => [
      index,
      [...sites.values()].map((site) => publish(site, input.image.low)),
    ]),
  );
}

const keyOf = ({ via, symbol, values, place }: OpenSite): string =>
  `${via} ${symbol} ${place} ${values.map(textOf).join(' ')}`;

const textOf = ({ any, numbers, entries }: Value): string =>
  any ? '?' : `${numbers.join()}/${entries.join()}`;

const isOpen = ({ values }: OpenSite): boolean => values.some(({ entries }) => entries.length > 0);

function publish({ via, symbol, values, place }: OpenSite, low: number): Site {
  return {
    via,
    ...(via === 'import' ? { symbol } : {}),
    values: values.map(({ any, numbers, entries }) =>
      any
        ? {}
        : {
            ...(numbers.length > 0 ? { numbers } : {}),
            ...(entries.length > 0 ? { entries } : {}),
          },
    ),
    address: place + low,
  };
}

/** Functions that call or jump to a function. */
function callersOf({ references, functions, graph }: SiteInput): (callee: number) => Set<number> {
  const rows = rowsByKey(references.count, functions.starts.length, (at) =>
    calleeOf(references.kinds[at] ?? -1, references.to[at] ?? -1, functions, graph),
  );
  return (callee) => {
    const callers = new Set<number>();
    for (const at of rows(callee)) {
      const caller = functions.at(references.from[at] ?? -1);
      if (caller >= 0 && caller !== callee) callers.add(caller);
    }
    // Code that runs on into the next function enters it, too.
    if (callers.size > 0 && callee > 0 && functions.ends[callee - 1] === functions.starts[callee])
      callers.add(callee - 1);
    return callers;
  };
}

/** The function that a call or jump enters; code without a linkage table calls through words that hold its address. */
function calleeOf(kind: number, to: number, functions: FunctionMap, graph: Graph): number {
  switch (kind) {
    case reference.call:
    case reference.jump:
    case reference.branch:
      return functions.startingAt(to);
    case reference.callThrough:
    case reference.jumpThrough:
      return graph.functionThrough(to);
    default:
      return -1;
  }
}

/** Watched imports by the function that stands for them in the linkage table, and by slot. */
interface Stubs {
  readonly byFunction: ReadonlyMap<number, number>;
  readonly symbols: ReadonlySet<number>;
}

function watchedStubs({ image, functions, graph }: SiteInput): Stubs {
  const symbols = new Set(
    image.symbols.filter(({ name }) => watchedImports.has(name)).map(({ index }) => index),
  );
  const byFunction = new Map<number, number>();
  for (let index = 0; index < functions.starts.length; index++) {
    const symbol = graph.stubOf(index);
    if (symbol !== 0 && symbols.has(symbol)) byFunction.set(index, symbol);
  }
  return { byFunction, symbols };
}

/** Functions that enter the kernel themselves, or call a watched import. */
function firstFunctions(input: SiteInput, stubs: Stubs): Set<number> {
  const { references, functions, graph } = input;
  const first = new Set<number>();
  for (let at = 0; at < references.count; at++) {
    const kind = references.kinds[at];
    const from = references.from[at] ?? -1;
    if (kind === reference.syscall || kind === reference.syscall32) first.add(functions.at(from));
    else if (kind === reference.call || kind === reference.jump || kind === reference.branch) {
      if (stubs.byFunction.has(functions.startingAt(references.to[at] ?? -1)))
        first.add(functions.at(from));
    } else if (kind === reference.callThrough || kind === reference.jumpThrough) {
      const symbol = symbolThrough(input, references.to[at] ?? -1);
      if (stubs.symbols.has(symbol) && !stubs.byFunction.has(functions.at(from)))
        first.add(functions.at(from));
    }
  }
  first.delete(-1);
  for (const index of [...first]) if (graph.functions[index] === undefined) first.delete(index);
  return first;
}

function symbolThrough({ graph }: SiteInput, place: number): number {
  return graph.symbolAt(place);
}

/** The slot that an indirect call or jump at a place goes through; -1 where that is not told. */
function slotOf({ references, graph }: SiteInput, index: number, place: number): number {
  const [first, end] = graph.references(index);
  let low = first;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((references.from[middle] ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  for (let at = low; at < end && references.from[at] === place; at++) {
    const kind = references.kinds[at];
    if (kind === reference.callThrough || kind === reference.jumpThrough)
      return references.to[at] ?? -1;
  }
  return -1;
}

function shapeOf(input: WithBlocks, index: number, wanted: ReadonlySet<number>): FunctionShape {
  const { image, functions, graph } = input;
  const start = functions.starts[index] ?? 0;
  const range = rangeAt(image.code, start + image.low);
  return {
    start,
    end: functions.ends[index] ?? 0,
    offset: range === undefined ? 0 : range.offset + (start + image.low - range.address),
    blocks: input.blocks(index, wanted),
    tableTargets: [...(graph.tableTargets.get(index) ?? [])],
    openEntries: [...(graph.openEntries.get(index) ?? [])],
    callsKeepNothing: image.isGo,
    returns: (place) => !graph.neverReturns(functions.startingAt(place)),
  };
}

/** Places of a function that enter the kernel, call a watched import (both only with `own`), or a callee with sites. */
function wantedPlaces(
  input: SiteInput,
  index: number,
  callees: ReadonlyMap<number, readonly OpenSite[]>,
  stubs: Stubs,
  own: boolean,
): Set<number> {
  const { references, functions, graph } = input;
  const wanted = new Set<number>();
  const [first, last] = graph.references(index);
  for (let at = first; at < last; at++) {
    const place = references.from[at] ?? -1;
    const to = references.to[at] ?? -1;
    switch (references.kinds[at]) {
      case reference.syscall:
      case reference.syscall32:
        if (own) wanted.add(place);
        break;
      case reference.call:
      case reference.jump:
      case reference.branch: {
        const callee = functions.startingAt(to);
        if (callees.has(callee) || (own && stubs.byFunction.has(callee))) wanted.add(place);
        break;
      }
      case reference.callThrough:
      case reference.jumpThrough:
        if (
          (own && stubs.symbols.has(symbolThrough(input, to))) ||
          callees.has(graph.functionThrough(to))
        )
          wanted.add(place);
        break;
      default:
        break;
    }
  }
  const end = functions.ends[index] ?? 0;
  if (callees.has(functions.startingAt(end))) wanted.add(end);
  return wanted;
}

/** The sites of one function: its own (`own`), and those of the callees that are named. */
function sitesIn(
  input: WithBlocks,
  index: number,
  callees: ReadonlyMap<number, readonly OpenSite[]>,
  stubs: Stubs,
  own: boolean,
): OpenSite[] {
  const { image, functions } = input;
  const sites: OpenSite[] = [];
  const wanted = wantedPlaces(input, index, callees, stubs, own);
  if (wanted.size === 0) return sites;
  const enter = (callee: number, state: State, isCall: boolean): void => {
    for (const site of callees.get(callee) ?? []) sites.push(substitute(site, state, isCall));
  };
  propagate(image, shapeOf(input, index, wanted), (place, step, state) => {
    if (step.flow === flow.syscall || step.flow === flow.syscall32) {
      if (own) sites.push(...kernelSite(place, step, state));
      return;
    }
    let symbol = 0;
    if (step.flow === flow.callIndirect || step.flow === flow.jumpIndirect) {
      const slot = slotOf(input, index, place);
      if (own) symbol = symbolThrough(input, slot);
      enter(input.graph.functionThrough(slot), state, step.flow === flow.callIndirect);
    } else {
      const callee = functions.startingAt(step.target - image.low);
      if (own) symbol = stubs.byFunction.get(callee) ?? 0;
      enter(callee, state, step.flow === flow.call);
    }
    if (symbol !== 0 && stubs.symbols.has(symbol)) {
      const values = image.machine.callRegisters.map((register) =>
        plain(state.registers[register] ?? unknown),
      );
      values[0] = unknown;
      sites.push({ via: 'import', symbol, values, place });
    }
  });
  return sites;
}

/** A stack address is nothing that a caller could tell more about. */
const plain = (value: Value): Value => (isStack(value) ? unknown : value);

function kernelSite(place: number, step: Step, state: State): OpenSite[] {
  const native = step.flow === flow.syscall;
  const { machine } = state;
  const registers = native ? machine.kernelRegisters : machine.narrowKernelRegisters;
  const values = registers.map((register) => plain(state.registers[register] ?? unknown));
  const number = narrow(values[0] ?? unknown, 4);
  const via = native ? 'native' : 'ia32';
  return [{ via, symbol: 0, values: watched(abiOfSite(via, machine.abi), number, values), place }];
}

/** Keeps of the arguments only what is watched for the numbers that it can be. */
function watched(abi: Abi, number: Value, values: readonly Value[]): readonly Value[] {
  if (number.any || number.entries.length > 0) return [number, ...values.slice(1)];
  const positions = new Set<number>();
  for (const each of number.numbers) {
    const name = syscallNumbered(abi, each)?.name ?? '';
    for (const position of Object.keys(watchedArguments[name] ?? {}))
      positions.add(Number(position));
  }
  const kept = values.map((value, at) => (at > 0 && positions.has(at) ? value : unknown));
  kept[0] = number;
  const last = Math.max(0, ...positions);
  return kept.slice(0, last + 1);
}

/** A callee's site as it is when called in this state. */
function substitute(site: OpenSite, state: State, isCall: boolean): OpenSite {
  const values = site.values.map((value) => {
    if (value.entries.length === 0) return value;
    let result: Value | undefined =
      value.numbers.length > 0 ? { ...value, entries: [] } : undefined;
    for (const entry of value.entries) {
      const given = plain(entryIn(state, entry, isCall ? state.machine.callPush : 0));
      result = result === undefined || sameValue(result, given) ? given : joinValues(result, given);
    }
    return result ?? unknown;
  });
  if (site.via === 'import') return { ...site, values };
  const number = narrow(values[0] ?? unknown, 4);
  return { ...site, values: watched(abiOfSite(site.via, state.machine.abi), number, values) };
}
