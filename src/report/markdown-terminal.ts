// The pages of docs/codes for the terminal. They use a small part of CommonMark: headings, paragraphs, one-level lists,
// fenced code, and inside of lines code, emphasis and links; that part is all that is read here.
import type { Style } from '../lib/style.ts';
import { wrapText } from '../lib/text-width.ts';

/** The page in lines of at most `width` columns, with a newline at its end. */
export function formatMarkdown(
  page: string,
  { width, style }: { readonly width: number; readonly style: Style },
): string {
  const lines: string[] = [];
  let fenced = false;
  for (const line of page.trim().split('\n')) {
    if (line.startsWith('```')) fenced = !fenced;
    else if (fenced) lines.push(`    ${line}`);
    else lines.push(...formatLine(line, width, style));
  }
  return `${lines.join('\n')}\n`;
}

function formatLine(line: string, width: number, style: Style): readonly string[] {
  const heading = /^#+ (.*)$/.exec(line)?.[1];
  if (heading !== undefined) return wrapText(heading, width).map(style.bold);
  const item = /^- (.*)$/.exec(line)?.[1];
  const words = plainLinks(item ?? line);
  const indent = item === undefined ? '' : '  ';
  return paintCode(wrapText(words, width - indent.length), style).map((part, index) =>
    item === undefined ? part : `${index === 0 ? '- ' : indent}${part}`,
  );
}

/** "[text](address)" as "text: address": a terminal shows no hidden targets. */
function plainLinks(line: string): string {
  return line.replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, '$1: $2').replace(/\*\*([^*]+)\*\*/g, '$1');
}

/** Code stays in its backticks, which mean something without colour too; it may run over a line's end. */
function paintCode(lines: readonly string[], style: Style): readonly string[] {
  let inside = false;
  return lines.map((line) =>
    line
      .split(/(`+)/)
      .map((part) => {
        if (/^`+$/.test(part)) {
          inside = !inside;
          return part;
        }
        return inside ? style.cyan(part) : part;
      })
      .join(''),
  );
}
