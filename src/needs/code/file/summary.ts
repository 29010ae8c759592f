// What the code of one file does, as a pure function of its bytes: plain data, to be kept by digest. Functions are
// numbered by address. src/needs/code/file/summarise.ts makes it, src/needs/code/program/link.ts joins those of a program.
import type { Machine } from '../../../isa/machine.ts';
import type { Abi } from '../../../kernel/abi.ts';
import type { CodeReaction } from '../reaction/code-reaction.ts';

/** The ABI that a site's numbers are of. */
export const abiOfSite = (via: Site['via'], native: Machine['abi']): Abi =>
  via === 'ia32' ? 'i386' : native;

/** Changes when the analysis does: what was kept of an older one is then not used. */
export const summaryVersion = 9;

/** Numbers that a value can be, and values of the function's entry that it can be; both empty: not known. */
export interface Possible {
  readonly numbers?: readonly number[];
  /** Registers, 64 + distance of a stack slot above the stack pointer at entry, or fields (machine-state.ts). */
  readonly entries?: readonly number[];
}

/** A place that enters the kernel or calls a watched import, as seen from one function. */
export interface Site {
  /** A system call by native number or with those of the 32-bit ABI, or a call of an imported symbol. */
  readonly via: 'native' | 'ia32' | 'import';
  /** Index in `symbols`, for via: 'import'. */
  readonly symbol?: number;
  /**
   * For system calls the number, then six arguments. For imports [1] to [6] are the integer arguments. Trailing
   * values that are not watched are left out.
   */
  readonly values: readonly Possible[];
  /** Where the instruction is. */
  readonly address: number;
}

export interface SummarySymbol {
  readonly name: string;
  readonly version?: string;
  readonly weak: boolean;
  /** Function of this file that the symbol stands for; absent for imports and data. */
  readonly function?: number;
  /** Table of addresses that it stands for. */
  readonly object?: number;
  readonly isDefined: boolean;
  /** Found only when asked for with its version. */
  readonly hidden?: boolean;
}

export interface CodeSummary {
  readonly summary: typeof summaryVersion;
  /** ABI of native numbers. */
  readonly machine: Machine['abi'];
  /** Addresses of functions. */
  readonly starts: readonly number[];
  readonly names: Readonly<Record<number, string>>;
  /** Edges (src/needs/code/file/graph.ts) of functions and of objects; a symbol edge is an index into `symbols`. */
  readonly edges: readonly (readonly number[])[];
  readonly objects: readonly (readonly number[])[];
  readonly symbols: readonly SummarySymbol[];
  /** Function of the entry point; -1 without one. */
  readonly entry: number;
  /** Edges of constructors and destructors. */
  readonly initial: readonly number[];
  /** Sites by function. */
  readonly sites: Readonly<Record<number, readonly Site[]>>;
  /** Names of libraries that code of a function refers to. */
  readonly libraries: Readonly<Record<number, readonly string[]>>;
  /** Texts at addresses that reach a watched import as constants. */
  readonly texts: Readonly<Record<number, string>>;
  /** Absolute paths that code of a function refers to. */
  readonly paths: Readonly<Record<number, readonly string[]>>;
  /** What its code does when system calls fail (src/needs/code/reaction/code-reaction.ts). */
  readonly reactions: readonly CodeReaction[];
  /** Made by Go's linker, which keeps only what can be reached. */
  readonly isGo: boolean;
  /** Code and addresses were found by themselves: neither symbols nor unwind entries cover the code. */
  readonly bytes: number;
}
