// What all layers of an image together may cost. Counted by layer, so that a layer that is read again is not counted
// twice.
import type { Location } from '../diag/diagnostic.ts';
import { limitError } from '../diag/limit-error.ts';
import type { Limits } from '../lib/limits.ts';

/** Limits that count over the whole image. */
type Shared = 'totalBytes' | 'entries' | 'metadataBytes';

/** What all layers of one target may cost together. */
export interface Budget {
  readonly limits: Limits;
  /** Says what a layer has come to. @throws PlimsollError PL0107 */
  spend(name: Shared, layer: number, amount: number, what: string, at: Location): void;
}

/** A budget that nothing was taken from. */
export function budgetOf(limits: Limits): Budget {
  const spent: Readonly<Record<Shared, number[]>> = {
    totalBytes: [],
    entries: [],
    metadataBytes: [],
  };
  const total: Record<Shared, number> = { totalBytes: 0, entries: 0, metadataBytes: 0 };
  return {
    limits,
    spend(name, layer, amount, what, at) {
      const before = spent[name][layer] ?? 0;
      if (amount <= before) return;
      spent[name][layer] = amount;
      total[name] += amount - before;
      if (total[name] > limits[name]) throw limitError(name, limits, what, total[name], at);
    },
  };
}
