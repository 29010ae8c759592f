// What the analysis of code needs to know of a processor and its calling conventions, beside the form of one
// instruction (src/isa/insn.ts). One value for each architecture.
import type { Step } from './insn.ts';

export interface Machine {
  /** The kernel's name of the ABI that the native call instruction enters. */
  readonly abi: 'x86_64' | 'aarch64';
  /** Registers are numbered from 0 to one below this; the stack pointer is one of them. At most 32. */
  readonly registers: number;
  readonly stackPointer: number;
  readonly framePointer: number;
  /** Of system calls and functions. */
  readonly resultRegister: number;
  /** Bytes that a call pushes: what the caller put on the stack begins so far above the stack pointer at entry. */
  readonly callPush: number;
  /** Mask of the registers that a called function may change. */
  readonly callChanges: number;
  /** Mask of the registers that the kernel may change. */
  readonly kernelChanges: number;
  /** Registers of a system call: its number, then six arguments. */
  readonly kernelRegisters: readonly number[];
  /** As kernelRegisters for the 32-bit ABI; empty where programs cannot enter the kernel that way. */
  readonly narrowKernelRegisters: readonly number[];
  /** Registers of a function's integer arguments, from the first on at index 1; [0] is of no meaning. */
  readonly callRegisters: readonly number[];
  /** Jumps of `switch` go by tables of 32-bit distances from the table itself. */
  readonly tablesOfDistances: boolean;
  /**
   * Reads the instruction at offset `at` of `code` (readable up to `end`), which runs at `address`. Never throws.
   * @returns its length.
   */
  readStep(code: Uint8Array, at: number, end: number, address: number, out: Step): number;
  /**
   * Where control goes (`flow`) at the end of the code in offsets [from, to), padding left away. Nothing but padding
   * gives `flow.next`; an instruction that goes on to what follows gives -1.
   */
  lastFlow(code: Uint8Array, from: number, to: number): number;
}

/** Every register of a machine but the given ones, as a mask. */
export function allRegistersBut(machine: Machine, ...kept: readonly number[]): number {
  let mask = machine.registers === 32 ? -1 : (1 << machine.registers) - 1;
  for (const register of kept) mask &= ~(1 << register);
  return mask;
}
