// What the programs of a trace are made for: the machine's registers and the kernel's structures.
import type { KernelTypes } from '../../sys/bpf/kernel-types.ts';
import type { TraceMaps } from './trace-layout.ts';

/** The machine's registers of a call: offsets in struct pt_regs (arch/x86/include/asm/ptrace.h, arch/arm64/…). */
export interface MachineLayout {
  /** Six arguments of its own ABI, and of its 32-bit one. */
  readonly args: readonly number[];
  readonly narrowArgs: readonly number[];
  /** Number of the call, and its first argument where the result has not overwritten it, at the end of the call. */
  readonly number: number;
  readonly firstAtEnd: number;
  /** What tells a 32-bit program: this word, masked, has this value. */
  readonly narrow: { readonly offset: number; readonly mask: number; readonly value: number };
  /** Numbers of execve, execveat, prctl. */
  readonly execve: number;
  readonly execveat: number;
  readonly prctl: number;
}

/** By Node's word for the machine. */
export const machineLayouts: Readonly<Record<string, MachineLayout>> = {
  x64: {
    args: [112, 104, 96, 56, 72, 64],
    narrowArgs: [40, 88, 96, 104, 112, 32],
    number: 120,
    firstAtEnd: 112,
    // __USER32_CS
    narrow: { offset: 136, mask: 0xffff, value: 0x23 },
    execve: 59,
    execveat: 322,
    prctl: 157,
  },
  arm64: {
    args: [0, 8, 16, 24, 32, 40],
    narrowArgs: [0, 8, 16, 24, 32, 40],
    // syscallno, orig_x0
    number: 280,
    firstAtEnd: 272,
    // PSR_MODE32_BIT of pstate
    narrow: { offset: 264, mask: 0x10, value: 0x10 },
    execve: 221,
    execveat: 281,
    prctl: 167,
  },
};

/** Functions of the kernel that programs may call (enum bpf_func_id). */
export const helper = {
  lookup: 1,
  update: 2,
  now: 5,
  currentThread: 14,
  currentName: 16,
  readUserText: 114,
  readKernelText: 115,
  currentInNamespace: 120,
} as const;

/** An element is made only where there is none. */
export const BPF_NOEXIST = 1;

/** What the programs are made for. */
export interface TraceTarget {
  readonly types: KernelTypes;
  readonly machine: MachineLayout;
  readonly maps: TraceMaps;
  /** A pid namespace all of whose processes are traced too, whoever started them. */
  readonly pidNamespace?: { readonly device: bigint; readonly inode: bigint };
}

/** A kernel that tells too little of itself. */
export class UnknownKernel extends Error {}

/** Offsets in the kernel's structures: of a thread's number, its process', and the name of what is executed. */
export interface Offsets {
  readonly pid: number;
  readonly process: number;
  readonly executed: number;
}
