// License expressions of SPDX (specification 2.3, annex D): which texts of package databases are one. What is not is told
// as it stands, never guessed at.
import exceptions from 'spdx-exceptions/index.json' with { type: 'json' };
import retired from 'spdx-license-ids/deprecated.json' with { type: 'json' };
import identifiers from 'spdx-license-ids/index.json' with { type: 'json' };

const known = new Map([...identifiers, ...retired].map((id) => [id.toLowerCase(), id]));
const knownExceptions = new Map(exceptions.map((id) => [id.toLowerCase(), id]));

/** Words that one expression may have: a longer one is made to keep us busy. */
const maximumWords = 200;

/** The identifier as SPDX writes it; undefined when it is none. */
export function spdxIdOf(text: string): string | undefined {
  return known.get(text.toLowerCase());
}

/** One license, perhaps with "+". */
function licenseOf(word: string | undefined): string | undefined {
  if (word === undefined) return undefined;
  const id = spdxIdOf(word);
  if (id !== undefined) return id;
  const plain = word.endsWith('+') ? spdxIdOf(word.slice(0, -1)) : undefined;
  return plain === undefined ? undefined : `${plain}+`;
}

/** The expression as SPDX writes it; undefined when the text is none. */
export function spdxExpressionOf(text: string): string | undefined {
  const words = text.match(/[()]|[^\s()]+/g) ?? [];
  if (words.length === 0 || words.length > maximumWords) return undefined;
  const out: string[] = [];
  let at = 0;
  const simple = (): boolean => {
    if (words[at] === '(') {
      out.push('(');
      at += 1;
      if (!compound() || words[at] !== ')') return false;
      out.push(')');
      at += 1;
      return true;
    }
    const license = licenseOf(words[at]);
    if (license === undefined) return false;
    out.push(license);
    at += 1;
    if (words[at]?.toUpperCase() !== 'WITH') return true;
    const exception = knownExceptions.get(words[at + 1]?.toLowerCase() ?? '');
    if (exception === undefined) return false;
    out.push('WITH', exception);
    at += 2;
    return true;
  };
  const compound = (): boolean => {
    if (!simple()) return false;
    while (/^(?:AND|OR)$/i.test(words[at] ?? '')) {
      out.push((words[at] ?? '').toUpperCase());
      at += 1;
      if (!simple()) return false;
    }
    return true;
  };
  if (!compound() || at < words.length) return undefined;
  return out.join(' ').replaceAll('( ', '(').replaceAll(' )', ')');
}
