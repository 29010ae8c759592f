// Where control goes behind a decoded x86-64 instruction. Source: Intel SDM volume 2, the instructions' own pages.
import { flow } from '../insn.ts';
import { type Insn, LEGACY } from './decode.ts';

/** One of `flow` in src/isa/insn.ts. An invalid instruction just goes on: it is data, or unknown to the decoder. */
export function flowOf(insn: Insn): number {
  if (!insn.valid || insn.encoding !== LEGACY) return flow.next;
  const { opcode, map } = insn;
  if (map === 0) return oneByteFlow(insn, opcode);
  if (map !== 1) return flow.next;
  if ((opcode & 0xf0) === 0x80) return flow.branch;
  switch (opcode) {
    case 0x05:
      return flow.syscall;
    case 0x34:
      return flow.syscall32;
    case 0x07:
    case 0x35:
      return flow.return;
    case 0x0b:
    case 0xb9:
    case 0xff:
      return flow.stop;
    default:
      return flow.next;
  }
}

function oneByteFlow(insn: Insn, opcode: number): number {
  if ((opcode & 0xf0) === 0x70) return flow.branch;
  switch (opcode) {
    case 0xe8:
      return flow.call;
    case 0xe9:
    case 0xeb:
      return flow.jump;
    case 0xe0:
    case 0xe1:
    case 0xe2:
    case 0xe3:
      return flow.branch;
    case 0xc2:
    case 0xc3:
    case 0xca:
    case 0xcb:
    case 0xcf:
      return flow.return;
    case 0xcd:
      return (insn.immediate & 0xff) === 0x80 ? flow.syscall32 : flow.next;
    case 0xcc:
    case 0xf4:
      return flow.stop;
    case 0xff: {
      const kind = (insn.modrm >> 3) & 7;
      if (kind === 2 || kind === 3) return flow.callIndirect;
      if (kind === 4 || kind === 5) return flow.jumpIndirect;
      return flow.next;
    }
    default:
      return flow.next;
  }
}

/** Whether the instruction has a memory operand relative to the program counter. */
export function isPcRelative(insn: Insn): boolean {
  return (insn.modrm & 0xc7) === 5 && insn.modrm >= 0;
}
