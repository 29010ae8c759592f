// What A64 instructions do to the condition flags, and on which condition they act.
// Source: Arm Architecture Reference Manual (DDI 0487), sections C1.2.4 (condition codes) and C4.1.
import { condition, flagEffect, operation, type Step } from '../insn.ts';

const conditions: readonly number[] = [
  condition.equal,
  condition.notEqual,
  condition.aboveOrEqual,
  condition.below,
  condition.negative,
  condition.notNegative,
  condition.other,
  condition.other,
  condition.above,
  condition.belowOrEqual,
  condition.greaterOrEqual,
  condition.less,
  condition.greater,
  condition.lessOrEqual,
  condition.other,
  condition.other,
];

/** One of `condition`, by the architecture's number; the opposite with its lowest bit turned. */
export const conditionNumbered = (number: number): number =>
  conditions[number & 15] ?? condition.other;

/** Fills what a branch looks at: flags, or a register. */
export function describeBranch(word: number, out: Step): void {
  switch (word >>> 25) {
    case 0b0011010:
    case 0b1011010:
      // cbz, cbnz.
      out.condition = word & 0x01000000 ? condition.notZero : condition.zero;
      out.width = word < 0 ? 8 : 4;
      out.source = word & 31;
      break;
    case 0b0011011:
    case 0b1011011:
      // tbz, tbnz.
      out.condition = word & 0x01000000 ? condition.bitSet : condition.bitClear;
      out.source = word & 31;
      out.immediate = ((word >>> 19) & 31) | (word < 0 ? 32 : 0);
      break;
    case 0b0101010:
      out.condition = conditionNumbered(word);
      break;
    default:
      out.condition = condition.other;
  }
  // The zero register.
  if (out.source === 31) {
    out.source = -1;
    out.condition = condition.other;
  }
}

/** One of `flagEffect`, for an instruction that is described as that operation. */
export function flagEffectOf(word: number, described: number): number {
  if (!changesFlags(word)) return flagEffect.none;
  switch (described) {
    case operation.compare:
    case operation.test:
    case operation.compareSum:
    case operation.add:
    case operation.subtract:
    case operation.and:
    case operation.negate:
      return flagEffect.result;
    default:
      return flagEffect.unknown;
  }
}

function changesFlags(word: number): boolean {
  switch ((word >>> 25) & 15) {
    case 0b0010:
      // SVE comparisons and loops over predicates; most of what has a predicate as result.
      return true;
    case 0b1000:
    case 0b1001: {
      const kind = (word >>> 23) & 7;
      return kind === 2
        ? (word & 0x20000000) !== 0
        : kind === 4 && (word & 0x60000000) === 0x60000000;
    }
    case 0b1010:
    case 0b1011:
      // msr of the flags; cfinv and its kin.
      return (word & 0xffffffe0) >>> 0 === 0xd51b4200 || (word & 0xfffff01f) >>> 0 === 0xd500401f;
    case 0b0101:
    case 0b1101:
      return registersChangeFlags(word);
    case 0b0111:
    case 0b1111:
      // fcmp, fccmp.
      return (word & 0xff200c00) === 0x1e200400 || (word & 0xff20fc00) === 0x1e202000;
    default:
      return false;
  }
}

function registersChangeFlags(word: number): boolean {
  const sets = (word & 0x20000000) !== 0;
  if ((word & 0x10000000) === 0) {
    return word & 0x01000000 ? sets : (word & 0x60000000) === 0x60000000;
  }
  const kind = (word >>> 21) & 15;
  return sets && (kind === 0 || kind === 2 || (kind === 6 && (word & 0x40000000) === 0));
}
