// Functions that never come back to their callers (exit, abort and what always ends in them): what stands behind a call of
// them is not reached by it.
import type { CodeImage } from './code-image.ts';
import { type FunctionMap, lastNotAbove } from './functions.ts';
import { type References, reference } from './references.ts';

interface Code {
  readonly image: CodeImage;
  readonly references: References;
  readonly functions: FunctionMap;
}

/** Whether code runs from the end of a function into the next one: not, always, or if the call at its end comes back. */
export const runsOn = { never: 0, always: 1, behindCall: 2 } as const;

/**
 * Functions without a way back: they hold no return, no jump through a pointer, do not run on into the next function, and
 * every function that they jump to is of the same kind. 1 for each of them. `goesOn` holds one of `runsOn` for each function,
 * `known` the sorted addresses of those that symbols, unwind entries and the like tell.
 */
export function endlessFunctions(
  input: Code,
  rangeOf: (index: number) => readonly [number, number],
  goesOn: Uint8Array,
  known: Float64Array,
): Uint8Array {
  const { starts } = input.functions;
  const isKnown = (index: number): boolean => {
    const address = (starts[index] ?? 0) + input.image.low;
    return known[lastNotAbove(known, address)] === address;
  };
  const areAllKnown = starts.every((_, index) => isKnown(index));
  let endless: Uint8Array = new Uint8Array(starts.length);
  // Each round may find that what stood behind a call is not reached, which makes another function endless.
  for (let round = 0; round < maxRounds; round++) {
    const before = endless;
    endless = findEndless(input, rangeOf, goesOn, isKnown, before);
    if (areAllKnown || endless.every((each, index) => each === before[index])) break;
  }
  return endless;
}

const maxRounds = 4;

/** The endless ones where those of `before` are known to be. */
function findEndless(
  input: Code,
  rangeOf: (index: number) => readonly [number, number],
  goesOn: Uint8Array,
  isKnown: (index: number) => boolean,
  before: Uint8Array,
): Uint8Array {
  const { functions } = input;
  const count = functions.starts.length;
  const endless = new Uint8Array(count).fill(1);
  const jumpedFrom = new Map<number, number[]>();
  const returning: number[] = [];
  for (let index = 0; index < count; index++) {
    const [from, to] = rangeOf(index);
    const ways = isKnown(index)
      ? rowsWithin(from, to)
      : rowsOnTheWay(input, index, from, to, before);
    let returns = goesOn[index] === runsOn.always || from === to;
    for (const at of ways) if (leavesTo(input, index, at, jumpedFrom)) returns = true;
    if (goesOn[index] === runsOn.behindCall) {
      const last = input.references.kinds[to - 1] === reference.call ? to - 1 : -1;
      const callee = last < 0 ? -1 : functions.startingAt(input.references.to[last] ?? -1);
      if (callee < 0) returns = true;
      else append(jumpedFrom, callee, index);
    }
    if (!returns) continue;
    endless[index] = 0;
    returning.push(index);
  }
  for (let index = returning.pop(); index !== undefined; index = returning.pop()) {
    for (const source of jumpedFrom.get(index) ?? []) {
      if (endless[source] === 0) continue;
      endless[source] = 0;
      returning.push(source);
    }
  }
  return endless;
}

/** Whether a reference leads back to the caller; where it jumps to another function, that one is noted. */
function leavesTo(
  { references, functions }: Code,
  index: number,
  at: number,
  jumpedFrom: Map<number, number[]>,
): boolean {
  const kind = references.kinds[at];
  if (
    kind === reference.return ||
    kind === reference.jumpThrough ||
    kind === reference.jumpRegister
  )
    return true;
  if (kind !== reference.jump && kind !== reference.branch) return false;
  const target = functions.at(references.to[at] ?? -1);
  if (target < 0) return true;
  if (target !== index) append(jumpedFrom, target, index);
  return false;
}

function* rowsWithin(from: number, to: number): Generator<number> {
  for (let at = from; at < to; at++) yield at;
}

/**
 * The references that control comes to from a function's beginning. Where neither symbols nor unwind entries tell a
 * function's end, functions that nobody refers to lie behind it as if they were part of it, with their returns. (Without
 * unwind entries there are no ways that only exceptions take.)
 */
function* rowsOnTheWay(
  { references, functions }: Code,
  index: number,
  from: number,
  to: number,
  endless: Uint8Array,
): Generator<number> {
  const { kinds } = references;
  const start = functions.starts[index] ?? 0;
  const end = functions.ends[index] ?? 0;
  const seen = new Uint8Array(to - from);
  const pending = [start];
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    let at = from;
    for (let high = to; at < high; ) {
      const middle = (at + high) >> 1;
      if ((references.from[middle] ?? 0) < place) at = middle + 1;
      else high = middle;
    }
    for (; at < to && seen[at - from] === 0; at++) {
      seen[at - from] = 1;
      yield at;
      const kind = kinds[at];
      const target = references.to[at] ?? -1;
      if ((kind === reference.jump || kind === reference.branch) && target >= start && target < end)
        pending.push(target);
      if (kind === reference.call && endless[functions.startingAt(target)] === 1) break;
      if (
        kind === reference.jump ||
        kind === reference.return ||
        kind === reference.stop ||
        kind === reference.jumpThrough ||
        kind === reference.jumpRegister
      )
        break;
    }
  }
}

function append(map: Map<number, number[]>, key: number, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
