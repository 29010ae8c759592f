import type { Diagnostic, Location } from './diagnostic.ts';
import type { OperationCode } from './operation-codes.ts';

/** What a PlimsollError may say beside its message. */
export interface PlimsollErrorDetails {
  readonly at?: Location;
  readonly notes?: readonly string[];
  readonly help?: string;
  readonly cause?: unknown;
}

/** A failed operation. `code` is stable; the exit code follows from it (src/cli/exit-code.ts). */
export class PlimsollError extends Error {
  readonly code: OperationCode;
  readonly diagnostic: Diagnostic;

  constructor(code: OperationCode, message: string, details: PlimsollErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'PlimsollError';
    this.code = code;
    const { cause: _, ...shown } = details;
    this.diagnostic = { code, severity: 'error', message, ...shown };
  }
}
