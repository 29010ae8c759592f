// The names that a mistyped one may mean.

/** How many single letters are to be put in, taken out, replaced, or swapped with their neighbour (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(
        Math.min(
          (next[j - 1] ?? 0) + 1,
          (row[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Longer words are cut before they are compared: what a user types is short, what a file holds may not be. */
const longest = 64;

/** Up to `most` known names near a word, nearest first; none when nothing is near. Upper and lower case count as same. */
export function nearestNames(word: string, known: Iterable<string>, most = 3): readonly string[] {
  const short = word.slice(0, longest).toLowerCase();
  const within = Math.max(2, Math.floor(short.length / 3));
  return [...known]
    .map((name) => ({ name, far: editDistance(short, name.slice(0, longest).toLowerCase()) }))
    .filter(({ far }) => far <= within)
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name);
}
