// Words of a shell command line, as far as they can be told without running it: quotes removed, variables that are
// known replaced, and a note of what else the shell would do.

/** A simple command. */
export interface SimpleCommand {
  readonly words: readonly string[];
  /** False where substitutions, globs or unknown variables keep a word from being known. */
  readonly known: boolean;
}

const assignment = /^[A-Za-z_][A-Za-z0-9_]*=/;

/** Splits a line at ; && || | & and newlines outside quotes, at most 400 commands. */
export function splitCommands(line: string): readonly string[] {
  const commands: string[] = [];
  let current = '';
  let quote = '';
  for (let at = 0; at < line.length && commands.length < 400; at++) {
    const character = line[at] ?? '';
    if (quote !== '') {
      current += character;
      if (character === '\\' && quote === '"') current += line[++at] ?? '';
      else if (character === quote) quote = '';
    } else if (character === '\\') {
      current += character + (line[++at] ?? '');
    } else if (character === '"' || character === "'") {
      quote = character;
      current += character;
    } else if (character === '#' && /(^|\s)$/.test(current)) {
      while (at + 1 < line.length && line[at + 1] !== '\n') at++;
    } else if (character === '&' && (line[at - 1] === '>' || line[at + 1] === '>')) {
      current += character;
    } else if (/[;&|\n]/.test(character)) {
      if (current.trim() !== '') commands.push(current.trim());
      current = '';
    } else {
      current += character;
    }
  }
  if (current.trim() !== '') commands.push(current.trim());
  return commands;
}

/** One simple command's words; leading assignments and redirections are dropped. */
export function parseCommand(
  text: string,
  variables: Readonly<Record<string, string>>,
): SimpleCommand {
  const words: string[] = [];
  let known = true;
  const pieces =
    text.replaceAll('\\\n', ' ').match(/(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g) ??
    [];
  for (let at = 0; at < pieces.length && words.length < 200; at++) {
    const piece = pieces[at] ?? '';
    if (/^\d*(?:>>?|<)(?:&\d*-?|&?)$/.test(piece)) {
      if (/[<>&]$/.test(piece) && !/&\d*-?$/.test(piece.replace(/^\d*/, ''))) at++;
      continue;
    }
    if (/^\d*(?:>|<)/.test(piece) || /^&>/.test(piece)) continue;
    if (words.length === 0 && assignment.test(piece)) continue;
    const word = expandWord(piece, variables);
    if (word === undefined) known = false;
    words.push(word ?? piece);
  }
  return { words, known };
}

/** A word without its quotes and with known variables replaced; undefined where something stays unknown. "$@" stays. */
export function expandWord(
  piece: string,
  variables: Readonly<Record<string, string>>,
): string | undefined {
  if (/^"?\$(?:@|\{@\}|\*)"?$/.test(piece)) return '$@';
  let known = true;
  const replaced = piece.replace(
    /'([^']*)'|\\([\s\S])|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}$`]*))?\}|\$([A-Za-z_][A-Za-z0-9_]*)|(\$[({0-9@*#?!$-]|`)|"/g,
    (
      _all,
      single?: string,
      escaped?: string,
      braced?: string,
      fallback?: string,
      plain?: string,
      other?: string,
    ) => {
      if (single !== undefined) return single;
      if (escaped !== undefined) return escaped;
      if (other !== undefined) known = false;
      const name = braced ?? plain;
      if (name === undefined) return '';
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (value !== undefined && value !== '') return value;
      if (fallback !== undefined) return fallback;
      known = false;
      return '';
    },
  );
  return known ? replaced : undefined;
}
