// Text for terminals that show ASCII only: the signs that reports use, as near as ASCII has them, one column for one
// where a table depends on it.

const signs: Readonly<Record<string, string>> = {
  '✓': '+',
  '✗': 'x',
  '→': '->',
  '≥': '>=',
  '≤': '<=',
  '–': '-',
  '—': '-',
  '×': 'x',
  '·': '-',
  '’': "'",
  '“': '"',
  '”': '"',
  '\u00a0': ' ',
};

/** The text in ASCII. Letters lose their accents; what has no counterpart becomes a question mark. */
export function toAscii(text: string): string {
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  return (
    text
      // An ellipsis that cuts a word short stands in a column of its own: it must not get wider.
      .replace(/(?<=\S)…|…(?=\S)/g, '~')
      .replaceAll('…', '...')
      .normalize('NFD')
      .replace(/\p{M}/gu, '')
      .replace(/[^\x00-\x7f]/gu, (sign) => signs[sign] ?? '?')
  );
}

/** POSIX, "Internationalization Variables": the first of the three that is set says which characters there are. */
export function isAsciiLocale(environment: Readonly<Record<string, string | undefined>>): boolean {
  const locale = environment['LC_ALL'] || environment['LC_CTYPE'] || environment['LANG'];
  // Containers and services set none of them, and what reads their output takes UTF-8.
  return locale !== undefined && locale !== '' && !/utf-?8/i.test(locale);
}
