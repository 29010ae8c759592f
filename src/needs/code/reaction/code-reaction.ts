// What one function does on one error, as it is kept in the summary of a file.
import type { Callee } from './reaction-surroundings.ts';

/** What one function does on one error, as far as the function itself tells. */
export interface CodeReaction {
  readonly function: number;
  /** Of the call that fails. */
  readonly address: number;
  /** What fails: see calleeKind; `unknownCallee`: a system call whose number is not told there. */
  readonly cause: Callee;
  /** What the cause returns: see errorValue. */
  readonly value: number;
  /** For which errors; bit mask by the order of missingErrnos. */
  readonly errnos: number;
  /** Bit mask of `effect`. */
  readonly effects: number;
  /** Values that it returns to its callers because of the error. */
  readonly returns: readonly number[];
  /** What is called only when it failed. */
  readonly instead: readonly Callee[];
}

/** Bits of CodeReaction.effects: what some way behind the error does. */
export const effect = {
  /** Ends the program, or throws. */
  ends: 1,
  /** Says something. */
  tells: 2,
  /** Goes on, or returns, as it does without the error. */
  goesOn: 4,
  /** Leaves calls out that it makes without the error. */
  leavesOut: 8,
  /** Not all ways were followed. */
  cut: 16,
  /** The error is not looked at. */
  ignores: 32,
} as const;

/** Values of errors: a number, or these for the errno itself and its negative. */
export const errorValue = { errno: 0x10000, negative: -0x10000 } as const;
