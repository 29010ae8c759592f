// One function as the following of errors sees it, and who is called in it.
import type { Step } from '../../../isa/insn.ts';
import type { Machine } from '../../../isa/machine.ts';
import type { BlockAt } from './reaction-blocks.ts';
import type { ReadConstant } from './reaction-machine.ts';
import type { Amount } from './reaction-value.ts';

/** Who is called: a function of the file (its index), an imported symbol, or a system call; see calleeKind. */
export type Callee = number;

export const unknownCallee: Callee = -1;
const symbolBase = 1 << 28;
const syscallBase = 1 << 29;

/** An imported symbol, by its index. */
export const importCallee = (symbol: number): Callee => symbolBase + symbol;
/** A system call, by its number. */
export const syscallCallee = (number: number): Callee => syscallBase + number;

/** What a callee is, with its index or number. */
export function calleeKind(callee: Callee): readonly ['function' | 'symbol' | 'syscall', number] {
  if (callee >= syscallBase) return ['syscall', callee - syscallBase];
  return callee >= symbolBase ? ['symbol', callee - symbolBase] : ['function', callee];
}

/** Places are distances from the image's lowest address. */
export interface Surroundings {
  readonly machine: Machine;
  readonly bytes: Uint8Array;
  /** The image's lowest address. */
  readonly low: number;
  readonly start: number;
  readonly end: number;
  /** File offset of `start`. */
  readonly offset: number;
  readonly read: ReadConstant;
  /** Places that jumps through tables lead to. */
  readonly tableTargets: readonly number[];
  /** Places that jumps inside of the function lead to. */
  readonly leaders: ReadonlySet<number>;
  /** The function, or part of one, that a jump to a place goes on in; nothing where it is a call in the place of a return. */
  partAt(place: number): Surroundings | undefined;
  /** Blocks without values. */
  readonly blockAt: BlockAt;
  /** Instructions from a place on, up to the first that leaves the straight way; none where the code ends. */
  stretchAt(place: number): readonly Step[];
  /** A system call that ends the program or thread. */
  isExit(number: number): boolean;
  /** Who is called by a call or jump to a place, or through memory at a place. */
  calleeAt(place: number): Callee;
  calleeThrough(place: number): Callee;
  /** Whether it comes back; `first` is the first argument. */
  returns(callee: Callee, first: Amount): boolean;
  /** The function itself, to go into where it is called; nothing for others than functions of the file. */
  inside(callee: Callee): Surroundings | undefined;
  /** It tells somebody of an error. */
  tells(callee: Callee): boolean;
  /** It only tells where errno is. */
  isErrnoLocation(callee: Callee): boolean;
}
