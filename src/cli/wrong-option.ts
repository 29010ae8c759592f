// What is said of an option's value that means nothing, and how values are cut apart.
import { PlimsollError } from '../diag/plimsoll-error.ts';

/** The error for a value that an option does not take. */
export function wrongOption(option: string, value: string, expected: string): PlimsollError {
  return new PlimsollError(
    'PL0001',
    `invalid argument ${JSON.stringify(value)} for ${option}: expected ${expected}`,
    {
      help: 'see the options: the same command with --help',
    },
  );
}

/** The error for options that exclude each other, in docker's words. */
export function conflictingOptions(what: string, help: string): PlimsollError {
  return new PlimsollError('PL0001', `conflicting options: ${what}`, { help });
}

/** Splits at the first `by`; undefined where it is missing or nothing stands before it. */
export function cut(text: string, by: string): readonly [string, string] | undefined {
  const at = text.indexOf(by);
  return at < 1 ? undefined : [text.slice(0, at), text.slice(at + by.length)];
}

/**
 * Fields of a line of comma-separated values (RFC 4180: a field that begins with a double quote ends with one, and two
 * stand for one in it); undefined where a quote is not closed.
 */
export function commaFields(line: string): readonly string[] | undefined {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let field: string;
    if (line[at] === '"') {
      const [whole, inner] = /^"((?:[^"]|"")*)"(?=,|$)/.exec(line.slice(at)) ?? [];
      if (whole === undefined || inner === undefined) return undefined;
      field = inner.replaceAll('""', '"');
      at += whole.length;
    } else {
      const end = line.indexOf(',', at);
      field = line.slice(at, end < 0 ? undefined : end);
      at = end < 0 ? line.length : end;
    }
    fields.push(field);
    if (at >= line.length) return fields;
    at++;
  }
}
