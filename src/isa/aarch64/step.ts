// An A64 instruction in the neutral form of src/isa/insn.ts. Covers what compilers use to compute numbers and addresses;
// everything else is told as registers that are overwritten (writes.ts). Registers 0 to 30, then the stack pointer.
// Source: Arm Architecture Reference Manual (DDI 0487), sections C4.1 and C6.2.
import { condition, flagEffect, flow, NO_REGISTER, operation, type Step } from '../insn.ts';
import { conditionNumbered, describeBranch, flagEffectOf } from './flags.ts';
import { branchDistance, flowOf, madeAddress, wordAt, ZERO } from './flow.ts';
import { bitmask } from './immediates.ts';
import { describeMemory } from './step-memory.ts';
import { writesOf } from './writes.ts';

/**
 * Reads the instruction at offset `at` of `code` (readable up to `end`), which runs at `address`.
 * @returns its length; 1 for less than a word at the end of the code.
 */
export function readStep(
  code: Uint8Array,
  at: number,
  end: number,
  address: number,
  out: Step,
): number {
  const whole = at + 4 <= end;
  out.length = whole ? 4 : 1;
  out.flow = flow.next;
  out.target = -1;
  out.operation = operation.none;
  out.width = 8;
  out.destination = NO_REGISTER;
  out.left = NO_REGISTER;
  out.source = NO_REGISTER;
  out.second = NO_REGISTER;
  out.memory = false;
  out.segment = false;
  out.base = NO_REGISTER;
  out.index = NO_REGISTER;
  out.scale = 1;
  out.displacement = 0;
  out.advance = 0;
  out.immediate = 0;
  out.clobbers = 0;
  out.condition = condition.none;
  out.flagEffect = flagEffect.none;
  if (!whole) return 1;
  const word = wordAt(code, at);
  out.flow = flowOf(word);
  if (out.flow !== flow.next) {
    if (out.flow === flow.jump || out.flow === flow.branch || out.flow === flow.call)
      out.target = address + branchDistance(word);
    else if (out.flow === flow.jumpIndirect || out.flow === flow.callIndirect)
      out.source = (word >>> 5) & 31;
    if (out.flow === flow.branch) describeBranch(word, out);
    return 4;
  }
  if (!describe(word, address, out)) {
    out.operation = operation.none;
    out.destination = NO_REGISTER;
    out.advance = 0;
    out.clobbers = writesOf(word);
  }
  out.flagEffect = flagEffectOf(word, out.operation);
  return 4;
}

/** Describes the instruction; false where the mask of registers that it writes must do. */
function describe(word: number, address: number, out: Step): boolean {
  switch ((word >>> 25) & 15) {
    case 0b1000:
    case 0b1001:
      return describeImmediate(word, address, out);
    case 0b0100:
    case 0b0110:
    case 0b1100:
    case 0b1110:
      return describeMemory(word, address, out);
    case 0b0101:
    case 0b1101:
      out.width = word < 0 ? 8 : 4;
      return describeRegister(word, out);
    default:
      return describeThread(word, out);
  }
}

/** mrs of tpidr_el0, which holds the address of the thread's own memory: as x86-64 reads it from that memory's beginning. */
function describeThread(word: number, out: Step): boolean {
  const destination = word & 31;
  if ((word & ~31) >>> 0 !== 0xd53bd040 || destination === ZERO) return false;
  out.operation = operation.load;
  out.destination = destination;
  out.memory = true;
  out.segment = true;
  return true;
}

/** destination = immediate. */
function moveImmediate(destination: number, immediate: number, out: Step): boolean {
  out.operation = operation.move;
  out.destination = destination;
  out.immediate = immediate;
  return true;
}

/** destination = another register, of which 31 reads as 0. */
function moveRegister(destination: number, source: number, out: Step): boolean {
  if (source === ZERO) return moveImmediate(destination, 0, out);
  out.operation = operation.move;
  out.destination = destination;
  out.source = source;
  return true;
}

/** destination = left by immediate. */
function withImmediate(
  kind: number,
  destination: number,
  left: number,
  immediate: number,
  out: Step,
): boolean {
  if (left === ZERO) return false;
  out.operation = kind;
  out.destination = destination;
  out.left = left;
  out.immediate = immediate;
  return true;
}

function describeImmediate(word: number, address: number, out: Step): boolean {
  const target = word & 31;
  const left = (word >>> 5) & 31;
  const kind = (word >>> 23) & 7;
  if (kind < 2) {
    if (target === ZERO) return true;
    return moveImmediate(target, madeAddress(word, address), out);
  }
  out.width = word < 0 ? 8 : 4;
  switch (kind) {
    case 2: {
      const amount = ((word >>> 10) & 0xfff) * (word & 0x00400000 ? 4096 : 1);
      const subtracts = (word & 0x40000000) !== 0;
      if (word & 0x20000000) {
        out.immediate = amount;
        if (target === ZERO) return compared(subtracts, left, out);
        out.operation = subtracts ? operation.subtract : operation.add;
        out.destination = target;
        out.left = left;
        return true;
      }
      out.operation = operation.address;
      out.destination = target;
      out.memory = true;
      out.base = left;
      out.displacement = subtracts ? -amount : amount;
      return true;
    }
    case 4:
      return describeMask(word, target, left, out);
    case 5:
      return target === ZERO || describeWide(word, target, out);
    case 6:
      return target === ZERO || describeBits(word, target, left, out);
    default:
      return false;
  }
}

/** and, orr, eor and ands with an immediate. */
function describeMask(word: number, target: number, left: number, out: Step): boolean {
  const kind = (word >>> 29) & 3;
  const mask = bitmask(word);
  if (kind === 3 && target === ZERO) {
    if (mask === undefined || left === ZERO) return true;
    out.operation = operation.test;
    out.destination = left;
    out.immediate = mask;
    return true;
  }
  if (mask === undefined) return false;
  if (left === ZERO) return kind === 1 || kind === 2 ? moveImmediate(target, mask, out) : false;
  const chosen = kind === 1 ? operation.or : kind === 2 ? operation.xor : (operation.and as number);
  return withImmediate(chosen, target, left, mask, out);
}

/** movn, movz and movk. */
function describeWide(word: number, target: number, out: Step): boolean {
  const immediate = (word >>> 5) & 0xffff;
  const position = ((word >>> 21) & 3) * 16;
  switch ((word >>> 29) & 3) {
    case 0: {
      const ones = -1 - immediate * 2 ** position;
      return moveImmediate(target, out.width === 4 ? ones + 2 ** 32 : ones, out);
    }
    case 2: {
      const number = immediate * 2 ** position;
      // The highest quarter holds the sign.
      return moveImmediate(target, number >= 2 ** 63 ? number - 2 ** 64 : number, out);
    }
    case 3:
      out.operation = operation.insert;
      out.destination = target;
      out.immediate = immediate;
      out.position = position;
      out.bits = 16;
      return true;
    default:
      return false;
  }
}

/** sbfm and ubfm where they shift or extend. */
function describeBits(word: number, target: number, left: number, out: Step): boolean {
  const kind = (word >>> 29) & 3;
  const rotate = (word >>> 16) & 63;
  const last = (word >>> 10) & 63;
  const top = out.width * 8 - 1;
  if (kind === 1) return describeInsert(target, left, rotate, last, out);
  if (left === ZERO || kind === 3) return false;
  if (last === top) {
    const shift = kind === 2 ? operation.shiftRight : operation.shiftRightSigned;
    return withImmediate(shift, target, left, rotate, out);
  }
  if (kind === 2 && last + 1 === rotate)
    return withImmediate(operation.shiftLeft, target, left, top - last, out);
  if (rotate !== 0) return false;
  if (last === 7 || last === 15 || last === 31) {
    out.operation = kind === 2 ? operation.zeroExtend : operation.signExtend;
    out.fromWidth = (last + 1) / 8;
    out.destination = target;
    out.source = left;
    return true;
  }
  if (kind !== 2 || last > 51) return false;
  return withImmediate(operation.and, target, left, 2 ** (last + 1) - 1, out);
}

/** bfm: bfi, bfc, and bfxil from the lowest bit on. */
function describeInsert(
  target: number,
  source: number,
  rotate: number,
  last: number,
  out: Step,
): boolean {
  if (last >= rotate && rotate !== 0) return false;
  out.operation = operation.insert;
  out.destination = target;
  if (source !== ZERO) out.source = source;
  out.position = rotate === 0 ? 0 : out.width * 8 - rotate;
  out.bits = last + 1;
  return true;
}

function describeRegister(word: number, out: Step): boolean {
  const target = word & 31;
  const left = (word >>> 5) & 31;
  const other = (word >>> 16) & 31;
  if ((word & 0x10000000) === 0) {
    return word & 0x01000000
      ? describeSum(word, target, left, other, out)
      : describeLogic(word, target, left, other, out);
  }
  if ((word & 0x01e00000) === 0x00800000) return describeChoice(word, target, left, other, out);
  return false;
}

function describeLogic(
  word: number,
  target: number,
  left: number,
  other: number,
  out: Step,
): boolean {
  const kind = (word >>> 29) & 3;
  const inverted = (word & 0x00200000) !== 0;
  const amount = (word >>> 10) & 63;
  if (target === ZERO) {
    if (kind !== 3 || inverted || amount !== 0 || left === ZERO) return true;
    out.operation = operation.test;
    out.destination = left;
    if (other !== ZERO) out.source = other;
    return true;
  }
  const isOr = kind === 1 || kind === 2;
  if (left === ZERO && isOr) {
    if (amount !== 0) {
      if (inverted || (word & 0x00c00000) !== 0) return false;
      return withImmediate(operation.shiftLeft, target, other, amount, out);
    }
    if (!inverted) return moveRegister(target, other, out);
    if (other === ZERO) return moveImmediate(target, out.width === 4 ? 0xffffffff : -1, out);
    return withImmediate(operation.not, target, other, 0, out);
  }
  if (amount !== 0 || inverted || left === ZERO) return false;
  if (kind === 2 && left === other) return moveImmediate(target, 0, out);
  const chosen = isOr ? (kind === 1 ? operation.or : operation.xor) : (operation.and as number);
  if (left === other && kind !== 3) return moveRegister(target, left, out);
  return withRegister(chosen, target, left, other, out);
}

/** destination = left by another register, of which 31 reads as 0. */
function withRegister(
  kind: number,
  destination: number,
  left: number,
  source: number,
  out: Step,
): boolean {
  out.operation = kind;
  out.destination = destination;
  out.left = left;
  if (source !== ZERO) out.source = source;
  return true;
}

/** Only flags come of it. */
function compared(subtracts: boolean, left: number, out: Step): boolean {
  out.operation = subtracts ? operation.compare : operation.compareSum;
  out.destination = left;
  return true;
}

/** cmp and cmn of two registers; with a shift or an extension nothing is told. */
function compareRegisters(word: number, left: number, other: number, out: Step): boolean {
  const extended = (word & 0x00200000) !== 0;
  const option = (word >>> 13) & 7;
  const isPlain = extended
    ? (word & 0x1c00) === 0 && (option & 3) === (out.width === 8 ? 3 : 2)
    : (word & 0xfc00) === 0 && left !== ZERO;
  if (!isPlain) return true;
  if (other !== ZERO) out.source = other;
  return compared((word & 0x40000000) !== 0, left, out);
}

/** add and sub of two registers. */
function describeSum(
  word: number,
  target: number,
  left: number,
  other: number,
  out: Step,
): boolean {
  const extended = (word & 0x00200000) !== 0;
  const setsFlags = (word & 0x20000000) !== 0;
  const subtracts = (word & 0x40000000) !== 0;
  if (target === ZERO && !extended && !setsFlags) return true;
  if (target === ZERO && setsFlags) return compareRegisters(word, left, other, out);
  const amount = (word >>> 10) & (extended ? 7 : 63);
  if (extended) {
    // Only the extension that changes nothing: uxtx and sxtx of 64 bits, uxtw and sxtw of 32.
    const option = (word >>> 13) & 7;
    if ((option & 3) !== (out.width === 8 ? 3 : 2)) return false;
  } else {
    if (amount !== 0 && (word & 0x00c00000) !== 0) return false;
    if (left === ZERO) {
      if (subtracts) {
        if (amount !== 0) return false;
        return other === ZERO
          ? moveImmediate(target, 0, out)
          : withImmediate(operation.negate, target, other, 0, out);
      }
      return amount === 0
        ? moveRegister(target, other, out)
        : withImmediate(operation.shiftLeft, target, other, amount, out);
    }
  }
  if (amount === 0)
    return withRegister(subtracts ? operation.subtract : operation.add, target, left, other, out);
  if (subtracts || amount > 4 || other === ZERO) return false;
  out.operation = operation.address;
  out.destination = target;
  out.memory = true;
  out.base = left;
  out.index = other;
  out.scale = 1 << amount;
  return true;
}

/** csel, csinc, csinv and csneg, with their short forms cset, csetm, cinc and so on. */
function describeChoice(
  word: number,
  target: number,
  left: number,
  other: number,
  out: Step,
): boolean {
  if (target === ZERO) return true;
  const changed = (word & 0x400) !== 0;
  const inverted = (word & 0x40000000) !== 0;
  // The second register is taken where the condition does not hold.
  const when = (word >>> 12) & 15;
  out.condition = conditionNumbered(when ^ 1);
  if (left === ZERO && other === ZERO) {
    if (!changed || inverted === changed) {
      // csinv of two zeros is csetm; csneg and csel of them are zero.
      if (inverted && !changed) {
        out.operation = operation.borrow;
        out.destination = target;
        return true;
      }
      return moveImmediate(target, 0, out);
    }
    out.operation = operation.flag;
    out.destination = target;
    return true;
  }
  out.destination = target;
  if (other === ZERO) {
    // The second number is 0, 1, -1 or -0.
    out.operation = operation.choose;
    out.left = left;
    out.immediate = changed === inverted ? 0 : changed ? 1 : -1;
    return true;
  }
  if (left === ZERO) {
    // A register as it is, or zero; how it is changed otherwise is not told.
    if (changed || inverted) return false;
    out.operation = operation.choose;
    out.left = other;
    out.condition = conditionNumbered(when);
    return true;
  }
  out.left = left;
  out.source = other;
  out.operation = inverted
    ? changed
      ? operation.chooseNegated
      : operation.chooseNot
    : changed
      ? operation.chooseNext
      : operation.choose;
  return true;
}
