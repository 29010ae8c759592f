// Cuts shell text into simple commands, tolerantly: it never fails, and what it cannot tell (the value of a variable,
// which branch is taken) it leaves as text. Quotes, comments, continued lines, here-documents, command substitutions,
// groups, case patterns and redirections are understood, so that "modprobe" in a comment or a here-document is no
// command. Source: POSIX.1-2024, Shell Command Language, sections 2.2-2.10.

/** One word, quotes removed; expansions stay as written ("$1", "${x:-y}"). */
export type Word = string;

/** One redirection of a command. */
export interface Redirection {
  readonly kind: 'read' | 'write';
  readonly path: Word;
}

/** A simple command: assignments in front of it are dropped. */
export interface SimpleCommand {
  readonly words: readonly Word[];
  readonly redirections: readonly Redirection[];
  /** Line of the first word, from 1. */
  readonly line: number;
  /** Nesting in functions, groups and substitutions; 0 at the top. */
  readonly depth: number;
}

/** Bounds: a script's size is the caller's; these are on nesting and on the number of commands. */
const maxDepth = 50;
const maxCommands = 20000;

interface State {
  readonly text: string;
  at: number;
  line: number;
  readonly out: SimpleCommand[];
  /** Here-documents whose text begins after the next newline. */
  readonly pending: { readonly end: string; readonly tabs: boolean }[];
}

/** All simple commands of a script, substitutions included, in the order of their ends. */
export function shellCommands(text: string): readonly SimpleCommand[] {
  const state: State = { text, at: 0, line: 1, out: [], pending: [] };
  while (state.at < text.length && state.out.length < maxCommands) {
    readList(state, 0, undefined);
    // A closing bracket without its opening one: go on behind it.
    state.at++;
  }
  return state.out;
}

/** Words after which a command begins. */
const opening = new Set(['if', 'then', 'else', 'elif', 'while', 'until', 'do', '!', '{', 'time']);
const closing = new Set(['fi', 'done', 'esac', '}']);

/** Reads commands up to an unquoted `closer` (left standing) or the end. */
function readList(state: State, depth: number, closer: string | undefined): void {
  const { text, out } = state;
  let words: Word[] = [];
  let redirections: Redirection[] = [];
  let line = state.line;
  let braces = 0;
  /** 'subject': between case and in; 'pattern': before ")" of a case branch. */
  const cases: ('subject' | 'pattern' | 'body')[] = [];
  const finish = (): void => {
    if (words.length > 0 || redirections.length > 0) {
      out.push({ words, redirections, line, depth: depth + braces });
    }
    words = [];
    redirections = [];
  };
  while (state.at < text.length && out.length < maxCommands) {
    const char = text[state.at] ?? '';
    if (char === '\n') {
      finish();
      state.at++;
      state.line++;
      skipHereDocuments(state);
    } else if (char === ' ' || char === '\t') {
      state.at++;
    } else if (char === '\\' && text[state.at + 1] === '\n') {
      state.at += 2;
      state.line++;
    } else if (char === '#') {
      skipLine(state);
    } else if (char === closer && !(char === ')' && cases.at(-1) === 'pattern')) {
      finish();
      return;
    } else if (char === ')' && cases.at(-1) === 'pattern') {
      cases[cases.length - 1] = 'body';
      words = [];
      state.at++;
    } else if (char === ')') {
      finish();
      if (closer === undefined && depth === 0) state.at++;
      else return;
    } else if (char === '(') {
      state.at++;
      if (text[state.at] === ')') {
        // name(): a function; its name is no command.
        state.at++;
        words = [];
      } else if (cases.at(-1) !== 'pattern') {
        finish();
        if (depth < maxDepth) readList(state, depth + 1, ')');
        if (text[state.at] === ')') state.at++;
      }
    } else if (char === ';' || char === '&' || char === '|') {
      if (char === '&' && text[state.at + 1] === '>') {
        state.at++;
        readRedirection(state, depth, redirections);
        continue;
      }
      const branchEnd = char === ';' && (text[state.at + 1] === ';' || text[state.at + 1] === '&');
      if (cases.at(-1) !== 'pattern') finish();
      else words = [];
      if (branchEnd && cases.at(-1) === 'body') cases[cases.length - 1] = 'pattern';
      state.at += branchEnd || text[state.at + 1] === char ? 2 : 1;
    } else if (char === '<' || char === '>') {
      if (text[state.at + 1] === '(') {
        // Process substitution.
        state.at += 2;
        if (depth < maxDepth) readList(state, depth + 1, ')');
        if (text[state.at] === ')') state.at++;
      } else {
        readRedirection(state, depth, redirections);
      }
    } else {
      const wordLine = state.line;
      const assignment = assigned.test(text.slice(state.at, state.at + 256));
      const { value, quoted } = readWord(state, depth);
      if (/^\d+$/.test(value) && (text[state.at] === '<' || text[state.at] === '>')) continue;
      if (cases.at(-1) === 'pattern') {
        if (value === 'esac' && !quoted) cases.pop();
        continue;
      }
      if (cases.at(-1) === 'subject') {
        if (value === 'in' && !quoted) cases[cases.length - 1] = 'pattern';
        continue;
      }
      if (words.length === 0 && assignment) {
        skipArray(state, depth);
        continue;
      }
      if (words.length === 0 && !quoted) {
        if (value === 'case') {
          cases.push('subject');
          continue;
        }
        if (value === 'esac') cases.pop();
        if (value === '{') braces++;
        if (value === '}') braces = Math.max(0, braces - 1);
        if (opening.has(value) || closing.has(value)) continue;
        if (value === 'function') {
          readBlank(state);
          readWord(state, depth);
          continue;
        }
      }
      if (words.length === 0) line = wordLine;
      words.push(value);
    }
  }
  finish();
}

const assigned = /^[A-Za-z_][A-Za-z0-9_]*(?:\[[^\]\s]*\])?\+?=/;

/** The words of name=( … ) are no commands. */
function skipArray(state: State, depth: number): void {
  if (state.text[state.at] !== '(' || depth >= maxDepth) return;
  state.at++;
  const kept = state.out.length;
  readList(state, depth + 1, ')');
  if (state.text[state.at] === ')') state.at++;
  state.out.length = kept;
}

function readBlank(state: State): void {
  while (state.text[state.at] === ' ' || state.text[state.at] === '\t') state.at++;
}

function skipLine(state: State): void {
  const end = state.text.indexOf('\n', state.at);
  state.at = end === -1 ? state.text.length : end;
}

function skipHereDocuments(state: State): void {
  for (const { end, tabs } of state.pending.splice(0)) {
    while (state.at < state.text.length) {
      const from = state.at;
      skipLine(state);
      const line = state.text.slice(from, state.at);
      if (state.at < state.text.length) {
        state.at++;
        state.line++;
      }
      if ((tabs ? line.replace(/^\t+/, '') : line) === end) break;
    }
  }
}

function readRedirection(state: State, depth: number, into: Redirection[]): void {
  const { text } = state;
  const operator =
    /^(?:<<<|<<-?|<>|<&|<|>>|>\||>&|>)/.exec(text.slice(state.at, state.at + 3))?.[0] ?? '<';
  state.at += operator.length;
  readBlank(state);
  const { value } = readWord(state, depth);
  if (operator === '<<' || operator === '<<-') {
    state.pending.push({ end: value, tabs: operator === '<<-' });
  } else if (operator !== '<<<' && value !== '' && !/^(?:\d+|-)$/.test(value)) {
    into.push({ kind: operator.startsWith('<') ? 'read' : 'write', path: value });
  }
}

/** Metacharacters; of the blanks only those that part words in every shell. */
const wordEnd = /[ \t\n;&|<>()]/;

function readWord(state: State, depth: number): { value: Word; quoted: boolean } {
  const { text } = state;
  let value = '';
  let quoted = false;
  while (state.at < text.length) {
    const char = text[state.at] ?? '';
    if (char === '\\') {
      if (text[state.at + 1] === '\n') state.line++;
      else value += text[state.at + 1] ?? '';
      quoted = true;
      state.at += 2;
    } else if (char === "'") {
      quoted = true;
      const end = text.indexOf("'", state.at + 1);
      const stop = end === -1 ? text.length : end;
      value += text.slice(state.at + 1, stop);
      countLines(state, state.at, stop);
      state.at = stop + 1;
    } else if (char === '"') {
      quoted = true;
      state.at++;
      value += readDoubleQuoted(state, depth);
    } else if (char === '$' || char === '`') {
      value += readExpansion(state, depth);
    } else if (wordEnd.test(char)) {
      break;
    } else {
      value += char;
      state.at++;
    }
  }
  return { value, quoted };
}

function readDoubleQuoted(state: State, depth: number): string {
  const { text } = state;
  let value = '';
  while (state.at < text.length) {
    const char = text[state.at] ?? '';
    if (char === '"') {
      state.at++;
      break;
    }
    if (char === '\\') {
      const next = text[state.at + 1] ?? '';
      if (next === '\n') state.line++;
      else value += '$`"\\'.includes(next) ? next : `\\${next}`;
      state.at += 2;
    } else if (char === '$' || char === '`') {
      value += readExpansion(state, depth);
    } else {
      if (char === '\n') state.line++;
      value += char;
      state.at++;
    }
  }
  return value;
}

/** Reads what begins with "$" or a backquote; commands inside are added to the list. Returns the text as written. */
function readExpansion(state: State, depth: number): string {
  const { text } = state;
  const from = state.at;
  if (text[from] === '`') {
    let end = from + 1;
    while (end < text.length && text[end] !== '`') end += text[end] === '\\' ? 2 : 1;
    const inner: State = {
      text: text.slice(from + 1, end).replace(/\\([`\\$])/g, '$1'),
      at: 0,
      line: state.line,
      out: state.out,
      pending: [],
    };
    if (depth < maxDepth) readList(inner, depth + 1, undefined);
    countLines(state, from, end);
    state.at = end + 1;
  } else if (text.startsWith('$((', from)) {
    const end = text.indexOf('))', from);
    state.at = end === -1 ? text.length : end + 2;
    countLines(state, from, state.at);
  } else if (text.startsWith('$(', from)) {
    state.at += 2;
    if (depth >= maxDepth) state.at = text.length;
    else readList(state, depth + 1, ')');
    state.at++;
  } else if (text.startsWith('${', from)) {
    state.at += 2;
    skipBraces(state, depth);
  } else {
    state.at++;
    const name = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])/.exec(
      text.slice(state.at, state.at + 64),
    );
    state.at += name?.[0].length ?? 0;
  }
  return text.slice(from, state.at);
}

function skipBraces(state: State, depth: number): void {
  const { text } = state;
  while (state.at < text.length) {
    const char = text[state.at] ?? '';
    if (char === '}') {
      state.at++;
      return;
    }
    if (char === '\\') {
      state.at += 2;
    } else if (char === '"') {
      state.at++;
      if (depth < maxDepth) readDoubleQuoted(state, depth + 1);
    } else if ((char === '$' || char === '`') && depth < maxDepth) {
      readExpansion(state, depth + 1);
    } else {
      if (char === '\n') state.line++;
      state.at++;
    }
  }
}

function countLines(state: State, from: number, to: number): void {
  for (
    let at = state.text.indexOf('\n', from);
    at !== -1 && at < to;
    at = state.text.indexOf('\n', at + 1)
  ) {
    state.line++;
  }
}
