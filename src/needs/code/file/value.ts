// What a register or stack slot may hold: a few numbers, a few of the values that the function was entered with, an
// address on the function's own stack, or anything. Values are never changed, so they can be shared.

/** A value that was there when the function was entered: a register, a slot, a field (src/needs/code/file/machine-state.ts). */
export type Entry = number;

export interface Value {
  /** Nothing is known; the other parts are then empty. */
  readonly any: boolean;
  /** Numbers, sorted. */
  readonly numbers: readonly number[];
  readonly entries: readonly Entry[];
  /** Distance from the stack pointer at entry; noStack for no stack address. */
  readonly stack: number;
}

/** More than so many are not told apart. */
const maxAlternatives = 24;

const none: readonly number[] = [];

/** No distance. A small integer: a field that held NaN would make V8 box the number of each value. */
const noStack = -0x3fff_ffff;

export const unknown: Value = { any: true, numbers: none, entries: none, stack: noStack };

const made: Value[] = [];
for (let number = -64; number < 256; number++)
  made.push({ any: false, numbers: [number], entries: none, stack: noStack });

/** Exactly that number. */
export function constant(number: number): Value {
  return made[number + 64] ?? { any: false, numbers: [number], entries: none, stack: noStack };
}

/** What that entry register or slot held. */
export function entryValue(entry: Entry): Value {
  return { any: false, numbers: none, entries: [entry], stack: noStack };
}

/** An address in the function's own stack. */
export function stackAddress(offset: number): Value {
  return { any: false, numbers: none, entries: none, stack: offset };
}

/** One of several numbers. */
export function oneOf(numbers: readonly number[]): Value {
  const [first] = numbers;
  if (first === undefined) return unknown;
  if (numbers.length === 1) return constant(first);
  const sorted = [...new Set(numbers)].sort(ascending);
  return sorted.length > maxAlternatives
    ? unknown
    : { any: false, numbers: sorted, entries: none, stack: noStack };
}

export const isStack = (value: Value): boolean => value.stack !== noStack;

export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  return (
    a.any === b.any &&
    a.stack === b.stack &&
    sameList(a.numbers, b.numbers) &&
    sameList(a.entries, b.entries)
  );
}

function sameList(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** Either of two values. */
export function joinValues(a: Value, b: Value): Value {
  if (sameValue(a, b)) return a;
  if (a.any || b.any || isStack(a) || isStack(b)) return unknown;
  const numbers = merge(a.numbers, b.numbers);
  const entries = merge(a.entries, b.entries);
  if (numbers.length + entries.length > maxAlternatives) return unknown;
  return { any: false, numbers, entries, stack: noStack };
}

/** The union of two sorted lists; the first itself where the second adds nothing. */
function merge(a: readonly number[], b: readonly number[]): readonly number[] {
  if (b.length === 0 || a === b) return a;
  if (a.length === 0) return b;
  let extra = 0;
  for (const each of b) if (!a.includes(each)) extra++;
  if (extra === 0) return a;
  const all = a.slice();
  for (const each of b) if (!a.includes(each)) all.push(each);
  return all.sort(ascending);
}

const ascending = (a: number, b: number): number => a - b;

/** A number as a register of that many bytes has it; unsigned but for 8 bytes. Exact within 2^53, else undefined. */
function fit(number: number, width: number): number | undefined {
  if (width === 4)
    return number >= 0 && number <= 0xffffffff
      ? number
      : Number(BigInt.asUintN(32, BigInt(number)));
  if (width === 8) return Number.isSafeInteger(number) ? number : undefined;
  return Number(BigInt.asUintN(width * 8, BigInt(number)));
}

/** The value as an operand of that width: the upper bits are cut off. What was given at entry stays what it was. */
export function narrow(value: Value, width: number): Value {
  if (width === 8 || value.any) return value;
  if (isStack(value)) return unknown;
  if (value.numbers.every((number) => number >= 0 && number < 2 ** (8 * width))) return value;
  const numbers: number[] = [];
  for (const number of value.numbers) {
    if (!Number.isSafeInteger(number)) return unknown;
    const fitted = fit(number, width);
    if (fitted === undefined) return unknown;
    numbers.push(fitted);
  }
  const merged = [...new Set(numbers)].sort(ascending);
  return { any: false, numbers: merged, entries: value.entries, stack: noStack };
}

/** Applies an operation to every pair of numbers; anything that is no plain number gives `unknown`. */
export function combine(
  a: Value,
  b: Value,
  width: number,
  operate: (a: number, b: number) => number,
): Value {
  if (a.any || b.any || a.entries.length > 0 || b.entries.length > 0) return unknown;
  if (isStack(a) || isStack(b)) return unknown;
  if (a.numbers.length * b.numbers.length > 4 * maxAlternatives) return unknown;
  const results: number[] = [];
  for (const x of a.numbers) {
    for (const y of b.numbers) {
      const result = operate(x, y);
      if (!Number.isSafeInteger(result)) return unknown;
      const fitted = fit(result, width);
      if (fitted === undefined) return unknown;
      results.push(fitted);
    }
  }
  return oneOf(results);
}

const wide = (operate: (a: bigint, b: bigint) => bigint) => (a: number, b: number) =>
  Number(BigInt.asIntN(64, operate(BigInt(a), BigInt(b))));

export const arithmetic = {
  add: (a: number, b: number) => a + b,
  subtract: (a: number, b: number) => a - b,
  and: wide((a, b) => a & b),
  or: wide((a, b) => a | b),
  xor: wide((a, b) => a ^ b),
  shiftLeft: wide((a, b) => a << b),
  shiftRight: (a: number, b: number) => (a < 0 ? Number.NaN : Math.floor(a / 2 ** b)),
} as const;
