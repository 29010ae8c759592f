// How many columns a text takes on a terminal, and wrapping by it. East Asian wide characters and emoji take two
// columns, combining marks none (Unicode Standard Annex 11); what one grapheme is, Unicode Standard Annex 29 says.

// Code points with East_Asian_Width W or F, as ranges; emoji are asked for by property.
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x17000, 0x18cd5],
  [0x1b000, 0x1b2fb],
  [0x20000, 0x3fffd],
];
// One column a character, and nothing combines: Latin letters, dashes, quotation marks, the ellipsis, arrows, ≤ and ≥, ✓
// and ✗. The properties of the rest are slow to load (20 ms for the first text), and reports rarely have it.
const plainText =
  /^[\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u2193\u2260-\u2265\u2713\u2717]*$/;
const invisible = /^\p{M}+$/u;
const emoji = /\p{Emoji_Presentation}|\ufe0f/u;
let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): string[] {
  if (plainText.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function graphemeWidth(grapheme: string): number {
  if (invisible.test(grapheme)) return 0;
  if (emoji.test(grapheme)) return 2;
  const code = grapheme.codePointAt(0) ?? 0;
  return wide.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** Columns of a text without escape sequences. */
export function textWidth(text: string): number {
  if (plainText.test(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

/** The text filled up with blanks to `width` columns. */
export function padToWidth(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

/** The text cut to `width` columns, its last one an ellipsis if something was cut. */
export function cutToWidth(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  return `${takeWidth(text, width - 1)}…`;
}

/** The text cut at its front: for paths, whose end tells more. */
export function cutFrontToWidth(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const reversed = graphemes(text).reverse();
  let used = 0;
  const kept: string[] = [];
  for (const grapheme of reversed) {
    used += graphemeWidth(grapheme);
    if (used > width - 1) break;
    kept.push(grapheme);
  }
  return `…${kept.reverse().join('')}`;
}

function takeWidth(text: string, width: number): string {
  let used = 0;
  let taken = '';
  for (const grapheme of graphemes(text)) {
    used += graphemeWidth(grapheme);
    if (used > width) break;
    taken += grapheme;
  }
  return taken;
}

/** A word in pieces of at most `width` columns. Addresses stay whole: a broken one cannot be followed. */
function brokenWord(word: string, width: number): readonly string[] {
  if (textWidth(word) <= width || /^\W?https?:\/\//.test(word)) return [word];
  const pieces: string[] = [];
  let rest = word;
  while (textWidth(rest) > width) {
    const piece = takeWidth(rest, width) || (graphemes(rest)[0] ?? rest);
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
  return rest === '' ? pieces : [...pieces, rest];
}

/** The text in lines of at most `width` columns, broken at blanks where there are any. At least one line. */
export function wrapText(text: string, width: number): readonly string[] {
  const room = Math.max(width, 1);
  if (textWidth(text) <= room) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((whole) => brokenWord(whole, room))) {
    if (line === '') line = word;
    else if (textWidth(line) + 1 + textWidth(word) <= room) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}
