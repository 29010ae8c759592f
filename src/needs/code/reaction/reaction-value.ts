// Values while an error is followed through code: exact numbers, ranges (what a call that worked may have returned), and
// addresses at a distance from something that is not known by itself (the stack, errno, what a register held before).
import { condition } from '../../../isa/insn.ts';

/** `base` 0: a number from `low` to `high`; above: `low` behind that base, `high` the same; below: anything. */
export interface Amount {
  readonly base: number;
  readonly low: number;
  readonly high: number;
  /** It comes from the result or the errno that is followed. */
  readonly marked: boolean;
}

export const anything: Amount = { base: -1, low: 0, high: 0, marked: false };
const anythingMarked: Amount = { base: -1, low: 0, high: 0, marked: true };

/** Bases that are addresses for certain, and so neither 0 nor -1. */
export const bases = { stack: 1, errno: 2, thread: 3, firstRegister: 8, firstMemory: 64 } as const;

const small: Amount[] = [];
for (let number = -64; number < 64; number++)
  small.push({ base: 0, low: number, high: number, marked: false });

/** Exactly that number. */
export function exactly(number: number, marked = false): Amount {
  const known = marked ? undefined : small[number + 64];
  return known ?? { base: 0, low: number, high: number, marked };
}

/** The same value, marked or not. */
export function mark(value: Amount, marked: boolean): Amount {
  if (value.marked === marked) return value;
  if (value.base < 0) return marked ? anythingMarked : anything;
  return { ...value, marked };
}

/** Anything, marked where what it comes from is. */
export const unknownFrom = (a: Amount, b: Amount = a): Amount =>
  a.marked || b.marked ? anythingMarked : anything;

/** Any number from low to high. */
export function between(low: number, high: number, marked = false): Amount {
  return low === high ? exactly(low, marked) : { base: 0, low, high, marked };
}

/** An address. */
export function behind(base: number, distance: number): Amount {
  return { base, low: distance, high: distance, marked: false };
}

export const isExact = ({ base, low, high }: Amount): boolean => base === 0 && low === high;

export const sameAmount = (a: Amount, b: Amount): boolean =>
  a === b ||
  (a.marked === b.marked &&
    a.base === b.base &&
    (a.base < 0 || (a.low === b.low && a.high === b.high)));

/** Either of two. */
export function joinAmounts(a: Amount, b: Amount): Amount {
  if (sameAmount(a, b)) return a;
  const marked = a.marked || b.marked;
  if (a.base !== 0 || b.base !== 0) return mark(anything, marked);
  return between(Math.min(a.low, b.low), Math.max(a.high, b.high), marked);
}

const top32 = 2 ** 32;

/** How many numbers fit into so many bytes; made once, as powers are slow. */
const spans = [1, 2 ** 8, 2 ** 16, 2 ** 24, top32, 2 ** 40, 2 ** 48, 2 ** 56, 2 ** 64];

/** As a register holds it after a write of that many bytes that clears what is above. */
export function asUnsigned(value: Amount, width: number): Amount {
  if (width === 8 || value.base < 0) return value;
  if (value.base > 0) return unknownFrom(value);
  const span = spans[width] ?? 2 ** (8 * width);
  if (value.low >= 0 && value.high < span) return value;
  if (value.low === value.high) {
    const rest = value.low % span;
    return exactly(rest < 0 ? rest + span : rest, value.marked);
  }
  return unknownFrom(value);
}

/** As a signed operand of that many bytes. */
export function asSigned(value: Amount, width: number): Amount {
  if (width === 8 || value.base < 0) return value;
  if (value.base > 0) return unknownFrom(value);
  const half = (spans[width] ?? 2 ** (8 * width)) / 2;
  if (value.low >= -half && value.high < half) return value;
  if (value.low === value.high) {
    const rest = asUnsigned(value, width).low;
    return exactly(rest >= half ? rest - 2 * half : rest, value.marked);
  }
  return unknownFrom(value);
}

/** A number that stands for the same error whether a function returned 32 or 64 bits of it. */
export function asReturned({ low }: Amount): number {
  return low >= top32 / 2 && low < top32 ? low - top32 : low;
}

/** The flags, as what they were made from. */
export type Flags =
  | {
      readonly kind: 'compare';
      readonly left: Amount;
      readonly right: Amount;
      readonly width: number;
    }
  | { readonly kind: 'result'; readonly value: Amount; readonly width: number }
  /** Carry is bit `bit` of `value`. */
  | { readonly kind: 'bit'; readonly value: Amount; readonly bit: Amount };

/** Whether they come from what is followed. */
export function flagsMarked(flags: Flags | undefined): boolean {
  if (flags === undefined) return false;
  if (flags.kind === 'compare') return flags.left.marked || flags.right.marked;
  return flags.value.marked || (flags.kind === 'bit' && flags.bit.marked);
}

const highest = 2 ** 53;

/** Addresses are somewhere above 0. */
function asRange(value: Amount, width: number): Amount {
  if (value.base > 0 && value.base < bases.firstRegister && width === 8) return between(1, highest);
  return asSigned(value, width);
}

/** Whether a condition holds; undefined where that cannot be told. */
export function holds(kind: number, flags: Flags | undefined): boolean | undefined {
  if (flags === undefined) return undefined;
  if (flags.kind === 'result') {
    return signed(kind, asRange(flags.value, flags.width), exactly(0));
  }
  if (flags.kind === 'bit') return bitHolds(kind, flags.value, flags.bit);
  const { left, right, width } = flags;
  if (left.base > 0 && left.base === right.base)
    return signed(kind, exactly(left.low), exactly(right.low));
  const a = asRange(left, width);
  const b = asRange(right, width);
  switch (kind) {
    case condition.below:
      return unsignedBelow(a, b);
    case condition.aboveOrEqual:
      return not(unsignedBelow(a, b));
    case condition.above:
      return unsignedBelow(b, a);
    case condition.belowOrEqual:
      return not(unsignedBelow(b, a));
    default:
      return signed(kind, a, b);
  }
}

function bitHolds(kind: number, value: Amount, bit: Amount): boolean | undefined {
  if (
    !isExact(value) ||
    !isExact(bit) ||
    (kind !== condition.below && kind !== condition.aboveOrEqual)
  )
    return undefined;
  const set = (BigInt(value.low) >> (BigInt(bit.low) & 63n)) & 1n;
  return (set === 1n) === (kind === condition.below);
}

const not = (value: boolean | undefined): boolean | undefined =>
  value === undefined ? undefined : !value;

function signed(kind: number, a: Amount, b: Amount): boolean | undefined {
  if (a.base !== 0 || b.base !== 0) return undefined;
  switch (kind) {
    case condition.equal:
      return equal(a, b);
    case condition.notEqual:
      return not(equal(a, b));
    case condition.less:
      return less(a, b);
    case condition.greaterOrEqual:
      return not(less(a, b));
    case condition.greater:
      return less(b, a);
    case condition.lessOrEqual:
      return not(less(b, a));
    // Of a difference; overflow is left aside.
    case condition.negative:
      return less(a, b);
    case condition.notNegative:
      return not(less(a, b));
    default:
      return undefined;
  }
}

function equal(a: Amount, b: Amount): boolean | undefined {
  if (a.high < b.low || b.high < a.low) return false;
  return a.low === a.high && b.low === b.high ? true : undefined;
}

function less(a: Amount, b: Amount): boolean | undefined {
  if (a.high < b.low) return true;
  return a.low >= b.high ? false : undefined;
}

function unsignedBelow(a: Amount, b: Amount): boolean | undefined {
  if (a.base !== 0 || b.base !== 0) return undefined;
  if (a.low < 0 !== a.high < 0 || b.low < 0 !== b.high < 0) return undefined;
  // Negative numbers are the greatest ones.
  if (a.low < 0 !== b.low < 0) return b.low < 0;
  return less(a, b);
}
