// Joins the summaries of a program, its libraries and its loader, and finds which functions can run: from the entry
// point, constructors and what the loader calls by name, through calls, imported symbols, and addresses that are
// taken in code or data that is itself reached.
import { edge } from '../file/graph.ts';
import type { CodeSummary, SummarySymbol } from '../file/summary.ts';
import type { FileTrait } from './glibc-conditions.ts';
import { BY_LOADER, FREE, holdBack } from './held-back.ts';

/** One file of a program. */
export interface LinkedFile {
  readonly path: string;
  readonly summary: CodeSummary;
  /**
   * program: started; loader: started before it; library: loaded at start; opened: loaded while running, of which
   * every exported function may be called; whole: a library looked at by itself.
   */
  readonly role: 'program' | 'loader' | 'library' | 'opened' | 'whole';
  /** Of opened files: why each is, and which of its exported symbols are then looked up. */
  readonly opened?: readonly Opened[];
  /** What it asks of the loader. */
  readonly traits?: readonly FileTrait[];
}

/** One reason to load a file while the program runs. */
export interface Opened {
  readonly why: string;
  /** All where absent. */
  readonly exports?: RegExp;
}

/** A function or table of addresses of one file. */
export interface Place {
  readonly file: number;
  readonly kind: 'function' | 'object';
  readonly index: number;
}

export interface Reach {
  readonly files: readonly LinkedFile[];
  /** Functions that can run, in the order in which they were found. */
  readonly functions: readonly Place[];
  isReached(place: Place): boolean;
  /** Whether somebody outside may call it with arguments that are not known: its address is taken, or it is a root. */
  isTaken(place: Place): boolean;
  /** What led to a place, and from where; undefined before for roots. */
  causeOf(place: Place): { readonly from?: Place; readonly why: string };
  resolve(file: number, symbol: number): Place | undefined;
  /** Whether a system call of a function waits for something that the program never asks for. */
  holdsCall(place: Place, call: number): boolean;
  /** Imported symbols that are reached, not weak, and defined nowhere. */
  readonly missing: ReadonlySet<string>;
  /** Functions reached that a name is exported for, in any file. */
  reachedExport(names: ReadonlySet<string>): string | undefined;
}

/** What glibc's and musl's loaders look up in other files by name (elf/rtld.c, elf/dl-minimal.c, sysdeps' setup-vdso.h). */
const loaderNames: ReadonlySet<string> = new Set([
  '__libc_early_init',
  '_dl_signal_error',
  'malloc',
  'calloc',
  'realloc',
  'free',
  '_dl_catch_error',
  '__libc_start_main',
]);
/** Later stages of musl's loader, which it looks up in itself (ldso/dynlink.c). */
const loaderStages: ReadonlySet<string> = new Set(['__dls2b', '__dls3']);

interface Definition {
  readonly file: number;
  readonly symbol: SummarySymbol;
}

/** Finds everything that can run; `names` are symbols that code looks up by name. */
export function reach(files: readonly LinkedFile[], names: ReadonlySet<string> = new Set()): Reach {
  const bases: number[] = [];
  let total = 0;
  for (const { summary } of files) {
    bases.push(total);
    total += summary.starts.length + summary.objects.length;
  }
  // 0: not reached; 1: root; else 2 + the node that led there.
  const cause = new Int32Array(total);
  const why: string[] = [];
  const rootWhy = new Map<number, string>();
  const taken = new Uint8Array(total);
  const order: number[] = [];
  const missing = new Set<string>();
  const exported = exportsOf(files);
  const nodeOf = (file: number, kind: Place['kind'], index: number): number =>
    (bases[file] ?? 0) +
    index +
    (kind === 'object' ? (files[file]?.summary.starts.length ?? 0) : 0);
  const fileOf = (node: number): number => {
    let file = bases.length - 1;
    while (file > 0 && (bases[file] ?? 0) > node) file--;
    return file;
  };
  const placeOf = (node: number): Place => {
    const file = fileOf(node);
    const index = node - (bases[file] ?? 0);
    const functions = files[file]?.summary.starts.length ?? 0;
    return index < functions
      ? { file, kind: 'function', index }
      : { file, kind: 'object', index: index - functions };
  };
  const resolved = new Map<number, Place | undefined>();
  const resolve = (file: number, symbol: number): Place | undefined => {
    const key = file * 0x100_0000 + symbol;
    if (resolved.has(key)) return resolved.get(key);
    const wanted = files[file]?.summary.symbols[symbol];
    const found = wanted === undefined ? undefined : define(exported, wanted, file);
    const place = found && placeOfDefinition(found);
    resolved.set(key, place);
    if (place === undefined && found === undefined && wanted && !wanted.weak && wanted.name !== '')
      missing.add(wanted.name);
    return place;
  };
  const back = holdBack(files);
  const waiting = new Map<number, [node: number, from: number, isTaken: boolean][]>();
  const visit = (node: number, from: number, isTaken: boolean): void => {
    if (isTaken) taken[node] = 1;
    if (cause[node] !== 0) return;
    cause[node] = from < 0 ? 1 : from + 2;
    order.push(node);
  };
  /** Goes on to a function, now or when glibc is asked for it. */
  const step = (to: Place, node: number, from: Place, isTaken: boolean): void => {
    const target = nodeOf(to.file, to.kind, to.index);
    const condition =
      to.kind === 'function'
        ? back.edge(from.file, from.kind === 'function' ? from.index : -1, to.file, to.index)
        : FREE;
    if (condition !== FREE) {
      const list = waiting.get(condition);
      if (list === undefined) waiting.set(condition, [[target, node, isTaken]]);
      else list.push([target, node, isTaken]);
      return;
    }
    if (to.kind === 'function') {
      back.reached(to.file, to.index, from.file);
      if (isTaken) back.unknownCall(to.file, to.index, from.file);
    }
    visit(target, node, isTaken);
  };
  const root = (place: Place | undefined, reason: string, isTaken = true, by = -1): void => {
    if (place === undefined) return;
    const node = nodeOf(place.file, place.kind, place.index);
    if (cause[node] === 0) rootWhy.set(node, reason);
    if (place.kind === 'function') {
      back.reached(place.file, place.index, by);
      if (isTaken) back.unknownCall(place.file, place.index, by);
    }
    visit(node, -1, isTaken);
  };
  const follow = (node: number): void => {
    const place = placeOf(node);
    const { file, kind, index } = place;
    const summary = files[file]?.summary;
    if (summary === undefined) return;
    const edges = kind === 'function' ? summary.edges[index] : summary.objects[index];
    // An entry of the linkage table only passes control on.
    const passesOn = kind === 'function' && edges?.length === 1;
    for (const each of edges ?? []) {
      const to = each >> 2;
      switch (each & 3) {
        case edge.call:
          step({ file, kind: 'function', index: to }, node, place, false);
          break;
        case edge.take:
          step({ file, kind: 'function', index: to }, node, place, true);
          break;
        case edge.object:
          visit(nodeOf(file, 'object', to), node, false);
          break;
        default: {
          const target = resolve(file, to);
          if (target === undefined) break;
          const known =
            passesOn ||
            (kind === 'function' && summary.sites[index]?.some(({ symbol }) => symbol === to));
          step(target, node, place, !known);
        }
      }
    }
  };
  for (const [at, { summary, role }] of files.entries()) {
    if ((role === 'program' || role === 'loader') && summary.entry >= 0) {
      root(
        { file: at, kind: 'function', index: summary.entry },
        role === 'program' ? 'the entry point' : "the loader's entry point",
      );
    }
    for (const each of summary.initial) {
      const place: Place | undefined =
        (each & 3) === edge.symbol
          ? resolve(at, each >> 2)
          : { file: at, kind: 'function', index: each >> 2 };
      root(place, 'a constructor or destructor');
    }
    if (summary.isGo) {
      for (let index = 0; index < summary.starts.length; index++)
        root({ file: at, kind: 'function', index }, "kept by Go's linker", false);
    }
  }
  for (const [at, { summary, role, opened = [] }] of files.entries()) {
    for (const symbol of summary.symbols) {
      if (!symbol.isDefined) continue;
      const byLoader =
        (role === 'library' && loaderNames.has(symbol.name)) ||
        (role === 'loader' && loaderStages.has(symbol.name));
      if (byLoader)
        root(placeOfDefinition({ file: at, symbol }), 'looked up by the loader', true, BY_LOADER);
      const reason =
        role === 'whole'
          ? 'exported'
          : (opened.find(({ exports }) => exports?.test(symbol.name) !== false)?.why ??
            (names.has(symbol.name) ? 'looked up by name' : undefined));
      if (reason !== undefined) root(placeOfDefinition({ file: at, symbol }), reason);
    }
  }
  for (let at = 0; at < order.length; at++) {
    follow(order[at] ?? 0);
    for (const condition of back.takeMet()) {
      for (const [target, from, isTaken] of waiting.get(condition) ?? []) {
        const to = placeOf(target);
        step(to, from, placeOf(from), isTaken);
      }
      waiting.delete(condition);
    }
  }
  why.length = 0;
  const node = ({ file, kind, index }: Place): number => nodeOf(file, kind, index);
  return {
    files,
    functions: order.map(placeOf).filter(({ kind }) => kind === 'function'),
    isReached: (place) => cause[node(place)] !== 0,
    isTaken: (place) => taken[node(place)] === 1,
    causeOf(place) {
      const led = cause[node(place)] ?? 0;
      return led >= 2
        ? { from: placeOf(led - 2), why: '' }
        : { why: rootWhy.get(node(place)) ?? '' };
    },
    resolve,
    holdsCall: ({ file, index }, call) => back.holdsCall(file, index, call),
    missing,
    reachedExport(wanted) {
      for (const name of wanted) {
        for (const definition of exported.get(name) ?? []) {
          const place = placeOfDefinition(definition);
          if (place !== undefined && cause[node(place)] !== 0) return name;
        }
      }
      return undefined;
    },
  };
}

function placeOfDefinition({ file, symbol }: Definition): Place | undefined {
  if (symbol.function !== undefined && symbol.function >= 0)
    return { file, kind: 'function', index: symbol.function };
  return symbol.object === undefined ? undefined : { file, kind: 'object', index: symbol.object };
}

function exportsOf(files: readonly LinkedFile[]): Map<string, Definition[]> {
  const exported = new Map<string, Definition[]>();
  for (const [file, { summary }] of files.entries()) {
    for (const symbol of summary.symbols) {
      if (!symbol.isDefined) continue;
      const known = exported.get(symbol.name);
      if (known === undefined) exported.set(symbol.name, [{ file, symbol }]);
      else known.push({ file, symbol });
    }
  }
  return exported;
}

/** The definition that the loader binds a symbol to: the first in load order that fits the version. */
function define(
  exported: ReadonlyMap<string, readonly Definition[]>,
  wanted: SummarySymbol,
  by: number,
): Definition | undefined {
  let fallback: Definition | undefined;
  for (const each of exported.get(wanted.name) ?? []) {
    const { symbol, file } = each;
    // A copied object stands in the program, but what it points to comes from its library.
    if (
      file === by &&
      symbol.function === undefined &&
      wanted.isDefined &&
      copies(exported, wanted)
    )
      continue;
    if (
      symbol.version === wanted.version ||
      symbol.version === undefined ||
      (wanted.version === undefined && symbol.hidden !== true)
    )
      return each;
    fallback ??= each;
  }
  return fallback;
}

const copies = (
  exported: ReadonlyMap<string, readonly Definition[]>,
  { name }: SummarySymbol,
): boolean => (exported.get(name)?.length ?? 0) > 1;
