// The blocks of a function between branches, from the references that the sweep noted: which lead to a place that is
// wanted. Values are followed through those only; most of a large function lies behind its last system call.
import { type FunctionMap, lastNotAbove } from './functions.ts';
import type { Graph } from './graph.ts';
import { type References, reference } from './references.ts';

export interface Blocks {
  /** Places at which blocks begin, sorted. */
  readonly leaders: Int32Array;
  /** 1: a wanted place is in the block. */
  readonly isWanted: Uint8Array;
  /** 1: a wanted place is in the block, or can be reached from it. */
  readonly isRelevant: Uint8Array;
  /** Places of instructions to be visited; the end of the function where its code runs on into a function that counts. */
  readonly wanted: ReadonlySet<number>;
  /** Index of the block that begins at a place; -1 where none does. */
  at(place: number): number;
}

export interface BlockInput {
  readonly references: References;
  readonly functions: FunctionMap;
  readonly graph: Graph;
}

/** What of a function's blocks does not depend on what is wanted. */
interface Structure {
  readonly leaders: Int32Array;
  /** Index of the block by its leader. */
  readonly numbers: ReadonlyMap<number, number>;
  /** Blocks that lead to each block. */
  readonly before: readonly (readonly number[])[];
}

/** Cuts functions into blocks; what does not depend on what is wanted is made once for each. */
export function blocksOf(
  input: BlockInput,
): (index: number, wanted: ReadonlySet<number>) => Blocks {
  const structures = new Map<number, Structure>();
  return (index, wanted) => {
    const structure = structures.get(index) ?? structureOf(input, index);
    structures.set(index, structure);
    const { leaders, numbers, before } = structure;
    const isWanted = new Uint8Array(leaders.length);
    for (const place of wanted) {
      // The function's end counts for its last block.
      const at = lastNotAbove(leaders, place);
      if (at >= 0) isWanted[at] = 1;
    }
    return {
      leaders,
      isWanted,
      isRelevant: leadingTo(isWanted, before),
      wanted,
      at: (place) => numbers.get(place) ?? -1,
    };
  };
}

function structureOf({ references, functions, graph }: BlockInput, index: number): Structure {
  const start = functions.starts[index] ?? 0;
  const end = functions.ends[index] ?? 0;
  const [first, last] = graph.references(index);
  const tableTargets = graph.tableTargets.get(index);
  const begins = new Set([start, ...(tableTargets ?? []), ...(graph.openEntries.get(index) ?? [])]);
  for (let at = first; at < last; at++) {
    const kind = references.kinds[at];
    const to = references.to[at] ?? -1;
    if ((kind === reference.jump || kind === reference.branch) && to >= start && to < end)
      begins.add(to);
  }
  const leaders = Int32Array.from(begins).sort();
  const numbers = new Map<number, number>();
  for (let at = 0; at < leaders.length; at++) numbers.set(leaders[at] ?? 0, at);
  const before: number[][] = Array.from(leaders, () => []);
  const lead = (from: number, place: number): void => {
    const to = numbers.get(place);
    if (to !== undefined) before[to]?.push(from);
  };
  let at = first;
  for (let block = 0; block < leaders.length; block++) {
    const next = block + 1 < leaders.length ? (leaders[block + 1] ?? end) : end;
    let goesOn = true;
    let leadsByTable = false;
    for (; at < last && (references.from[at] ?? 0) < next; at++) {
      // What stands behind the end of a block's path counts for it all the same: it is code after all.
      switch (references.kinds[at]) {
        case reference.branch:
          lead(block, references.to[at] ?? -1);
          break;
        case reference.jump:
          lead(block, references.to[at] ?? -1);
          goesOn = false;
          break;
        case reference.jumpRegister:
        case reference.jumpThrough:
          leadsByTable = true;
          goesOn = false;
          break;
        case reference.return:
        case reference.stop:
          goesOn = false;
          break;
        default:
          break;
      }
    }
    if (leadsByTable) for (const place of tableTargets ?? []) lead(block, place);
    if (goesOn && next < end) lead(block, next);
  }
  return { leaders, numbers, before };
}

function leadingTo(isWanted: Uint8Array, before: readonly (readonly number[])[]): Uint8Array {
  const isRelevant = isWanted.slice();
  const pending: number[] = [];
  for (let at = 0; at < isWanted.length; at++) if (isWanted[at] === 1) pending.push(at);
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const from of before[at] ?? []) {
      if (isRelevant[from] === 1) continue;
      isRelevant[from] = 1;
      pending.push(from);
    }
  }
  return isRelevant;
}
