// Where control goes behind an A64 instruction word, and the fields that many instructions share.
// Source: Arm Architecture Reference Manual (DDI 0487), sections C4.1.65 "Branches, Exception Generating and System
// instructions" and C6.2 (the instructions' own pages).
import { flow } from '../insn.ts';

/** The word of an instruction; code is little-endian whatever the data. */
export function wordAt(code: Uint8Array, at: number): number {
  return (
    (code[at] ?? 0) |
    ((code[at + 1] ?? 0) << 8) |
    ((code[at + 2] ?? 0) << 16) |
    ((code[at + 3] ?? 0) << 24)
  );
}

/** Number 31 where it means the zero register: reads as 0, and what is written there is gone. */
export const ZERO = 31;

export const NOP = 0xd503201f | 0;

/** One of `flow` in src/isa/insn.ts. Words that are no instruction go on: they are data, or newer than the decoder. */
export function flowOf(word: number): number {
  // Bits 28 to 26 are 101 in all branches.
  if ((word & 0x1c000000) !== 0x14000000) return (word & 0xffff0000) === 0 ? flow.stop : flow.next;
  switch (word >>> 26) {
    case 0b000101:
      return flow.jump;
    case 0b100101:
      return flow.call;
    case 0b001101:
    case 0b101101:
      // cbz, cbnz, tbz, tbnz.
      return flow.branch;
    case 0b010101:
      // b.cond, bc.cond.
      return word >>> 24 === 0x54 ? flow.branch : flow.next;
    case 0b110101:
      return system(word);
    default:
      return flow.next;
  }
}

function system(word: number): number {
  switch (word >>> 24) {
    case 0xd4:
      return exception(word);
    case 0xd6:
    case 0xd7:
      return throughRegister(word);
    default:
      return flow.next;
  }
}

function exception(word: number): number {
  switch (word & 0x00e0001f) {
    case 0x01:
      return flow.syscall;
    // brk and hlt.
    case 0x00200000:
    case 0x00400000:
      return flow.stop;
    default:
      return flow.next;
  }
}

function throughRegister(word: number): number {
  if ((word & 0x001f0000) !== 0x001f0000) return flow.next;
  const kind = (word >>> 21) & 15;
  // Bits 15 to 10: 2 and 3 authenticate the address, with a register or, in the short forms, with zero.
  const form = (word >>> 10) & 63;
  const modifier = word & 31;
  const isSigned = form === 2 || form === 3;
  if (kind >= 8 ? !isSigned : !(form === 0 && modifier === 0) && !(isSigned && modifier === 31))
    return flow.next;
  const through = (word >>> 5) & 31;
  if ((kind === 4 || kind === 5 || (kind === 2 && isSigned)) && through !== 31) return flow.next;
  switch (kind) {
    // br, braaz, brabz; braa, brab.
    case 0:
    case 8:
      return flow.jumpIndirect;
    case 1:
    case 9:
      return flow.callIndirect;
    // ret, retaa, retab; eret; drps.
    case 2:
    case 4:
    case 5:
      return flow.return;
    default:
      return flow.next;
  }
}

/** Distance in bytes that a jump, branch or call of `flowOf` goes from its own address. */
export function branchDistance(word: number): number {
  // b, bl
  if ((word & 0x7c000000) === 0x14000000) return (word << 6) >> 4;
  // tbz, tbnz
  if ((word & 0x7e000000) === 0x36000000) return ((word << 13) >> 18) * 4;
  return ((word << 8) >> 13) * 4;
}

/** The distance that adr makes; in pages for adrp. */
export function addressDistance(word: number): number {
  return (((word << 8) >> 13) << 2) | ((word >>> 29) & 3);
}

/** The address that adr or adrp makes when it runs at `address`. */
export function madeAddress(word: number, address: number): number {
  return word < 0
    ? address - (address % 4096) + addressDistance(word) * 4096
    : address + addressDistance(word);
}
