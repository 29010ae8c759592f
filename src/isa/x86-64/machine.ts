// x86-64 as the analysis of code sees it. Sources: System V x86-64 psABI, section 3.2 (registers and calls) and
// appendix A.2.1 (system calls); Linux, arch/x86/entry/entry_64.S and entry_64_compat.S.
import { flow } from '../insn.ts';
import type { Machine } from '../machine.ts';
import { decode, LEGACY, makeInsn } from './decode.ts';
import { flowOf } from './flow.ts';
import { RAX, RBP, RBX, RCX, RDI, RDX, RSI, RSP, readStep } from './step.ts';

const R8 = 8;
const R9 = 9;
const R10 = 10;

const insn = makeInsn();

function lastFlow(code: Uint8Array, from: number, to: number): number {
  let last: number = flow.next;
  for (let at = from; at < to; ) {
    const byte = code[at];
    if (byte === 0 || byte === 0xcc) {
      at++;
      continue;
    }
    at += decode(code, at, to, insn);
    if (!insn.valid) continue;
    const isNop =
      insn.encoding === LEGACY &&
      ((insn.map === 0 && insn.opcode === 0x90) || (insn.map === 1 && insn.opcode === 0x1f));
    if (isNop) continue;
    const kind = flowOf(insn);
    last = kind === flow.next ? -1 : kind;
  }
  return last;
}

export const x86Machine: Machine = {
  abi: 'x86_64',
  registers: 16,
  stackPointer: RSP,
  framePointer: RBP,
  resultRegister: RAX,
  callPush: 8,
  // rax, rcx, rdx, rsi, rdi, r8 to r11.
  callChanges: 0b1111_1100_0111,
  // rax, rcx, r11.
  kernelChanges: 0b1000_0000_0011,
  kernelRegisters: [RAX, RDI, RSI, RDX, R10, R8, R9],
  narrowKernelRegisters: [RAX, RBX, RCX, RDX, RSI, RDI, RBP],
  callRegisters: [RAX, RDI, RSI, RDX, RCX, R8, R9],
  tablesOfDistances: true,
  readStep,
  lastFlow,
};
