// From what the functions of each file do on errors to what a program does: the errors of one system call are followed from
// every place that makes it, through wrappers, libraries and callers that can run, to where they are dealt with.

import type { LinkedFile, Place, Reach } from '../program/link.ts';
import { type CodeReaction, effect } from './code-reaction.ts';
import { missingErrnos } from './reaction.ts';
import { importCallee, syscallCallee, unknownCallee } from './reaction-surroundings.ts';

/** A place that an error comes to. */
export interface Met {
  readonly file: number;
  readonly reaction: CodeReaction;
  /** Where it came from; nothing at the call itself. */
  readonly before?: Met;
}

/** Where an error ends, and how. */
export interface Leaf extends Met {
  readonly kind: 'fails' | 'mixed' | 'falls-back' | 'goes-on' | 'ignores' | 'escapes';
}

/** Follows errors through the files of one program. */
export interface ErrorPaths {
  /** The ends of the errors of one system call; `errno` by its position in missingErrnos. */
  leaves(number: number, errno: number): readonly Leaf[];
}

interface FileIndex {
  readonly file: LinkedFile;
  readonly byCause: ReadonlyMap<number, readonly CodeReaction[]>;
}

const maxNodes = 4000;

/** Prepares the files of a program; what is asked for is found when it is asked for. */
export function errorPaths(reached: Reach): ErrorPaths {
  const files: FileIndex[] = reached.files.map((file) => ({
    file,
    byCause: Map.groupBy(file.summary.reactions, ({ cause }) => cause),
  }));
  const importers = importersOf(reached);
  return { leaves: (number, errno) => follow(reached, files, importers, number, errno) };
}

/**
 * Symbols that stand for a function, by which it is called: those of other files, and its own, since what a library exports
 * it calls through its procedure linkage table, too.
 */
function importersOf(
  reached: Reach,
): ReadonlyMap<string, readonly { readonly file: number; readonly symbol: number }[]> {
  const found = new Map<string, { file: number; symbol: number }[]>();
  for (const [file, { summary }] of reached.files.entries()) {
    for (const [symbol, { name }] of summary.symbols.entries()) {
      if (name === '') continue;
      const place = reached.resolve(file, symbol);
      if (place?.kind !== 'function') continue;
      const key = `${place.file} ${place.index}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, [{ file, symbol }]);
      else known.push({ file, symbol });
    }
  }
  return found;
}

type Importers = ReturnType<typeof importersOf>;

function follow(
  reached: Reach,
  files: readonly FileIndex[],
  importers: Importers,
  number: number,
  errno: number,
): readonly Leaf[] {
  const leaves: Leaf[] = [];
  const seen = new Set<CodeReaction>();
  const nodes = new Set<string>();
  const queue: Met[] = [];
  const add = (file: number, reaction: CodeReaction, before?: Met): void => {
    if (!(reaction.errnos & (1 << errno)) || seen.has(reaction)) return;
    if (!reached.isReached({ file, kind: 'function', index: reaction.function })) return;
    seen.add(reaction);
    queue.push({ file, reaction, ...(before === undefined ? {} : { before }) });
  };
  for (const [file, index] of files.entries()) start(file, index, number, add);
  for (let at = 0; at < queue.length && at < maxNodes; at++) {
    const next = queue[at];
    if (next === undefined) break;
    const { file, reaction } = next;
    const kind = kindOf(reaction);
    if (kind !== undefined) leaves.push({ ...next, kind });
    for (const value of reaction.returns) {
      const key = `${file} ${reaction.function} ${value}`;
      if (nodes.has(key)) continue;
      nodes.add(key);
      const before = queue.length;
      for (const each of files[file]?.byCause.get(reaction.function) ?? [])
        if (each.value === value) add(file, each, next);
      for (const { file: by, symbol } of importers.get(`${file} ${reaction.function}`) ?? [])
        for (const each of files[by]?.byCause.get(importCallee(symbol)) ?? []) add(by, each, next);
      if (queue.length === before)
        leaves.push({ ...next, kind: atTheTop(reached, file, reaction, value) });
    }
  }
  return leaves;
}

/** The places that make a call. */
function start(
  file: number,
  { file: { summary }, byCause }: FileIndex,
  number: number,
  add: (file: number, reaction: CodeReaction) => void,
): void {
  for (const reaction of byCause.get(syscallCallee(number)) ?? []) add(file, reaction);
  const open = byCause.get(unknownCallee) ?? [];
  for (const [index, sites] of Object.entries(summary.sites)) {
    for (const { via, address, values, symbol } of sites) {
      if (via === 'import') {
        if (summary.symbols[symbol ?? 0]?.name !== 'syscall') continue;
        if (values[1]?.numbers?.includes(number) !== true) continue;
        for (const each of byCause.get(importCallee(symbol ?? 0)) ?? [])
          if (each.address === address) add(file, each);
      } else if (via === 'native' && values[0]?.numbers?.includes(number) === true) {
        const wrapper = open.find((each) => each.address === address);
        if (wrapper === undefined) continue;
        // Go's callers are not followed: the error leaves the wrapper.
        if (summary.isGo) add(file, wrapper);
        for (const each of throughWrapper(byCause, wrapper, Number(index))) add(file, each);
      }
    }
  }
}

/** Functions between an instruction and who gives its number: glibc 2.41 has three for calls that can be cancelled. */
const maxWrappers = 5;

/** What the function does that gives the number; other callers of the same wrappers make other calls. */
function throughWrapper(
  byCause: FileIndex['byCause'],
  wrapper: CodeReaction,
  giver: number,
): readonly CodeReaction[] {
  const found: CodeReaction[] = [];
  const seen = new Set<CodeReaction>();
  let layer: readonly CodeReaction[] = [wrapper];
  for (let depth = 0; depth < maxWrappers && layer.length > 0; depth++) {
    const next: CodeReaction[] = [];
    for (const { function: index, returns } of layer)
      for (const each of byCause.get(index) ?? []) {
        if (!returns.includes(each.value) || seen.has(each)) continue;
        seen.add(each);
        if (each.function === giver) found.push(each);
        else next.push(each);
      }
    layer = next;
  }
  return found;
}

function kindOf({ effects, instead, returns }: CodeReaction): Leaf['kind'] | undefined {
  const fails = (effects & (effect.ends | effect.tells)) !== 0;
  const goesOn = (effects & effect.goesOn) !== 0;
  // What is called instead may fail, too; that is another error.
  if (fails && goesOn && !(effects & effect.tells))
    return instead.length > 0 ? 'falls-back' : 'mixed';
  if (fails) return 'fails';
  if (effects & effect.ignores) return 'ignores';
  if (goesOn) return instead.length > 0 ? 'falls-back' : 'goes-on';
  return returns.length > 0 ? undefined : 'escapes';
}

/** An error that a function returns, and nobody is seen to look at. */
function atTheTop(
  reached: Reach,
  file: number,
  { function: index }: CodeReaction,
  value: number,
): Leaf['kind'] {
  const place: Place = { file, kind: 'function', index };
  const { summary, role } = reached.files[file] ?? {};
  if (role === 'program' && summary !== undefined && summary.entry >= 0) {
    const edges = summary.edges[summary.entry] ?? [];
    // main is what the entry point hands to the C library.
    if (edges.includes(index * 4 + 1)) return value === 0 ? 'goes-on' : 'fails';
  }
  return reached.isTaken(place) ? 'escapes' : 'ignores';
}

/** Positions of errnos in masks. */
export const errnoBits = Object.fromEntries(missingErrnos.map((name, at) => [name, at]));
