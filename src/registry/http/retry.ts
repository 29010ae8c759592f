// When a request is sent again, and after how long (RFC 9110, 10.2.3: Retry-After).
import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted } from '../../image/interrupted.ts';

/** How often and how soon. */
export interface RetryPlan {
  /** Requests in all. */
  readonly attempts: number;
  /** The first pause; each further one is twice as long. */
  readonly firstMs: number;
  /** The longest pause that is chosen here. */
  readonly longestMs: number;
  /** The longest pause that a server may ask for: beyond that the request fails, and says so. */
  readonly obeyedMs: number;
}

/** About eight seconds in all, unless the server asks for more. */
export const defaultRetries: RetryPlan = {
  attempts: 5,
  firstMs: 500,
  longestMs: 10_000,
  obeyedMs: 60_000,
};

/** Answers that may be others a moment later. */
export const isPassing = (status: number): boolean =>
  [408, 425, 429, 500, 502, 503, 504].includes(status);

/** The pause before attempt `next` (1 is the second): doubled each time, half of it by chance, so that many clients do not come back at once. */
export function pauseMs(plan: RetryPlan, next: number, random: () => number): number {
  const full = Math.min(plan.longestMs, plan.firstMs * 2 ** (next - 1));
  return full / 2 + (full / 2) * random();
}

/** What Retry-After asks for, in milliseconds from `now`: seconds or a date; undefined when it is neither. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // A date of HTTP begins with the day's name; Date.parse takes far more than that.
  const date = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Waits. @throws PlimsollError PL0002 */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw interrupted(signal);
  }
}
