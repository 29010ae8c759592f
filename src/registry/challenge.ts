// WWW-Authenticate (RFC 9110, 11.6.1): one or more challenges, each a scheme with parameters, all separated by commas;
// several headers come joined the same way. Values are tokens or quoted strings with backslash escapes.

/** How a registry wants to know who asks. */
export interface Challenge {
  /** Lower case: 'basic', 'bearer', 'negotiate'. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
/** What Negotiate and the like carry in place of parameters. */
const token68 = /[A-Za-z0-9\-._~+/]+=*(?=\s*(?:,|$))/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;
const equals = /[ \t]*=[ \t]*/y;
const space = /[ \t]+/y;
const separators = /[ \t,]*/y;
/** Longer headers are nobody's. */
const longest = 16 * 1024;

/** The challenges of a header's text; what cannot be read ends the list. */
export function parseChallenges(text: string): readonly Challenge[] {
  const header = text.slice(0, longest);
  const challenges: { readonly scheme: string; readonly parameters: Record<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match === null) return undefined;
    at = pattern.lastIndex;
    return match[1] ?? match[0];
  };
  for (take(separators); at < header.length; take(separators)) {
    const word = take(token);
    if (word === undefined) break;
    const current = challenges.at(-1);
    if (current !== undefined && take(equals) !== undefined) {
      const value = take(quoted)?.replace(/\\(.)/g, '$1') ?? take(token) ?? '';
      const name = word.toLowerCase();
      // The first one counts; "__proto__" would be the object's own business.
      if (name !== '__proto__') current.parameters[name] ??= value;
      continue;
    }
    challenges.push({ scheme: word.toLowerCase(), parameters: {} });
    if (take(space) === undefined) continue;
    const before = at;
    // "Basic realm" is a parameter, "Negotiate YII=" is not.
    if (
      take(token) !== undefined &&
      take(equals) !== undefined &&
      !/[\s,]?$/.test(header.slice(at, at + 1))
    ) {
      at = before;
      continue;
    }
    at = before;
    take(token68);
  }
  return challenges;
}
