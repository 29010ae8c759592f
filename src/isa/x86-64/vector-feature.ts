// Which instruction set extension a vector instruction belongs to, in the words of /proc/cpuinfo. Coarse on purpose:
// what counts is which processors can run it at all. Source: Intel SDM volume 2, the CPUID column of each instruction.
import type { Insn } from './decode.ts';
import { EVEX, LEGACY, PREFIX_OPERAND, PREFIX_REP, PREFIX_REPNE, VEX, XOP } from './decode.ts';

/** Classes that a mix of instructions is counted by. */
export type VectorClass = 'sse' | 'avx' | 'avx2' | 'avx512f' | 'xop';

/**
 * The class of an instruction that works on vector registers, or on bits with VEX encoding; undefined for all others.
 * 'sse' is everything that the baseline of x86-64, or any later SSE, has in the legacy encoding.
 */
export function vectorClass(insn: Insn): VectorClass | undefined {
  switch (insn.encoding) {
    case EVEX:
      return 'avx512f';
    case XOP:
      return 'xop';
    case VEX:
      return needsAvx2(insn) ? 'avx2' : 'avx';
    default:
      return insn.encoding === LEGACY && isSse(insn) ? 'sse' : undefined;
  }
}

/** VEX instructions that came with AVX2, FMA, BMI1 and BMI2: the processors of x86-64-v3. */
function needsAvx2({ map, opcode, vectorLength, prefixes }: Insn): boolean {
  if (map === 2) {
    // BMI1 and BMI2: andn, blsr, bzhi, pext, pdep, mulx, bextr, shifts.
    if (opcode >= 0xf2 && opcode <= 0xf7) return true;
    // FMA.
    if ((opcode & 0x0f) >= 0x06 && opcode >= 0x96 && opcode <= 0xbf) return true;
    // Broadcasts from registers, integer broadcasts, gathers, variable shifts, permutes across lanes.
    if (opcode === 0x16 || opcode === 0x36 || (opcode >= 0x45 && opcode <= 0x47)) return true;
    if ((opcode >= 0x58 && opcode <= 0x5a) || opcode === 0x78 || opcode === 0x79) return true;
    if (opcode === 0x8c || opcode === 0x8e || (opcode >= 0x90 && opcode <= 0x93)) return true;
    // Integer operations of SSSE3 and SSE4 on 256 bits.
    return (
      vectorLength === 1 &&
      (opcode <= 0x0b || (opcode >= 0x1c && opcode <= 0x40 && opcode !== 0x2c))
    );
  }
  if (map === 3) {
    if (opcode === 0xf0 || opcode === 0x00 || opcode === 0x01 || opcode === 0x02) return true;
    if (opcode === 0x38 || opcode === 0x39 || opcode === 0x46) return true;
    return (
      vectorLength === 1 &&
      (opcode === 0x0e || opcode === 0x0f || opcode === 0x42 || opcode === 0x4c)
    );
  }
  // Integer operations of SSE2 on 256 bits; floating point and moves are AVX.
  if (map !== 1 || vectorLength !== 1 || !(prefixes & PREFIX_OPERAND)) return false;
  return (
    (opcode >= 0x60 && opcode <= 0x6d) ||
    (opcode >= 0x70 && opcode <= 0x76) ||
    (opcode >= 0xd1 && opcode <= 0xfe && opcode !== 0xd6 && opcode !== 0xe6 && opcode !== 0xe7)
  );
}

function isSse({ map, opcode, prefixes }: Insn): boolean {
  if (map === 2) return opcode <= 0x41 || (opcode >= 0xc8 && opcode <= 0xdf);
  if (map === 3) return opcode >= 0x08 && opcode <= 0xdf;
  if (map !== 1) return false;
  if ((opcode >= 0x10 && opcode <= 0x17) || (opcode >= 0x28 && opcode <= 0x2f)) return true;
  if (opcode >= 0x50 && opcode <= 0x5f) return true;
  // Behind 66, F2 and F3 these work on XMM registers; without a prefix they are MMX.
  const wide = (prefixes & (PREFIX_OPERAND | PREFIX_REP | PREFIX_REPNE)) !== 0;
  return (
    wide &&
    ((opcode >= 0x60 && opcode <= 0x7f) ||
      opcode === 0xc2 ||
      (opcode >= 0xc4 && opcode <= 0xc6) ||
      opcode >= 0xd0)
  );
}
