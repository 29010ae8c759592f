// Texts from images, host files and rule files reach terminals. Control characters there can move the cursor, change
// the title, or hide what was written before (ECMA-48), and bidirectional controls can show a name in another order
// than it has (Unicode Technical Report 36, 3.6): both are shown as escapes instead.

// C0, DEL, C1; zero-width and bidirectional controls; line and paragraph separators; the byte order mark; tag characters.
const unsafe =
  /[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  if (character === '\r') return '\\r';
  // A byte of a file name that is not UTF-8 (src/lib/file-name.ts).
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** The text with everything that could steer a terminal, or that cannot be seen, written as an escape: one line. */
export function printable(text: string): string {
  return text.replace(unsafe, escaped);
}
