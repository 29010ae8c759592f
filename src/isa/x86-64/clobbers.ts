// Which general registers an x86-64 instruction may write. Used for what src/isa/x86-64/step.ts does not describe, so
// it must err on the side of more. Source: Intel SDM volume 2; AMD64 APM volume 3 for XOP and TBM.
import { type Insn, LEGACY, VEX } from './decode.ts';

const RAX = 1 << 0;
const RCX = 1 << 1;
const RDX = 1 << 2;
const RBX = 1 << 3;
const RSP = 1 << 4;
const RBP = 1 << 5;
const RSI = 1 << 6;
const RDI = 1 << 7;
/** Every register but the stack pointer. */
const ALL = 0xffff & ~RSP;

const reg = (insn: Insn): number => 1 << (((insn.modrm >> 3) & 7) | (insn.rex & 4 ? 8 : 0));

/** The register of the r/m operand; none where it is memory. */
const rm = (insn: Insn): number =>
  insn.modrm >= 0xc0 ? 1 << ((insn.modrm & 7) | (insn.rex & 1 ? 8 : 0)) : 0;

/** As rm and reg for one-byte operands: without REX 4 to 7 are ah, ch, dh, bh. */
const low = (insn: Insn, mask: number): number =>
  insn.rex === 0 && mask & 0xf0 ? mask | (mask >> 4) : mask;

/** Mask of the registers that the instruction may write. */
export function clobbersOf(insn: Insn): number {
  if (!insn.valid) return 0;
  if (insn.encoding !== LEGACY) return vectorClobbers(insn);
  switch (insn.map) {
    case 0:
      return oneByteClobbers(insn);
    case 1:
      return twoByteClobbers(insn);
    case 2:
      // movbe, crc32 and adcx/adox write reg (movbe to memory writes none); the rest are vector instructions.
      return insn.opcode >= 0xc0 ? reg(insn) | rm(insn) : 0;
    default:
      return map3Clobbers(insn);
  }
}

function oneByteClobbers(insn: Insn): number {
  const { opcode } = insn;
  if (opcode < 0x40) {
    const form = opcode & 7;
    if (form >= 4) return RAX;
    return form < 2 ? low(insn, rm(insn)) : low(insn, reg(insn));
  }
  if ((opcode & 0xf0) === 0xb0) return low(insn, 1 << ((opcode & 7) | (insn.rex & 1 ? 8 : 0)));
  if ((opcode & 0xf0) === 0x50) {
    return RSP | (opcode >= 0x58 ? 1 << ((opcode & 7) | (insn.rex & 1 ? 8 : 0)) : 0);
  }
  if (opcode >= 0x90 && opcode <= 0x97)
    return opcode === 0x90 && !(insn.rex & 1)
      ? 0
      : RAX | (1 << ((opcode & 7) | (insn.rex & 1 ? 8 : 0)));
  if (opcode >= 0xd8 && opcode <= 0xdf) return opcode === 0xdf ? RAX : 0;
  if ((opcode & 0xf0) === 0x70) return 0;
  switch (opcode) {
    case 0x63:
    case 0x69:
    case 0x6b:
    case 0x8b:
    case 0x8d:
      return reg(insn);
    case 0x8a:
      return low(insn, reg(insn));
    case 0x68:
    case 0x6a:
    case 0x9c:
    case 0x9d:
      return RSP;
    case 0x6c:
    case 0x6d:
    case 0x6e:
    case 0x6f:
    case 0xa4:
    case 0xa5:
    case 0xa6:
    case 0xa7:
    case 0xaa:
    case 0xab:
    case 0xae:
    case 0xaf:
      return RSI | RDI | RCX;
    case 0xac:
    case 0xad:
      return RAX | RSI | RCX;
    case 0x80:
    case 0x81:
    case 0x83:
    case 0x88:
    case 0x89:
    case 0x8c:
    case 0xc0:
    case 0xc1:
    case 0xc6:
    case 0xc7:
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
    case 0xfe:
      return low(insn, rm(insn));
    case 0x86:
    case 0x87:
      return low(insn, reg(insn)) | low(insn, rm(insn));
    case 0x8f:
      return RSP | rm(insn);
    case 0x98:
    case 0x9f:
    case 0xa0:
    case 0xa1:
    case 0xd7:
    case 0xe4:
    case 0xe5:
    case 0xec:
    case 0xed:
      return RAX;
    case 0x99:
      return RDX;
    case 0xc8:
    case 0xc9:
      return RSP | RBP;
    case 0xe0:
    case 0xe1:
    case 0xe2:
      return RCX;
    case 0xf6:
    case 0xf7:
      return (insn.modrm & 0x38) >= 0x20 ? RAX | RDX : low(insn, rm(insn));
    case 0xff:
      return (insn.modrm & 0x38) < 0x10 ? rm(insn) : 0;
    default:
      return 0;
  }
}

function twoByteClobbers(insn: Insn): number {
  const { opcode } = insn;
  if ((opcode & 0xf0) === 0x40) return reg(insn);
  if ((opcode & 0xf0) === 0x90) return low(insn, rm(insn));
  if (opcode >= 0xc8 && opcode <= 0xcf) return 1 << ((opcode & 7) | (insn.rex & 1 ? 8 : 0));
  switch (opcode) {
    case 0x00:
      return rm(insn);
    case 0x01:
      // xgetbv, rdtscp, smsw, enclv and their kin.
      return RAX | RCX | RDX | RBX | rm(insn);
    case 0x02:
    case 0x03:
    case 0x2c:
    case 0x2d:
    case 0x50:
    case 0x78:
    case 0xaf:
    case 0xb6:
    case 0xb7:
    case 0xb8:
    case 0xbc:
    case 0xbd:
    case 0xbe:
    case 0xbf:
    case 0xc5:
    case 0xd7:
      return reg(insn) | (opcode === 0x78 ? rm(insn) : 0);
    case 0x05:
      return RAX | RCX | (1 << 11);
    case 0x34:
      return ALL;
    case 0x1e:
      // rdsspq is F3 0F 1E /1 with a register.
      return rm(insn);
    case 0x20:
    case 0x21:
    case 0x7e:
    case 0xa4:
    case 0xa5:
    case 0xab:
    case 0xac:
    case 0xad:
    case 0xb3:
    case 0xba:
    case 0xbb:
    case 0xae:
      return rm(insn);
    case 0x31:
    case 0x32:
    case 0x33:
      return RAX | RDX;
    case 0xa0:
    case 0xa1:
    case 0xa8:
    case 0xa9:
      return RSP;
    case 0xa2:
      return RAX | RBX | RCX | RDX;
    case 0xa6:
    case 0xa7:
      return ALL;
    case 0xb0:
    case 0xb1:
      return RAX | low(insn, rm(insn));
    case 0xb2:
    case 0xb4:
    case 0xb5:
      return reg(insn);
    case 0xc0:
    case 0xc1:
      return low(insn, reg(insn)) | low(insn, rm(insn));
    case 0xc7:
      return RAX | RDX | rm(insn);
    default:
      return 0;
  }
}

function map3Clobbers(insn: Insn): number {
  const { opcode } = insn;
  if (opcode >= 0x14 && opcode <= 0x17) return rm(insn);
  if (opcode >= 0x60 && opcode <= 0x63) return RCX;
  return opcode >= 0xf0 ? reg(insn) : 0;
}

function vectorClobbers(insn: Insn): number {
  const { opcode, map } = insn;
  if (insn.encoding === VEX || map <= 3) {
    if (map === 1) {
      // vcvt…2si, vmovmsk, vpextrw, vpmovmskb, kmov, and EVEX's vcvt…2usi.
      if ([0x2c, 0x2d, 0x50, 0x78, 0x79, 0x93, 0xc5, 0xd7].includes(opcode)) return reg(insn);
      return opcode === 0x7e ? rm(insn) : 0;
    }
    // BMI: the destination may stand in vvvv, which is not decoded.
    if (map === 2) return opcode >= 0xe0 ? ALL : 0;
    return map3Clobbers(insn);
  }
  // XOP: TBM instructions are 9 01, 9 02, A 10; EVEX maps 5 and 6: vcvt…2si of half precision, vmovw.
  if (map === 5) return [0x2c, 0x2d, 0x78, 0x79].includes(opcode) ? reg(insn) : rm(insn);
  return map === 9 || map === 10 ? ALL : 0;
}
