// Patterns of Go's path.Match, which docker's filters use: * is any run of characters but /, ? any one but /, [a-z] and
// [^a-z] a class, \ takes the next character as it is.

/** The pattern as a regular expression of the whole text; undefined when it is malformed. */
export function pathPattern(pattern: string): RegExp | undefined {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === '*') {
      // A run of stars is one: nothing to try again in many ways.
      if (pattern[at - 1] !== '*') source += '[^/]*';
    } else if (character === '?') {
      source += '[^/]';
    } else if (character === '[') {
      const end = pattern.indexOf(']', at + 2);
      if (end < 0) return undefined;
      const negated = pattern[at + 1] === '^';
      const members = pattern.slice(at + (negated ? 2 : 1), end).replace(/[\\\]^[]/g, '\\$&');
      source += `[${negated ? '^/' : ''}${members}]`;
      at = end;
    } else if (character === '\\') {
      at++;
      if (at >= pattern.length) return undefined;
      source += literal(pattern.charAt(at));
    } else {
      source += literal(character);
    }
  }
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    // A class whose range runs backwards.
    return undefined;
  }
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
}
