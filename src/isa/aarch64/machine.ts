// AArch64 as the analysis of code sees it. Sources: Procedure Call Standard for the Arm 64-bit Architecture, section 6
// (registers and calls); Linux, arch/arm64/kernel/entry.S and syscall.c: the number in x8, arguments in x0 to x5, and
// only x0 is changed.
import { flow } from '../insn.ts';
import type { Machine } from '../machine.ts';
import { flowOf, NOP, wordAt } from './flow.ts';
import { readStep } from './step.ts';

const STACK = 31;
const FRAME = 29;
/** x0 to x18 and the link register. */
const callChanges = 0x7ffff | (1 << 30);

function lastFlow(code: Uint8Array, from: number, to: number): number {
  for (let at = to - ((to - from) % 4) - 4; at >= from; at -= 4) {
    const word = wordAt(code, at);
    // Padding: nothing, or words that are no instruction.
    if (word === NOP || word === 0) continue;
    const kind = flowOf(word);
    return kind === flow.next ? -1 : kind;
  }
  return flow.next;
}

export const aarch64Machine: Machine = {
  abi: 'aarch64',
  registers: 32,
  stackPointer: STACK,
  framePointer: FRAME,
  callPush: 0,
  callChanges,
  kernelChanges: 1,
  kernelRegisters: [8, 0, 1, 2, 3, 4, 5],
  narrowKernelRegisters: [],
  callRegisters: [0, 0, 1, 2, 3, 4, 5],
  resultRegister: 0,
  tablesOfDistances: false,
  readStep,
  lastFlow,
};
