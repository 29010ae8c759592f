// Which changes are needed, in few tries: each try is a run of a container, which costs time. Divide and conquer for a
// smallest set that works (QuickXplain: U. Junker, AAAI 2004), since two causes can hide each other and either alone
// changes nothing. Candidates that are likelier come first and are tried alone before all.

/** A smallest set of candidates with which it works; undefined where it does not work with all of them. */
export async function smallestChange<T>(
  candidates: readonly T[],
  works: (chosen: readonly T[]) => Promise<boolean>,
): Promise<readonly T[] | undefined> {
  const known = new Map<string, Promise<boolean>>();
  const place = new Map(candidates.map((one, index) => [one, index]));
  const test = (chosen: readonly T[]): Promise<boolean> => {
    const key = chosen
      .map((one) => place.get(one) ?? -1)
      .toSorted((a, b) => a - b)
      .join(' ');
    const before = known.get(key);
    if (before !== undefined) return before;
    const answer = works(chosen);
    known.set(key, answer);
    return answer;
  };
  const narrow = async (
    base: readonly T[],
    added: boolean,
    among: readonly T[],
  ): Promise<readonly T[]> => {
    if (added && (await test(base))) return [];
    if (among.length === 1) return among;
    const middle = Math.ceil(among.length / 2);
    const [first, second] = [among.slice(0, middle), among.slice(middle)];
    const ofSecond = await narrow([...base, ...first], true, second);
    const ofFirst = await narrow([...base, ...ofSecond], ofSecond.length > 0, first);
    return [...ofFirst, ...ofSecond];
  };
  const [likeliest] = candidates;
  if (likeliest === undefined) return undefined;
  if (await test([likeliest])) return [likeliest];
  if (candidates.length === 1 || !(await test(candidates))) return undefined;
  return narrow([], false, candidates);
}
