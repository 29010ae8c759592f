// Decodes one x86-64 instruction into its parts: prefixes, opcode map, opcode, ModRM, SIB, displacement, immediate.
// Nothing is allocated: the caller's Insn is written over. A byte sequence that is no instruction gives `valid: false`
// and the length 1, so that a linear sweep goes on. Source: Intel SDM volume 2, chapter 2 (instruction format), and
// for XOP the AMD64 APM volume 3, section 1.2.
import {
  IMM_8,
  IMM_16,
  IMM_16_8,
  IMM_32,
  IMM_ADDRESS,
  IMM_BRANCH,
  IMM_GROUP3_8,
  IMM_GROUP3_Z,
  IMM_NONE,
  IMM_V,
  IMM_Z,
  IMMEDIATE,
  INVALID,
  MODRM,
  oneByte,
  twoByte,
  vectorMap1,
} from './opcode-tables.ts';

/** Prefix bits of Insn.prefixes. */
export const PREFIX_OPERAND = 0x01;
export const PREFIX_ADDRESS = 0x02;
export const PREFIX_REP = 0x04;
export const PREFIX_REPNE = 0x08;
export const PREFIX_LOCK = 0x10;
export const PREFIX_FS = 0x20;
export const PREFIX_GS = 0x40;

/** Encodings of Insn.encoding. */
export const LEGACY = 0;
export const VEX = 1;
export const EVEX = 2;
export const XOP = 3;

/** One decoded instruction; reused from call to call. */
export interface Insn {
  valid: boolean;
  /** Bytes, 1 to 15. */
  length: number;
  prefixes: number;
  /** The REX byte (0x40..0x4f), 0 without one. For VEX and EVEX its W, R, X, B bits as they would stand there. */
  rex: number;
  encoding: number;
  /** 0: one byte; 1: 0F; 2: 0F 38; 3: 0F 3A; for XOP 8 to 10; for EVEX also 5 and 6. */
  map: number;
  opcode: number;
  /** The vector length bits (0: 128, 1: 256, 2: 512) of VEX and EVEX. */
  vectorLength: number;
  /** -1 without a ModRM byte. */
  modrm: number;
  /** -1 without a SIB byte. */
  sib: number;
  /** Signed; 0 without one. */
  displacement: number;
  /** Bytes of the displacement: 0, 1 or 4. */
  displacementSize: number;
  /** Signed low 32 bits. */
  immediate: number;
  /** Signed high 32 bits of an 8-byte immediate, else the sign extension. */
  immediateHigh: number;
  /** Bytes of the immediate: 0 to 4, or 8. */
  immediateSize: number;
}

/** An empty instruction to decode into. */
export function makeInsn(): Insn {
  return {
    valid: false,
    length: 0,
    prefixes: 0,
    rex: 0,
    encoding: LEGACY,
    map: 0,
    opcode: 0,
    vectorLength: 0,
    modrm: -1,
    sib: -1,
    displacement: 0,
    displacementSize: 0,
    immediate: 0,
    immediateHigh: 0,
    immediateSize: 0,
  };
}

/** The architecture's longest instruction, in bytes. */
const MAX_LENGTH = 15;

/**
 * Decodes the instruction at `at`; `end` is the offset behind the last readable byte. Never throws.
 * @returns its length, 1 for what is no instruction.
 */
export function decode(code: Uint8Array, at: number, end: number, out: Insn): number {
  out.prefixes = 0;
  out.rex = 0;
  out.encoding = LEGACY;
  out.map = 0;
  out.vectorLength = 0;
  out.modrm = -1;
  out.sib = -1;
  out.displacement = 0;
  out.displacementSize = 0;
  out.immediate = 0;
  out.immediateHigh = 0;
  out.immediateSize = 0;

  const limit = Math.min(end, at + MAX_LENGTH);
  let pos = readPrefixes(code, at, limit, out);
  if (pos >= limit) return invalid(out);
  let opcode = code[pos++] ?? 0;
  let flags: number;

  if ((opcode === 0xc5 || opcode === 0xc4) && out.rex === 0) {
    pos = readVex(code, pos, limit, opcode, out);
    if (pos < 0 || pos >= limit) return invalid(out);
    opcode = code[pos++] ?? 0;
    flags = vectorFlags(out.map, opcode);
  } else if (opcode === 0x62 && out.rex === 0) {
    pos = readEvex(code, pos, limit, out);
    if (pos < 0 || pos >= limit) return invalid(out);
    opcode = code[pos++] ?? 0;
    flags = vectorFlags(out.map, opcode);
  } else if (opcode === 0x8f && out.rex === 0 && pos < limit && ((code[pos] ?? 0) & 0x1f) >= 8) {
    pos = readXop(code, pos, limit, out);
    if (pos < 0 || pos >= limit) return invalid(out);
    opcode = code[pos++] ?? 0;
    flags = out.map === 8 ? MODRM | IMM_8 : out.map === 9 ? MODRM : MODRM | IMM_32;
  } else if (opcode === 0x0f) {
    if (pos >= limit) return invalid(out);
    opcode = code[pos++] ?? 0;
    if (opcode === 0x38 || opcode === 0x3a) {
      out.map = opcode === 0x38 ? 2 : 3;
      if (pos >= limit) return invalid(out);
      opcode = code[pos++] ?? 0;
      flags = out.map === 2 ? MODRM : MODRM | IMM_8;
    } else {
      out.map = 1;
      flags = twoByte[opcode] ?? INVALID;
    }
  } else {
    flags = oneByte[opcode] ?? INVALID;
    // C4, C5 and 62 behind a REX prefix are no instruction.
    if (opcode === 0xc4 || opcode === 0xc5 || opcode === 0x62) flags = INVALID;
  }
  out.opcode = opcode;
  if (flags & INVALID) return invalid(out);

  if (flags & MODRM) {
    pos = readModrm(code, pos, limit, out);
    if (pos < 0) return invalid(out);
  }
  pos = readImmediate(code, pos, limit, flags & IMMEDIATE, out);
  if (pos < 0) return invalid(out);
  out.valid = true;
  out.length = pos - at;
  return out.length;
}

function invalid(out: Insn): number {
  out.valid = false;
  out.length = 1;
  return 1;
}

function readPrefixes(code: Uint8Array, at: number, limit: number, out: Insn): number {
  let pos = at;
  for (; pos < limit; pos++) {
    const byte = code[pos] ?? 0;
    if (byte >= 0x40 && byte <= 0x4f) {
      out.rex = byte;
      continue;
    }
    let bit: number;
    switch (byte) {
      case 0x66:
        bit = PREFIX_OPERAND;
        break;
      case 0x67:
        bit = PREFIX_ADDRESS;
        break;
      case 0xf3:
        bit = PREFIX_REP;
        break;
      case 0xf2:
        bit = PREFIX_REPNE;
        break;
      case 0xf0:
        bit = PREFIX_LOCK;
        break;
      case 0x64:
        bit = PREFIX_FS;
        break;
      case 0x65:
        bit = PREFIX_GS;
        break;
      // Segment overrides without effect in 64-bit mode: branch hints and padding.
      case 0x26:
      case 0x2e:
      case 0x36:
      case 0x3e:
        bit = 0;
        break;
      default:
        return pos;
    }
    // The last of F2 and F3 counts; a REX that is not last is ignored.
    if (bit === PREFIX_REP) out.prefixes &= ~PREFIX_REPNE;
    else if (bit === PREFIX_REPNE) out.prefixes &= ~PREFIX_REP;
    out.prefixes |= bit;
    out.rex = 0;
  }
  return pos;
}

const ppPrefix = [0, PREFIX_OPERAND, PREFIX_REP, PREFIX_REPNE] as const;

function readVex(code: Uint8Array, pos: number, limit: number, first: number, out: Insn): number {
  out.encoding = VEX;
  const byte = code[pos] ?? 0;
  if (first === 0xc5) {
    if (pos + 1 > limit) return -1;
    out.map = 1;
    out.rex = 0x40 | (byte & 0x80 ? 0 : 4);
    out.vectorLength = (byte >> 2) & 1;
    out.prefixes |= ppPrefix[byte & 3] ?? 0;
    return pos + 1;
  }
  if (pos + 2 > limit) return -1;
  const second = code[pos + 1] ?? 0;
  out.map = byte & 0x1f;
  out.rex = 0x40 | ((~byte >> 5) & 7) | (second & 0x80 ? 8 : 0);
  out.vectorLength = (second >> 2) & 1;
  out.prefixes |= ppPrefix[second & 3] ?? 0;
  return out.map >= 1 && out.map <= 3 ? pos + 2 : -1;
}

function readEvex(code: Uint8Array, pos: number, limit: number, out: Insn): number {
  if (pos + 3 > limit) return -1;
  const p0 = code[pos] ?? 0;
  const p1 = code[pos + 1] ?? 0;
  const p2 = code[pos + 2] ?? 0;
  out.encoding = EVEX;
  out.map = p0 & 7;
  // Bit 3 of P0 is zero and bit 2 of P1 is one in every EVEX instruction before APX.
  if (p0 & 8 || !(p1 & 4) || out.map === 0 || out.map === 4 || out.map === 7) return -1;
  out.rex = 0x40 | ((~p0 >> 5) & 7) | (p1 & 0x80 ? 8 : 0);
  out.vectorLength = (p2 >> 5) & 3;
  out.prefixes |= ppPrefix[p1 & 3] ?? 0;
  return pos + 3;
}

function readXop(code: Uint8Array, pos: number, limit: number, out: Insn): number {
  if (pos + 2 > limit) return -1;
  const byte = code[pos] ?? 0;
  const second = code[pos + 1] ?? 0;
  out.encoding = XOP;
  out.map = byte & 0x1f;
  out.rex = 0x40 | ((~byte >> 5) & 7) | (second & 0x80 ? 8 : 0);
  out.vectorLength = (second >> 2) & 1;
  return out.map <= 10 ? pos + 2 : -1;
}

function vectorFlags(map: number, opcode: number): number {
  if (map === 1) return vectorMap1[opcode] ?? INVALID;
  return map === 3 ? MODRM | IMM_8 : MODRM;
}

function readModrm(code: Uint8Array, at: number, limit: number, out: Insn): number {
  if (at >= limit) return -1;
  let pos = at;
  const modrm = code[pos++] ?? 0;
  out.modrm = modrm;
  const mod = modrm >> 6;
  const rm = modrm & 7;
  // Moves of control and debug registers have no memory form, whatever the field says.
  if (mod === 3 || (out.map === 1 && out.encoding === LEGACY && (out.opcode & 0xfc) === 0x20))
    return pos;
  let size = mod === 1 ? 1 : mod === 2 ? 4 : 0;
  if (rm === 4) {
    if (pos >= limit) return -1;
    out.sib = code[pos++] ?? 0;
    if (mod === 0 && (out.sib & 7) === 5) size = 4;
  } else if (mod === 0 && rm === 5) {
    size = 4;
  }
  if (size === 0) return pos;
  if (pos + size > limit) return -1;
  out.displacementSize = size;
  out.displacement = size === 1 ? signed8(code[pos] ?? 0) : signed32(code, pos);
  return pos + size;
}

function readImmediate(
  code: Uint8Array,
  pos: number,
  limit: number,
  kind: number,
  out: Insn,
): number {
  const size = immediateSize(kind, out);
  if (size === 0) return pos;
  if (pos + size > limit) return -1;
  out.immediateSize = size;
  switch (size) {
    case 1:
      out.immediate = signed8(code[pos] ?? 0);
      break;
    case 2:
      out.immediate = (((code[pos + 1] ?? 0) << 24) >> 16) | (code[pos] ?? 0);
      break;
    case 3:
      out.immediate = (code[pos] ?? 0) | ((code[pos + 1] ?? 0) << 8);
      break;
    default:
      out.immediate = signed32(code, pos);
  }
  out.immediateHigh = size === 8 ? signed32(code, pos + 4) : out.immediate >> 31;
  return pos + size;
}

function immediateSize(kind: number, out: Insn): number {
  if (kind === IMM_NONE) return extraImmediate(out);
  const wide = (out.rex & 8) !== 0;
  const z = out.prefixes & PREFIX_OPERAND && !wide ? 2 : 4;
  switch (kind) {
    case IMM_8:
      return 1;
    case IMM_16:
      return 2;
    case IMM_Z:
    case IMM_BRANCH:
      return z;
    case IMM_V:
      return wide ? 8 : z;
    case IMM_ADDRESS:
      return out.prefixes & PREFIX_ADDRESS ? 4 : 8;
    case IMM_16_8:
      return 3;
    case IMM_GROUP3_8:
      return (out.modrm & 0x38) <= 0x08 ? 1 : 0;
    case IMM_GROUP3_Z:
      return (out.modrm & 0x38) <= 0x08 ? z : 0;
    default:
      return 4;
  }
}

/** SSE4a's extrq and insertq (0F 78 with 66 or F2) carry two immediate bytes; no table row can say so. */
function extraImmediate(out: Insn): number {
  if (out.encoding !== LEGACY || out.map !== 1 || out.opcode !== 0x78) return 0;
  return out.prefixes & (PREFIX_OPERAND | PREFIX_REPNE) ? 2 : 0;
}

function signed8(byte: number): number {
  return (byte << 24) >> 24;
}

function signed32(code: Uint8Array, pos: number): number {
  return (
    (code[pos] ?? 0) |
    ((code[pos + 1] ?? 0) << 8) |
    ((code[pos + 2] ?? 0) << 16) |
    ((code[pos + 3] ?? 0) << 24)
  );
}
