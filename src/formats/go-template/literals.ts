// Go's string and character literals: the specification of the language, "String literals" and "Rune literals".
import { type Position, TemplateError } from './syntax.ts';

const simple: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** The value of a literal with its quotes; a character is a number, as in Go. @throws TemplateError */
export function parseString(literal: string, at: Position): string | number {
  const body = literal.slice(1, -1);
  if (literal.startsWith('`')) return body;
  const text = body.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|(.))/gsu,
    (whole, hex, short, long, octal, letter) => {
      const code = hex ?? short ?? long;
      if (code !== undefined) return characterOf(Number.parseInt(code, 16), whole, at);
      if (octal !== undefined) return characterOf(Number.parseInt(octal, 8), whole, at);
      const plain = Object.hasOwn(simple, letter) ? simple[letter] : undefined;
      if (plain === undefined) throw new TemplateError(at, `unknown escape ${whole} in a string`);
      return plain;
    },
  );
  if (!literal.startsWith("'")) return text;
  const [first, ...more] = text;
  if (first === undefined || more.length > 0)
    throw new TemplateError(at, `malformed character constant: ${literal}`);
  return first.codePointAt(0) ?? 0;
}

function characterOf(code: number, written: string, at: Position): string {
  if (code > 0x10ffff) throw new TemplateError(at, `escape ${written} is no character`);
  return String.fromCodePoint(code);
}
