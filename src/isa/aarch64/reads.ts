// Which general registers an A64 instruction may use the value of, as a mask of x0 to x30. Fields that are no register in
// some form count as one: errs on the side of more. A comparison with zero (cbz, tbz) is no use of an address.
// Source: Arm Architecture Reference Manual (DDI 0487), section C4.1.
import { flow } from '../insn.ts';
import { flowOf } from './flow.ts';

const general = (register: number): number => (1 << register) & 0x7fffffff;
const fieldD = (word: number): number => general(word & 31);
const fieldN = (word: number): number => general((word >>> 5) & 31);
const fieldM = (word: number): number => general((word >>> 16) & 31);
const fieldA = (word: number): number => general((word >>> 10) & 31);

/** x0 to x7, and x8, which points to a result in memory or numbers a system call. */
const argumentsAndNumber = 0x1ff;

/** The registers that the instruction may read. */
export function readsOf(word: number): number {
  switch ((word >>> 25) & 15) {
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
      return fieldN(word) | fieldM(word) | ((word & 0x1f000000) === 0x1b000000 ? fieldA(word) : 0);
    case 0b0111:
    case 0b1111:
      return fieldN(word);
    case 0b0010:
      return fieldN(word) | fieldM(word) | fieldD(word);
    default:
      return 0;
  }
}

function immediate(word: number): number {
  switch ((word >>> 23) & 7) {
    case 0:
    case 1:
      return 0;
    case 5:
      // movk
      return (word & 0x60000000) === 0x60000000 ? fieldD(word) : 0;
    case 6:
      return fieldN(word) | ((word & 0x60000000) === 0x20000000 ? fieldD(word) : 0);
    case 7:
      return fieldN(word) | fieldM(word);
    default:
      return fieldN(word);
  }
}

function branchOrSystem(word: number): number {
  switch (flowOf(word)) {
    case flow.call:
    case flow.syscall:
      return argumentsAndNumber;
    case flow.callIndirect:
    case flow.jumpIndirect:
      return argumentsAndNumber | fieldN(word);
    case flow.return:
      return 3;
    case flow.next:
      return fieldD(word);
    default:
      return 0;
  }
}

function loadOrStore(word: number): number {
  const base = fieldN(word);
  const isVector = (word & 0x04000000) !== 0;
  switch ((word >>> 28) & 3) {
    case 0:
      return isVector ? base | fieldM(word) : base | fieldD(word) | fieldM(word) | fieldA(word);
    case 1:
      // Literals have no base.
      return (word & 0x01000000) === 0 ? 0 : base | fieldD(word) | fieldM(word);
    case 2:
      return isVector || word & 0x00400000 ? base : base | fieldD(word) | fieldA(word);
    default: {
      const stored = !isVector && (word & 0x00c00000) === 0 ? fieldD(word) : 0;
      const isPlain = (word & 0x01000000) !== 0 || (word & 0x00200000) === 0;
      return base | stored | (isPlain ? 0 : fieldM(word));
    }
  }
}
