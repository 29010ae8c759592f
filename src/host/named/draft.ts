// An offer while it is put together.
import type { Offer } from '../offer.ts';

/** An offer that can still be changed. */
export type Draft = { -readonly [K in keyof Offer]: Offer[K] };

/** A draft to change, that shares nothing with the offer it is made from. */
export function draftOf(offer: Offer): Draft {
  return structuredClone(offer);
}

/** Notes where a part comes from. */
export function note(draft: Draft, part: string, source: string): void {
  draft.sources = { ...draft.sources, [part]: source };
}

/** Sets settings and where they come from. */
export function setSettings(
  draft: Draft,
  settings: Readonly<Record<string, string>>,
  source: string,
): void {
  draft.sysctls = { ...draft.sysctls, ...settings };
  for (const name of Object.keys(settings)) note(draft, `sysctls.${name}`, source);
}
