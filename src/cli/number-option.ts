import { PlimsollError } from '../diag/plimsoll-error.ts';

/** The number that an option was given. @throws PlimsollError PL0001 */
export function numberOption(name: string, text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new PlimsollError('PL0001', `invalid argument ${JSON.stringify(text)} for ${name}`, {
    help: 'write a number',
  });
}
