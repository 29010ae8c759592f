// What the values of several qualifiers have in common: versions, and words of a closed list with the nearest ones to a
// misspelt one.
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { nearestNames } from '../../lib/nearest.ts';
import { wrong } from './qualifier.ts';

/** "20.10.24", "v1.7", "1.0.0-rc93", "20.10.24+dfsg1-1ubuntu2", "570.86.15". */
const version = /^v?\d+(?:\.\d+)*(?:[-+~:.]?[a-z0-9]+)*$/i;

/** The value, when it reads as a version. @throws PlimsollError PL0301 */
export function versionOf(form: string, value: string, example: string): string {
  if (value.length > 64 || !version.test(value)) throw wrong(form, value, example);
  return value.replace(/^v(?=\d)/i, '');
}

/** The value, when it is one of the words. @throws PlimsollError PL0301, naming the nearest */
export function wordOf(form: string, value: string, words: readonly string[]): string {
  if (words.includes(value)) return value;
  const near = nearestNames(value, words, 3);
  throw new PlimsollError('PL0301', `'${value}' does not fit the qualifier ${form}`, {
    notes: [`there are: ${words.join(', ')}`],
    ...(near.length > 0 ? { help: `did you mean ${near.join(' or ')}?` } : {}),
  });
}
