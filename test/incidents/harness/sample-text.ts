// Some text that a regular expression matches: literals, classes, groups, alternatives and quantifiers, each taken the
// shortest way. Assertions are passed over, and the result is tried: undefined where it does not match after all.

interface Cursor {
  readonly pattern: string;
  at: number;
}

/** A text that the pattern matches, or undefined. */
export function sampleText(pattern: string): string | undefined {
  const regex = new RegExp(pattern, 'm');
  const made = alternatives({ pattern, at: 0 });
  return [made, ...spaced(made)].find((text) => regex.test(text));
}

/** What assertions may have wanted around it. */
const spaced = (text: string): string[] => [` ${text} `, `x ${text}`, `${text} x`, `x ${text} x`];

function alternatives(cursor: Cursor): string {
  const found: string[] = [sequence(cursor)];
  while (cursor.pattern[cursor.at] === '|') {
    cursor.at++;
    found.push(sequence(cursor));
  }
  return found.find((text) => text !== '') ?? '';
}

function sequence(cursor: Cursor): string {
  let out = '';
  while (cursor.at < cursor.pattern.length && !'|)'.includes(cursor.pattern[cursor.at] ?? '')) {
    const atom = atomText(cursor);
    out += atom.repeat(times(cursor));
  }
  return out;
}

/** The least count that a quantifier allows. */
function times(cursor: Cursor): number {
  const rest = cursor.pattern.slice(cursor.at);
  const [whole, , least] = /^(?:([*+?])|\{(\d+)(?:,\d*)?\})\??/.exec(rest) ?? [''];
  cursor.at += whole.length;
  if (whole === '' || whole[0] === '+') return 1;
  return least === undefined ? 0 : Number(least);
}

function atomText(cursor: Cursor): string {
  const char = cursor.pattern[cursor.at++] ?? '';
  if (char === '^' || char === '$') return '';
  if (char === '.') return 'x';
  if (char === '\\') return escaped(cursor.pattern[cursor.at++] ?? '');
  if (char === '[') return classText(cursor);
  if (char !== '(') return char;
  const kind = /^\?(?::|=|!|<=|<!)/.exec(cursor.pattern.slice(cursor.at))?.[0] ?? '';
  cursor.at += kind.length;
  const inner = alternatives(cursor);
  cursor.at++;
  return kind === '' || kind === '?:' ? inner : '';
}

function escaped(char: string): string {
  if (char === 'b' || char === 'B') return '';
  return { s: ' ', S: 'x', d: '1', w: 'x', W: ' ', n: '\n', t: '\t' }[char] ?? char;
}

function classText(cursor: Cursor): string {
  const from = cursor.at;
  const negated = cursor.pattern[cursor.at] === '^';
  while (cursor.at < cursor.pattern.length && cursor.pattern[cursor.at] !== ']')
    cursor.at += cursor.pattern[cursor.at] === '\\' ? 2 : 1;
  const inner = cursor.pattern.slice(from, cursor.at++);
  if (negated) return ['x', '1', '/', ' '].find((one) => new RegExp(`[${inner}]`).test(one)) ?? 'x';
  return inner[0] === '\\' ? escaped(inner[1] ?? '') : (inner[0] ?? '');
}
