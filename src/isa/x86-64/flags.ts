// Whether an x86-64 instruction changes the flags that conditions look at. Errs on the side of yes for what compilers do
// not put between a comparison and its use. Source: Intel SDM volume 1, appendix A (EFLAGS cross-reference).
import { condition, flagEffect, operation } from '../insn.ts';
import { type Insn, LEGACY, XOP } from './decode.ts';

/** One of `flagEffect`, for an instruction that is described as that operation. */
export function flagEffectOf(insn: Insn, described: number): number {
  if (!changesFlags(insn)) return flagEffect.none;
  return tellsFlags(described) ? flagEffect.result : flagEffect.unknown;
}

/** Whether carry, zero, sign, overflow or parity may change. */
function changesFlags(insn: Insn): boolean {
  const { encoding, map, opcode, modrm } = insn;
  if (encoding !== LEGACY) return encoding === XOP || vectorChanges(map, opcode);
  const group = (modrm >> 3) & 7;
  if (map === 0) {
    if (opcode < 0x40) return (opcode & 7) < 6;
    if (opcode >= 0x80 && opcode <= 0x85) return true;
    if (opcode >= 0xa6 && opcode <= 0xaf) return !stringMoves.has(opcode);
    if (opcode === 0xf6 || opcode === 0xf7) return group !== 2;
    if (opcode === 0xfe || opcode === 0xff) return group < 2;
    return oneByte.has(opcode);
  }
  if (map === 1) return twoByte.has(opcode);
  if (map === 2) return opcode === 0x17 || opcode === 0xf6;
  return opcode >= 0x60 && opcode <= 0x63;
}

/** stos and lods, in both widths. */
const stringMoves: ReadonlySet<number> = new Set([0xaa, 0xab, 0xac, 0xad]);

/** imul, shifts and rotations, popf, sahf, cmc, clc, stc, iret. */
const oneByte: ReadonlySet<number> = new Set([
  0x69, 0x6b, 0x9d, 0x9e, 0xc0, 0xc1, 0xcf, 0xd0, 0xd1, 0xd2, 0xd3, 0xf5, 0xf8, 0xf9,
]);

/** System instructions, comis, bit tests and scans, double shifts, imul, cmpxchg, xadd, rdrand. */
const twoByte: ReadonlySet<number> = new Set([
  0x00, 0x01, 0x02, 0x03, 0x2e, 0x2f, 0xa3, 0xa4, 0xa5, 0xaa, 0xab, 0xac, 0xad, 0xaf, 0xb0, 0xb1,
  0xb3, 0xb8, 0xba, 0xbb, 0xbc, 0xbd, 0xc0, 0xc1, 0xc7,
]);

function vectorChanges(map: number, opcode: number): boolean {
  if (map === 1) return opcode === 0x2e || opcode === 0x2f || opcode === 0x98 || opcode === 0x99;
  if (map === 2) return opcode === 0x0e || opcode === 0x0f || opcode === 0x17 || opcode >= 0xe0;
  return map === 3 && opcode >= 0x60 && opcode <= 0x63;
}

/** By the low four bits of the opcode (SDM volume 1, appendix B). */
const conditions: readonly number[] = [
  condition.other,
  condition.other,
  condition.below,
  condition.aboveOrEqual,
  condition.equal,
  condition.notEqual,
  condition.belowOrEqual,
  condition.above,
  condition.negative,
  condition.notNegative,
  condition.other,
  condition.other,
  condition.less,
  condition.greaterOrEqual,
  condition.lessOrEqual,
  condition.greater,
];

/** One of `condition`, of a branch, cmov or set instruction. */
export function conditionOf(insn: Insn): number {
  // loop and jrcxz look at rcx.
  if (insn.map === 0 && insn.opcode >= 0xe0) return condition.other;
  return conditions[insn.opcode & 15] ?? condition.other;
}

/** Whether the result that the flags are of is described. */
function tellsFlags(kind: number): boolean {
  switch (kind) {
    case operation.compare:
    case operation.test:
    case operation.testBit:
    case operation.add:
    case operation.subtract:
    case operation.and:
    case operation.or:
    case operation.xor:
    case operation.negate:
    case operation.shiftLeft:
    case operation.shiftRight:
      return true;
    default:
      return false;
  }
}
