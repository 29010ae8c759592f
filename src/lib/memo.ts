// Keeps the answers of a pure function of one text. Tables are searched with the same few versions over and over, and
// reading each costs more than comparing it.

/** Longer texts are not kept: they are nobody's version. */
const longest = 64;

/** The function with a memory of up to `most` answers; when it is full it starts anew. */
export function memoized<T>(answer: (text: string) => T, most = 2000): (text: string) => T {
  const kept = new Map<string, T>();
  return (text) => {
    if (text.length > longest) return answer(text);
    const known = kept.get(text);
    if (known !== undefined) return known;
    const fresh = answer(text);
    if (kept.size >= most) kept.clear();
    kept.set(text, fresh);
    return fresh;
  };
}
