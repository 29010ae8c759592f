import type { Limits } from '../lib/limits.ts';
import type { Location } from './diagnostic.ts';
import { PlimsollError } from './plimsoll-error.ts';

/** PL0107: what went over which limit, where, and how to raise it. `found` is the value, or what it is at least. */
export function limitError(
  name: keyof Limits,
  limits: Limits,
  what: string,
  found: number,
  at?: Location,
): PlimsollError {
  const limit = limits[name];
  return new PlimsollError('PL0107', `${what}: ${found} is over the limit of ${limit} (${name})`, {
    ...(at === undefined ? {} : { at }),
    help: `if you trust the target, raise the limit: --limit ${name}=${Math.max(found, limit * 2)}`,
  });
}
