// Keys that leave a container to itself (--detach-keys): ctrl-p ctrl-q, as docker has it.
import { PlimsollError } from '../diag/plimsoll-error.ts';

/** What is typed at a prompt: the bytes that are passed on, and whether the keys for leaving came. */
export type DetachFilter = (bytes: Buffer) => { readonly bytes: Buffer; readonly leaves: boolean };

const defaultKeys = 'ctrl-p,ctrl-q';

/** The bytes of keys as 'a,ctrl-x' names them. @throws PlimsollError PL0001 */
export function parseDetachKeys(text: string): readonly number[] {
  return text.split(',').map((key) => {
    const [, control] = /^ctrl-([a-z@[\]\\^_])$/.exec(key) ?? [];
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) & 0x1f;
    if (/^[\x20-\x7e]$/.test(key)) return key.charCodeAt(0);
    throw new PlimsollError('PL0001', `invalid detach keys (${text})`, {
      help: "write them as 'ctrl-p,ctrl-q' or 'a': letters, and ctrl- with a letter or one of @[]\\^_",
    });
  });
}

/** Looks for the keys in what is typed. An empty text switches them off. @throws PlimsollError PL0001 */
export function detachFilter(text = defaultKeys): DetachFilter {
  if (text === '') return (bytes) => ({ bytes, leaves: false });
  const keys = parseDetachKeys(text);
  let matched = 0;
  return (bytes) => {
    const passed: number[] = [];
    for (const byte of bytes) {
      if (byte === keys[matched]) {
        matched++;
        if (matched === keys.length) return { bytes: Buffer.from(passed), leaves: true };
        continue;
      }
      // What looked like the beginning was meant for the container.
      passed.push(...keys.slice(0, matched));
      matched = byte === keys[0] ? 1 : 0;
      if (matched === 0) passed.push(byte);
    }
    return { bytes: Buffer.from(passed), leaves: false };
  };
}
