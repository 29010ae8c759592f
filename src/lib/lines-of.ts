/** The lines of a text that comes in pieces, as they become whole; one without an end at the last. */
export async function* linesOf(pieces: AsyncIterable<unknown>): AsyncGenerator<string, undefined> {
  let rest = '';
  for await (const chunk of pieces) {
    rest += String(chunk);
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      yield rest.slice(0, end);
      rest = rest.slice(end + 1);
    }
  }
  if (rest.trim() !== '') yield rest;
  return undefined;
}
