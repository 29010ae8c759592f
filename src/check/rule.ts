import type { Offer } from '../host/offer.ts';
import type { Needs } from '../needs/need.ts';
import type { Finding } from './finding.ts';

/** A rule family written in code: needs and one offer in, findings out. Pure. */
export interface Rule {
  readonly id: string;
  run(needs: Needs, offer: Offer): Iterable<Finding>;
}
