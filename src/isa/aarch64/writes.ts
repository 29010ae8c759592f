// Which general registers an A64 instruction writes, as a mask: bits 0 to 30, and bit 31 for the stack pointer.
// Source: Arm Architecture Reference Manual, sections C4.1 (encodings) and C6.2, C7.2, C8.2 (instructions).
import { flow } from '../insn.ts';
import { flowOf, ZERO } from './flow.ts';

const LINK = 1 << 30;

/** Number 31 is the zero register here. */
const general = (register: number): number => (register === ZERO ? 0 : 1 << register);
/** Number 31 is the stack pointer here. */
const orStack = (register: number): number => 1 << register;

/** The registers that the instruction may write. */
export function writesOf(word: number): number {
  switch ((word >>> 25) & 15) {
    case 0b0000:
      // movt to a general register, of SME2; the rest of this space writes none.
      return (word & 0xffff8fe0) >>> 0 === 0xc04c03e0 ? general(word & 31) : 0;
    case 0b0010:
      return scalable(word);
    case 0b1000:
    case 0b1001:
      return immediate(word);
    case 0b1010:
    case 0b1011:
      return branchOrSystem(word);
    case 0b0100:
    case 0b0110:
    case 0b1100:
    case 0b1110:
      return loadOrStore(word);
    case 0b0101:
    case 0b1101:
      return register(word);
    case 0b0111:
    case 0b1111:
      return vector(word);
    default:
      return 0;
  }
}

function immediate(word: number): number {
  const target = word & 31;
  switch ((word >>> 23) & 7) {
    case 2:
      // add and sub; those that set flags cannot write the stack pointer.
      return word & 0x20000000 ? general(target) : orStack(target);
    case 3:
      // addg and subg; smax and its kin with an immediate.
      return (word & 0x00400000) === 0 ? orStack(target) : general(target);
    case 4:
      return (word & 0x60000000) === 0x60000000 ? general(target) : orStack(target);
    default:
      return general(target);
  }
}

function branchOrSystem(word: number): number {
  // bl; blr and its kin with pointer authentication.
  if ((word & 0xfc000000) >>> 0 === 0x94000000) return LINK;
  if ((word & 0xfe000000) >>> 0 === 0xd6000000)
    return flowOf(word) === flow.callIndirect ? LINK : 0;
  if (word >>> 24 !== 0xd5) return 0;
  const target = word & 31;
  // mrs, sysl and what else reads a system register; mrrs, which reads a pair.
  if ((word & 0x00e00000) === 0x00200000) return general(target);
  if ((word & 0x00f00000) === 0x00700000) return general(target) | general(target + 1);
  // Hints that sign, check or strip the addresses in x30 and x17.
  if ((word & 0x00fff01f) === 0x0003201f) {
    const hint = (word >>> 5) & 127;
    if (hint === 7 || (hint >= 24 && hint <= 31)) return LINK;
    if (hint === 8 || hint === 10 || hint === 12 || hint === 14) return 1 << 17;
  }
  return 0;
}

function loadOrStore(word: number): number {
  switch ((word >>> 28) & 3) {
    case 0:
      // Structures of vectors: only the address moves on. Else exclusive and ordered accesses.
      if (word & 0x04000000) return word & 0x00800000 ? orStack((word >>> 5) & 31) : 0;
      return exclusive(word);
    case 1:
      return literalOrTagged(word);
    case 2:
      return pair(word);
    default:
      return single(word);
  }
}

function exclusive(word: number): number {
  const status = (word >>> 16) & 31;
  const isLoad = (word & 0x00400000) !== 0;
  const two = (word & 0x00200000) !== 0;
  const target = general(word & 31);
  if (word & 0x01000000) {
    // Unprivileged compare and swap, and of pairs.
    return general(status) | general(status + 1) | target;
  }
  if (word & 0x00800000) {
    // Compare and swap, or an ordered load or store.
    if (two) return general(status);
    return isLoad ? target : 0;
  }
  // Compare and swap of a pair takes the place of exclusive pairs of bytes.
  if (two && word >= 0) return general(status) | general(status + 1);
  if (!isLoad) return general(status);
  return two ? target | general((word >>> 10) & 31) : target;
}

function literalOrTagged(word: number): number {
  const target = general(word & 31);
  const base = (word >>> 5) & 31;
  if ((word & 0x01000000) === 0) {
    // A literal; prfm in the place of the fourth size.
    return word & 0x04000000 || word >>> 30 === 3 ? 0 : target;
  }
  const low = (word >>> 10) & 3;
  if (word & 0x04000000) {
    // Memory copies share this space with ordered accesses of vectors.
    return low === 1 ? memoryCopy(word) : 0;
  }
  if ((word & 0x00200000) === 0) {
    if (low === 1) return memoryCopy(word);
    // stlur and ldapur; ldiapp and stilp write their base.
    if (low === 2) return target | general((word >>> 16) & 31) | orStack(base);
    return (word & 0x00c00000) === 0 ? 0 : target;
  }
  if (word >>> 30 === 3) {
    // Allocation tags.
    if (low === 1 || low === 3) return orStack(base);
    return low === 0 && (word & 0x00400000) !== 0 ? target : 0;
  }
  // 128-bit atomics.
  return target | general((word >>> 16) & 31);
}

/** cpyp, setp and their kin count in all of their registers; the source of a fill stays. */
function memoryCopy(word: number): number {
  const isFill = (word & 0x00c00000) === 0x00c00000;
  return (
    general(word & 31) | general((word >>> 5) & 31) | (isFill ? 0 : general((word >>> 16) & 31))
  );
}

function pair(word: number): number {
  const moves = (word & 0x00800000) !== 0 ? orStack((word >>> 5) & 31) : 0;
  // Vectors, or a store.
  if (word & 0x04000000 || (word & 0x00400000) === 0) return moves;
  return moves | general(word & 31) | general((word >>> 10) & 31);
}

function single(word: number): number {
  const target = general(word & 31);
  const isVector = (word & 0x04000000) !== 0;
  const kind = (word >>> 22) & 3;
  // The fourth size with kind 2 is prfm.
  const loads = !isVector && kind !== 0 && !(kind === 2 && word >>> 30 === 3);
  if (word & 0x01000000) return loads ? target : 0;
  const low = (word >>> 10) & 3;
  const base = orStack((word >>> 5) & 31);
  if (word & 0x00200000) {
    if (low === 2) return loads ? target : 0;
    if (isVector) return 0;
    // ldraa and ldrab, which can move their base.
    if (low & 1) return target | (word & 0x00000800 ? base : 0);
    return atomic(word, target);
  }
  return (loads ? target : 0) | (low & 1 ? base : 0);
}

function atomic(word: number, target: number): number {
  if ((word & 0x8000) === 0 || word >>> 30 !== 3) return target;
  // The 64-byte accesses.
  switch ((word >>> 12) & 7) {
    case 5: {
      let mask = 0;
      for (let at = 0; at < 8; at++) mask |= general(((word & 31) + at) & 31);
      return mask;
    }
    case 1:
      return 0;
    case 2:
    case 3:
      return general((word >>> 16) & 31);
    default:
      return target;
  }
}

function register(word: number): number {
  const target = word & 31;
  if ((word & 0x10000000) === 0) {
    // Logical; add and sub with a shift; those with an extension may write the stack pointer.
    const extended = (word & 0x01200000) === 0x01200000;
    return extended && (word & 0x20000000) === 0 ? orStack(target) : general(target);
  }
  switch ((word >>> 21) & 15) {
    case 0: {
      // adc and sbc; addpt and subpt, which may write the stack pointer. rmif and setf write flags alone.
      const low = (word >>> 10) & 63;
      if (low === 0) return general(target);
      return low >> 3 === 1 ? orStack(target) : 0;
    }
    case 2:
      return 0;
    case 4:
      return general(target);
    case 6:
      // irg may write the stack pointer.
      return (word & 0x4000fc00) === 0x1000 ? orStack(target) : general(target);
    default:
      return word & 0x01000000 ? general(target) : 0;
  }
}

function vector(word: number): number {
  const target = general(word & 31);
  // smov and umov.
  if ((word & 0xbfe0ec00) >>> 0 === 0x0e002c00) return target;
  // Between floating point and integers, then fixed point: the kinds that make integers.
  if ((word & 0x5f20fc00) === 0x1e200000) {
    const kind = (word >>> 16) & 7;
    return kind < 2 || (kind >= 4 && kind <= 6) ? target : 0;
  }
  if ((word & 0x5f200000) === 0x1e000000) return ((word >>> 16) & 7) < 2 ? target : 0;
  return 0;
}

/** SVE: counts of elements and predicates, and elements that are taken out of vectors. */
function scalable(word: number): number {
  const target = word & 31;
  switch (word >>> 24) {
    case 0x04:
      // addvl, addpl and their streaming kin; rdvl.
      if ((word & 0xffa0f000) === 0x04205000) return orStack(target);
      if ((word & 0xfffff000) === 0x04bf5000) return general(target);
      // cntb, incb, and those that saturate.
      if ((word & 0xff30f800) === 0x0420e000 || (word & 0xff30f800) === 0x0430e000)
        return general(target);
      return (word & 0xff20f000) === 0x0420f000 ? general(target) : 0;
    case 0x05:
      // lasta and lastb, clasta and clastb.
      return (word & 0xff2ee000) === 0x0520a000 ? general(target) : 0;
    case 0x25:
      // cntp; incp and its kin.
      if ((word & 0xff38c000) === 0x25208000) return general(target);
      return (word & 0xff38f800) === 0x25288800 ? general(target) : 0;
    default:
      return 0;
  }
}
