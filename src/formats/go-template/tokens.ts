// Text and actions of a template, and the words of an action. Source: the documentation of Go's package text/template,
// "Text and spaces", and of its lexer's tokens.
import { type Position, TemplateError } from './syntax.ts';

/** A word of an action. */
export interface Token {
  readonly kind:
    | 'field'
    | 'dot'
    | 'variable'
    | 'word'
    | 'string'
    | 'number'
    | 'declare'
    | 'assign'
    | 'pipe'
    | 'comma'
    | 'open'
    | 'close';
  readonly text: string;
  readonly at: Position;
  /** Whether a blank stands before it: ".A.B" is a chain, ".A .B" is two. */
  readonly apart: boolean;
}

/** Text between actions, or an action. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly tokens: readonly Token[]; readonly at: Position };

const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['string', /"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.[^']*)'/y],
  [
    'number',
    /[+-]?(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*)?\.?\d+(?:[eE][+-]?\d+)?|\d+\.)/y,
  ],
  ['field', /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['dot', /\./y],
  ['variable', /\$(?:[\p{L}_][\p{L}\p{Nd}_]*)?/uy],
  ['word', /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['declare', /:=/y],
  ['assign', /=/y],
  ['pipe', /\|/y],
  ['comma', /,/y],
  ['open', /\(/y],
  ['close', /\)/y],
];

/** Splits a template. @throws TemplateError */
export function splitTemplate(source: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  while (at <= source.length) {
    const open = source.indexOf('{{', at);
    const trimBefore = open !== -1 && /^-\s/.test(source.slice(open + 2, open + 4));
    let text = source.slice(at, open === -1 ? undefined : open);
    if (trimNext) text = text.replace(/^\s+/, '');
    if (trimBefore) text = text.replace(/\s+$/, '');
    if (text !== '') pieces.push({ kind: 'text', text });
    if (open === -1) break;
    const from = open + (trimBefore ? 3 : 2);
    const comment = /\s*\/\*/y;
    comment.lastIndex = from;
    const { tokens, end } = comment.test(source)
      ? { tokens: undefined, end: afterComment(source, comment.lastIndex) }
      : actionTokens(source, from);
    if (tokens !== undefined) pieces.push({ kind: 'action', tokens, at: open });
    trimNext = source.startsWith('-}}', end);
    at = end + (trimNext ? 3 : 2);
  }
  return pieces;
}

/** Where the closing mark behind a comment begins. */
function afterComment(source: string, from: number): number {
  const close = source.indexOf('*/', from);
  if (close === -1) throw new TemplateError(from, 'unclosed comment');
  const mark = /\s*/y;
  mark.lastIndex = close + 2;
  mark.test(source);
  const end = mark.lastIndex;
  if (source.startsWith('}}', end) || source.startsWith('-}}', end)) return end;
  throw new TemplateError(close, 'comment ends before closing delimiter');
}

/** The words up to the closing mark, and where that begins. */
function actionTokens(
  source: string,
  from: number,
): { readonly tokens: readonly Token[]; readonly end: number } {
  const tokens: Token[] = [];
  let at = from;
  for (;;) {
    const start = at;
    while (/\s/.test(source[at] ?? '')) at += 1;
    const apart = at > start || tokens.length === 0;
    if (source.startsWith('}}', at) || (apart && source.startsWith('-}}', at)))
      return { tokens, end: at };
    if (at >= source.length) throw new TemplateError(from, 'unclosed action');
    const found = tokenAt(source, at);
    if (found === undefined) throw unexpected(source, at);
    tokens.push({ ...found, at, apart });
    at += found.text.length;
  }
}

function tokenAt(source: string, at: number): Pick<Token, 'kind' | 'text'> | undefined {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text !== undefined && text !== '') return { kind, text };
  }
  return undefined;
}

function unexpected(source: string, at: number): TemplateError {
  const quote = source[at] ?? '';
  if (quote === '"' || quote === "'" || quote === '`') {
    const what =
      quote === '`' ? 'raw quoted string' : quote === '"' ? 'quoted string' : 'character constant';
    return new TemplateError(at, `unterminated ${what}`);
  }
  const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
  return new TemplateError(at, `unexpected ${JSON.stringify(character)} in an action`);
}
