// How often each instruction set extension occurs in a stretch of code. A compiler that is told to use AVX encodes
// every vector instruction its way, so that code built for AVX has next to none in the old encoding, while a program
// that chooses at run time is full of both. AArch64's large system extensions (LSE) against load-exclusive pairs
// tell the same of atomics.
import type { Insn } from './x86-64/decode.ts';
import { decode, LEGACY, makeInsn } from './x86-64/decode.ts';
import { vectorClass } from './x86-64/vector-feature.ts';

/** Counts over the code that was looked at. */
export interface InstructionMix {
  /** Bytes looked at. */
  bytes: number;
  sse: number;
  avx: number;
  avx2: number;
  avx512f: number;
  xop: number;
  /** cpuid, xgetbv, or a read of one of AArch64's ID registers: the program asks the processor itself. */
  asks: number;
  /** AArch64: cas, swp, ldadd and their kin. */
  lse: number;
  /** AArch64: load-exclusive and store-exclusive. */
  exclusive: number;
  /** AArch64: the Scalable Vector Extension, and what sets its predicates up, which all code for it begins with. */
  sve: number;
  predicates: number;
  /** AArch64: arithmetic on scalars of half precision, ARMv8.2's. */
  half: number;
}

export function emptyMix(): InstructionMix {
  return {
    bytes: 0,
    sse: 0,
    avx: 0,
    avx2: 0,
    avx512f: 0,
    xop: 0,
    asks: 0,
    lse: 0,
    exclusive: 0,
    sve: 0,
    predicates: 0,
    half: 0,
  };
}

const insn: Insn = makeInsn();

/** Adds the x86-64 code in [from, to). A first instruction that is cut in two costs a few wrong ones, no more. */
export function countX86(code: Uint8Array, from: number, to: number, mix: InstructionMix): void {
  mix.bytes += to - from;
  for (let at = from; at < to; ) {
    at += decode(code, at, to, insn);
    if (!insn.valid) continue;
    const kind = vectorClass(insn);
    if (kind !== undefined) mix[kind]++;
    else if (insn.map === 1 && insn.encoding === LEGACY) {
      if (insn.opcode === 0xa2 || (insn.opcode === 0x01 && insn.modrm === 0xd0)) mix.asks++;
    }
  }
}

/** Adds the AArch64 code in [from, to), four bytes an instruction. Source: Arm ARM, section C4.1 (encodings). */
export function countAarch64(
  code: Uint8Array,
  from: number,
  to: number,
  mix: InstructionMix,
): void {
  mix.bytes += to - from;
  for (let at = from; at + 4 <= to; at += 4) {
    const word =
      ((code[at] ?? 0) |
        ((code[at + 1] ?? 0) << 8) |
        ((code[at + 2] ?? 0) << 16) |
        ((code[at + 3] ?? 0) << 24)) >>>
      0;
    // Atomic memory operations: size 111 0 00 A R 1 Rs o3 opc 00 Rn Rt; o3 with opc 100 is LDAPR, no LSE.
    if ((word & 0x3f200c00) >>> 0 === 0x38200000 && (word & 0xfc00) !== 0xc000) mix.lse++;
    // CAS and CASP: size 001000 1 L 1 Rs o0 11111, and 0 sz 001000 0 L 1 Rs o0 11111.
    else if ((word & 0x3fa07c00) >>> 0 === 0x08a07c00) mix.lse++;
    else if ((word & 0xbfa07c00) >>> 0 === 0x08207c00) mix.lse++;
    // LDXR, LDAXR, STXR, STLXR and pairs: size 001000 0 L o1 Rs o0 Rt2.
    else if ((word & 0x3f800000) >>> 0 === 0x08000000) mix.exclusive++;
    // MRS of an ID register (op0 3, op1 0, CRn 0), which the kernel answers for user space.
    else if ((word & 0xfffff000) >>> 0 === 0xd5380000) mix.asks++;
    // SVE has bits 28 to 25 to itself: 0010.
    else if ((word & 0x1e000000) === 0x04000000) {
      mix.sve++;
      // PTRUE and PTRUES: 00100101 size 01100 S 111000 pattern 0 Pd. WHILE*: 00100101 size 1 Rm 000 … Pd.
      if ((word & 0xff3efc10) === 0x2518e000 || (word & 0xff20e000) === 0x25200000)
        mix.predicates++;
    }
    // Scalar arithmetic with ftype 11, but for the conversions from half precision that ARMv8.0 has.
    else if ((word & 0x7fe00000) === 0x1ee00000) {
      if ((word & 0xfffe7c00) >>> 0 !== 0x1ee24000) mix.half++;
    } else if ((word & 0xffc00000) >>> 0 === 0x1fc00000) mix.half++;
  }
}
