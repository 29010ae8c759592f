// Keys from the bytes that a terminal sends: ECMA-48 sequences as xterm and its kin have them (ctlseqs), control characters,
// plain characters.

/** A key: a name for what is no character. */
export type Key = string;

const sequences: Readonly<Record<string, Key>> = {
  '[A': 'up',
  '[B': 'down',
  '[C': 'right',
  '[D': 'left',
  OA: 'up',
  OB: 'down',
  OC: 'right',
  OD: 'left',
  '[H': 'home',
  '[F': 'end',
  OH: 'home',
  OF: 'end',
  '[1~': 'home',
  '[4~': 'end',
  '[7~': 'home',
  '[8~': 'end',
  '[5~': 'page-up',
  '[6~': 'page-down',
  '[3~': 'delete',
  '[Z': 'back-tab',
};

const controls: Readonly<Record<string, Key>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x01': 'home',
  '\x02': 'page-up',
  '\x03': 'ctrl-c',
  '\x04': 'half-down',
  '\x05': 'end',
  '\x06': 'page-down',
  '\x0c': 'redraw',
  '\x15': 'half-up',
  '\x1a': 'ctrl-z',
};

/** Keys, and the beginning of a sequence whose rest is still to come. */
export interface ReadKeys {
  readonly keys: readonly Key[];
  readonly rest: string;
}

/** Reads keys. A sequence that is not known is no key. */
export function parseKeys(bytes: string): ReadKeys {
  const keys: Key[] = [];
  let at = 0;
  while (at < bytes.length) {
    const character = String.fromCodePoint(bytes.codePointAt(at) ?? 0);
    if (character !== '\x1b') {
      const control = Object.hasOwn(controls, character) ? controls[character] : undefined;
      if (control !== undefined) keys.push(control);
      else if (character >= ' ') keys.push(character);
      at += character.length;
      continue;
    }
    const sequence = /^\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O[@-~])/.exec(bytes.slice(at))?.[0];
    if (sequence !== undefined) {
      const name = sequence.slice(1);
      if (Object.hasOwn(sequences, name)) keys.push(sequences[name] ?? '');
      at += sequence.length;
      continue;
    }
    if (/^\x1b(?:\[[0-9;?]*[ -/]*|O)?$/.test(bytes.slice(at)))
      return { keys, rest: bytes.slice(at) };
    keys.push('escape');
    at += 1;
  }
  return { keys, rest: '' };
}
