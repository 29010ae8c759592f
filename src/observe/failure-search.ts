// Which restrictions stand in the way, in few runs. What a failed run wrote speaks for some of them: the likeliest is lifted,
// and where the failure is another one then, that was one of several, and the next is looked for by the new failure. Where
// nothing speaks for any, all are lifted and halved (smallest-change.ts).
import { smallestChange } from './smallest-change.ts';

/** How a run failed, as far as the next step hangs on it. */
export interface Failure {
  readonly works: boolean;
  /** What it showed, for the hints. */
  readonly evidence: string;
}

/** What is searched. */
export interface FailureSearch<T> {
  /** Runs with these lifted. The same set is not run twice. */
  attempt(lifted: readonly T[]): Promise<Failure>;
  /** All that can be lifted, the likeliest first by this evidence, and how many of them it speaks for. */
  order(evidence: string): { readonly candidates: readonly T[]; readonly spokenFor: number };
}

/** Likely ones that are tried by themselves before all are lifted. */
const mostGuesses = 4;
/** Causes that hide each other. */
const mostStages = 4;

/** Two failures are the same where they differ in long numbers only: addresses, processes, times. */
function sameFailure(one: Failure, other: Failure): boolean {
  const plain = ({ evidence }: Failure): string => evidence.replaceAll(/0x[0-9a-f]+|\d{4,}/gi, '0');
  return one.works === other.works && plain(one) === plain(other);
}

/** A smallest set with which it works; undefined where it fails with all of them. `first`: the run as it is. */
export async function searchFailure<T>(
  first: Failure,
  { attempt, order }: FailureSearch<T>,
): Promise<readonly T[] | undefined> {
  let base: readonly T[] = [];
  let failure = first;
  for (let stage = 0; stage < mostStages; stage++) {
    const { candidates, spokenFor } = order(failure.evidence);
    const open = candidates.filter((one) => !base.includes(one));
    const likely = open.slice(0, Math.min(spokenFor, mostGuesses));
    let next: readonly T[] | undefined;
    for (const one of likely) {
      const tried = await attempt([...base, one]);
      if (tried.works) return withoutNeedless([...base, one], attempt);
      if (sameFailure(tried, failure)) continue;
      next = [...base, one];
      failure = tried;
      break;
    }
    if (next === undefined) {
      if (!(await attempt([...base, ...open])).works) return undefined;
      const rest = await smallestChange(open, async (some) =>
        attempt([...base, ...some]).then(({ works }) => works),
      );
      return rest === undefined ? undefined : withoutNeedless([...base, ...rest], attempt, rest);
    }
    base = next;
  }
  const { candidates } = order(failure.evidence);
  return smallestChange(candidates, async (some) => attempt(some).then(({ works }) => works));
}

/** Leaves out what only changed the failure. The last one is needed, and so are those of `needed`. */
async function withoutNeedless<T>(
  found: readonly T[],
  attempt: FailureSearch<T>['attempt'],
  needed: readonly T[] = found.slice(-1),
): Promise<readonly T[]> {
  let kept = found;
  for (const one of found) {
    if (needed.includes(one)) continue;
    const less = kept.filter((other) => other !== one);
    if ((await attempt(less)).works) kept = less;
  }
  return kept;
}
