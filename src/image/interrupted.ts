import { PlimsollError } from '../diag/plimsoll-error.ts';

/** What work that a signal ended throws: PL0002, or the PlimsollError that the signal carries as its reason. */
export function interrupted(signal: AbortSignal): PlimsollError {
  const reason: unknown = signal.reason;
  return reason instanceof PlimsollError
    ? reason
    : new PlimsollError('PL0002', 'interrupted', { cause: reason });
}
