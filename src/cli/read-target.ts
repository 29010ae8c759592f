// Reads what is in a target, with what is kept of it, for commands that look at more than one part of it.
import type { Target } from '../image/image.ts';
import { formatBytes } from '../lib/byte-count.ts';
import type { AnalysisCache } from '../needs/cache.ts';
import type { Needs } from '../needs/need.ts';
import { readNeeds } from '../needs/read-needs.ts';
import { KeptFactsLost } from '../needs/snapshot.ts';
import type { Context } from './context.ts';

/**
 * Hands the needs of a target on; once more with all of it read anew where what was kept turns out to be lost.
 * @throws PlimsollError as readNeeds
 */
export async function withNeeds<T>(
  target: Target,
  cache: AnalysisCache | undefined,
  { signal, progress }: Context,
  use: (needs: Needs) => Promise<T>,
): Promise<T> {
  const attempt = async (asIfNew: boolean): Promise<T> =>
    use(
      await readNeeds(target, {
        signal,
        asIfNew,
        ...(cache === undefined ? {} : { cache }),
        progress: ({ done, total, what }) => {
          const shown = what === 'bytes' ? formatBytes : String;
          const of = total === undefined ? '' : ` of ${shown(total)}`;
          progress.update(`reading ${what} of ${target.reference}: ${shown(done)}${of}`);
        },
      }),
    );
  try {
    return await attempt(false);
  } catch (error) {
    if (error instanceof KeptFactsLost) return attempt(true);
    throw error;
  }
}
