import { PlimsollError } from '../diag/plimsoll-error.ts';

/** NAME=VALUE of an option that may be repeated; a name alone has an empty value. @throws PlimsollError PL0001 */
export function namedValues(
  option: string,
  texts: readonly string[] = [],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at === 0 || text === '')
        throw new PlimsollError(
          'PL0001',
          `invalid argument ${JSON.stringify(text)} for ${option}`,
          {
            help: `write ${option} NAME=VALUE`,
          },
        );
      return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
