// Linux capabilities of a container: what the engine gives by default, and what its options change.
import type { Offer } from './offer.ts';

/** The container's bounding set (CAP_ names), or undefined where the offer does not tell. */
export function boundingSet(offer: Offer): ReadonlySet<string> | undefined {
  const listed = offer.container?.capabilities;
  return listed === undefined ? undefined : new Set(listed);
}
