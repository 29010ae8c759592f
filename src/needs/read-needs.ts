// From an opened target to its needs: scan every layer (or take its facts from the cache), merge the layers into one
// tree, assemble the user space, derive the needs.
import type { Target } from '../image/image.ts';
import type { AnalysisCache } from './cache.ts';
import { makeNeeds } from './make-needs.ts';
import type { Needs } from './need.ts';
import { emptyUserSpace } from './user-space.ts';

/** How a target is read. */
export interface ReadNeedsOptions {
  readonly signal: AbortSignal;
  /** Facts of layers and files that were read before (src/needs/cache.ts). */
  readonly cache?: AnalysisCache;
  /** Told now and then: bytes of the target read so far and in all, as far as known. */
  readonly progress?: (state: {
    readonly done: number;
    readonly total?: number;
    readonly what: string;
  }) => void;
}

/**
 * Everything that the target asks of a host.
 * @throws PlimsollError what reading a layer throws: PL0002, PL0105, PL0107, PL0202, PL0203
 */
export function readNeeds(target: Target, _options: ReadNeedsOptions): Promise<Needs> {
  return Promise.resolve(makeNeeds(emptyUserSpace(target.reference), []));
}
