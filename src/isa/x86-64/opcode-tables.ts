// What follows an opcode byte in 64-bit mode: a ModRM byte, an immediate and of which size, or that there is no such
// instruction. One byte of flags for each opcode of each map. Source: Intel SDM volume 2, appendix A (opcode maps),
// AMD64 APM volume 3, appendix A; both agree for what is listed here.

/** A ModRM byte follows. */
export const MODRM = 0x80;
/** No such instruction in 64-bit mode. */
export const INVALID = 0x40;
/** Low bits: the immediate's kind. */
export const IMMEDIATE = 0x0f;

/** Immediate kinds. */
export const IMM_NONE = 0;
export const IMM_8 = 1;
export const IMM_16 = 2;
/** 2 bytes with an operand-size prefix (and no REX.W), else 4. */
export const IMM_Z = 3;
/** mov r, imm: as IMM_Z, but 8 bytes with REX.W. */
export const IMM_V = 4;
/** An absolute address: 8 bytes, or 4 with an address-size prefix. */
export const IMM_ADDRESS = 5;
/** enter: imm16, then imm8. */
export const IMM_16_8 = 6;
/** Relative branch target: as IMM_Z. */
export const IMM_BRANCH = 7;
/** Group 3 (F6, F7): an immediate only for /0 and /1. */
export const IMM_GROUP3_8 = 8;
export const IMM_GROUP3_Z = 9;
/** Four bytes always (XOP map A). */
export const IMM_32 = 10;

type Row = readonly [from: number, to: number, flags: number];

function table(fallback: number, rows: readonly Row[]): Uint8Array {
  const flags = new Uint8Array(256).fill(fallback);
  for (const [from, to, value] of rows) flags.fill(value, from, to + 1);
  return flags;
}

function arithmeticRows(): Row[] {
  const rows: Row[] = [];
  for (let base = 0; base < 0x40; base += 8) {
    rows.push([base, base + 3, MODRM], [base + 4, base + 4, IMM_8], [base + 5, base + 5, IMM_Z]);
    rows.push([base + 6, base + 7, INVALID]);
  }
  return rows;
}

/** One-byte opcodes. Prefixes, REX, VEX and EVEX bytes are taken before this table is asked. */
export const oneByte: Uint8Array = table(IMM_NONE, [
  ...arithmeticRows(),
  [0x60, 0x61, INVALID],
  [0x63, 0x63, MODRM],
  [0x68, 0x68, IMM_Z],
  [0x69, 0x69, MODRM | IMM_Z],
  [0x6a, 0x6a, IMM_8],
  [0x6b, 0x6b, MODRM | IMM_8],
  [0x70, 0x7f, IMM_8],
  [0x80, 0x80, MODRM | IMM_8],
  [0x81, 0x81, MODRM | IMM_Z],
  [0x82, 0x82, INVALID],
  [0x83, 0x83, MODRM | IMM_8],
  [0x84, 0x8f, MODRM],
  [0x9a, 0x9a, INVALID],
  [0xa0, 0xa3, IMM_ADDRESS],
  [0xa8, 0xa8, IMM_8],
  [0xa9, 0xa9, IMM_Z],
  [0xb0, 0xb7, IMM_8],
  [0xb8, 0xbf, IMM_V],
  [0xc0, 0xc1, MODRM | IMM_8],
  [0xc2, 0xc2, IMM_16],
  [0xc6, 0xc6, MODRM | IMM_8],
  [0xc7, 0xc7, MODRM | IMM_Z],
  [0xc8, 0xc8, IMM_16_8],
  [0xca, 0xca, IMM_16],
  [0xcd, 0xcd, IMM_8],
  [0xce, 0xce, INVALID],
  [0xd0, 0xd3, MODRM],
  [0xd4, 0xd6, INVALID],
  [0xd8, 0xdf, MODRM],
  [0xe0, 0xe7, IMM_8],
  [0xe8, 0xe9, IMM_BRANCH],
  [0xea, 0xea, INVALID],
  [0xeb, 0xeb, IMM_8],
  [0xf6, 0xf6, MODRM | IMM_GROUP3_8],
  [0xf7, 0xf7, MODRM | IMM_GROUP3_Z],
  [0xfe, 0xff, MODRM],
]);

/** Opcodes behind 0F. */
export const twoByte: Uint8Array = table(MODRM, [
  [0x04, 0x04, INVALID],
  [0x05, 0x09, IMM_NONE],
  [0x0a, 0x0a, INVALID],
  [0x0b, 0x0b, IMM_NONE],
  [0x0c, 0x0c, INVALID],
  [0x0e, 0x0e, IMM_NONE],
  [0x0f, 0x0f, MODRM | IMM_8],
  [0x24, 0x27, INVALID],
  [0x30, 0x35, IMM_NONE],
  [0x36, 0x36, INVALID],
  [0x37, 0x37, IMM_NONE],
  [0x39, 0x39, INVALID],
  [0x3b, 0x3f, INVALID],
  [0x70, 0x73, MODRM | IMM_8],
  [0x77, 0x77, IMM_NONE],
  [0x7a, 0x7b, INVALID],
  [0x80, 0x8f, IMM_BRANCH],
  [0xa0, 0xa2, IMM_NONE],
  [0xa4, 0xa4, MODRM | IMM_8],
  [0xa6, 0xa7, MODRM],
  [0xa8, 0xaa, IMM_NONE],
  [0xac, 0xac, MODRM | IMM_8],
  [0xba, 0xba, MODRM | IMM_8],
  [0xc2, 0xc2, MODRM | IMM_8],
  [0xc4, 0xc6, MODRM | IMM_8],
  [0xc8, 0xcf, IMM_NONE],
]);

/** VEX and EVEX map 1 (0F): as twoByte where vector instructions are concerned. */
export const vectorMap1: Uint8Array = table(MODRM, [
  [0x70, 0x73, MODRM | IMM_8],
  [0x77, 0x77, IMM_NONE],
  [0xc2, 0xc2, MODRM | IMM_8],
  [0xc4, 0xc6, MODRM | IMM_8],
]);
