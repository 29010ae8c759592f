// A diagnostic is one thing to tell a person: what is wrong, where, and what to do. Parsers of bytes from
// outside return diagnostics beside their value and never throw; a failed operation throws a PlimsollError
// that carries one.
import type { OperationCode } from './operation-codes.ts';

/** Where something is: any part may be unknown, in which case it is absent. */
export interface Location {
  /** The target as the user named it. */
  readonly target?: string;
  /** The layer's digest, or its position ("layer 3"). */
  readonly layer?: string;
  /** Path inside the target, absolute. */
  readonly path?: string;
  /** Byte offset in the file or stream. */
  readonly offset?: number;
  /** Line in a text file, from 1. */
  readonly line?: number;
}

/** One problem, in the form in which it is shown. */
export interface Diagnostic {
  readonly code: OperationCode;
  readonly severity: 'error' | 'warning' | 'note';
  /** What is wrong: lower case, no full stop, names the expected and the found value. */
  readonly message: string;
  readonly at?: Location;
  readonly notes?: readonly string[];
  /** The fix, and only the fix. */
  readonly help?: string;
}

/** What a parser of foreign bytes returns: always a value (perhaps partial), and what was wrong. */
export interface Parsed<T> {
  readonly value: T;
  readonly problems: readonly Diagnostic[];
}
