// A64 loads and stores in the neutral form of src/isa/insn.ts.
// Source: Arm Architecture Reference Manual (DDI 0487), section C4.1.88 "Loads and Stores".
import { NO_REGISTER, operation, type Step, UNKNOWN_SOURCE } from '../insn.ts';
import { ZERO } from './flow.ts';
import { writesOf } from './writes.ts';

/** Describes a load or store; false where the mask of registers that it writes must do. */
export function describeMemory(word: number, address: number, out: Step): boolean {
  switch ((word >>> 28) & 3) {
    case 1:
      return describeLiteral(word, address, out);
    case 2:
      return describePair(word, out);
    case 3:
      return describeSingle(word, out);
    default:
      return describeOther(word, out);
  }
}

/** Memory at a base register may get something; registers are told by their mask. */
function storesSomething(word: number, width: number, out: Step): boolean {
  out.memory = true;
  out.base = (word >>> 5) & 31;
  out.width = width;
  out.operation = operation.store;
  out.source = UNKNOWN_SOURCE;
  out.clobbers = writesOf(word);
  return true;
}

/** Exclusive and ordered accesses, compare and swap; structures of vectors. Those that only load store nothing. */
function describeOther(word: number, out: Step): boolean {
  const isVector = (word & 0x04000000) !== 0;
  if (isVector) return (word & 0x00400000) === 0 && storesSomething(word, 64, out);
  const isLoad = (word & 0x00400000) !== 0;
  const isSwap = (word & 0x00a00000) === 0x00a00000 || (word & 0x80a00000) === 0x00200000;
  return (!isLoad || isSwap) && storesSomething(word, 16, out);
}

function describeLiteral(word: number, address: number, out: Step): boolean {
  if (word & 0x01000000) {
    // Ordered stores at a small distance, tags, copies: what they write to is near the base at best.
    out.displacement = (word << 11) >> 23;
    return storesSomething(word, 16, out);
  }
  const kind = word >>> 30;
  const target = word & 31;
  if (word & 0x04000000 || kind === 3 || target === ZERO) return true;
  out.memory = true;
  out.displacement = address + ((word << 8) >> 13) * 4;
  out.destination = target;
  out.operation = kind === 2 ? operation.signExtend : operation.load;
  out.width = kind === 0 ? 4 : 8;
  out.fromWidth = 4;
  return true;
}

function describePair(word: number, out: Step): boolean {
  const isVector = (word & 0x04000000) !== 0;
  const isLoad = (word & 0x00400000) !== 0;
  const size = word >>> 30;
  const mode = (word >>> 23) & 3;
  // stgp stores a tag, too; it counts as any store.
  const width = isVector ? 4 << size : size === 2 ? 8 : 4;
  const unit = !isVector && size === 1 && !isLoad ? 16 : width;
  const distance = ((word << 10) >> 25) * unit;
  out.memory = true;
  out.base = (word >>> 5) & 31;
  out.displacement = mode === 1 ? 0 : distance;
  out.advance = mode & 1 ? distance : 0;
  const first = word & 31;
  const second = (word >>> 10) & 31;
  if (isVector || size === 1) {
    if (isLoad) {
      if (isVector) out.memory = false;
      else out.clobbers = mask(first) | mask(second);
      return true;
    }
    out.operation = operation.store;
    out.source = UNKNOWN_SOURCE;
    out.width = 2 * unit;
    return true;
  }
  out.width = width;
  if (isLoad) {
    out.operation = operation.loadPair;
    out.destination = first === ZERO ? NO_REGISTER : first;
    out.second = second === ZERO ? NO_REGISTER : second;
  } else {
    out.operation = operation.storePair;
    out.source = first === ZERO ? NO_REGISTER : first;
    out.second = second === ZERO ? NO_REGISTER : second;
  }
  return true;
}

const mask = (register: number): number => (register === ZERO ? 0 : 1 << register);

function describeSingle(word: number, out: Step): boolean {
  const isVector = (word & 0x04000000) !== 0;
  const kind = (word >>> 22) & 3;
  const size = word >>> 30;
  // Vectors of 16 bytes take the place of the loads that extend.
  const bytes = isVector && kind & 2 ? 16 : 1 << size;
  out.memory = true;
  out.base = (word >>> 5) & 31;
  if (word & 0x01000000) out.displacement = ((word >>> 10) & 0xfff) * bytes;
  else if ((word & 0x00200000) === 0) {
    const distance = (word << 11) >> 23;
    const moves = (word & 0x400) !== 0;
    out.displacement = moves && (word & 0x800) === 0 ? 0 : distance;
    out.advance = moves ? distance : 0;
  } else if ((word & 0x0c00) !== 0x0800) return describeAtomic(word, isVector, out);
  else {
    out.index = (word >>> 16) & 31;
    if (out.index === ZERO) out.index = NO_REGISTER;
    out.scale = word & 0x1000 ? bytes : 1;
  }
  const target = word & 31;
  const isStore = isVector ? (kind & 1) === 0 : kind === 0;
  if (isStore) {
    out.operation = operation.store;
    out.width = bytes;
    out.source = isVector ? UNKNOWN_SOURCE : target === ZERO ? NO_REGISTER : target;
    return true;
  }
  // Vectors, prfm, and what is thrown away: only the base may move.
  if (isVector || (kind === 2 && size === 3) || target === ZERO) return true;
  // An index of 32 bits, which is extended, is not modelled.
  if (out.index !== NO_REGISTER && (word & 0x6000) !== 0x6000) {
    out.clobbers = mask(target);
    return true;
  }
  out.destination = target;
  out.fromWidth = bytes;
  out.width = kind === 2 || (kind === 1 && size === 3) ? 8 : 4;
  out.operation =
    kind !== 1 ? operation.signExtend : size < 2 ? operation.zeroExtend : operation.load;
  return true;
}

/** Atomic changes of memory; loads with pointer authentication store nothing. */
function describeAtomic(word: number, isVector: boolean, out: Step): boolean {
  if (!isVector && word & 0x0400) {
    out.memory = false;
    return false;
  }
  return storesSomething(word, 16, out);
}
