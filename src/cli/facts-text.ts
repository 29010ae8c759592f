// What the commands on facts share: headings, tables and lists for the terminal.
import type { Style } from '../lib/style.ts';
import { wrapText } from '../lib/text-width.ts';
import { type Cell, formatTable } from '../report/text-table.ts';

/** Where text goes: columns and looks. */
export interface Page {
  readonly width: number;
  readonly style: Style;
}

/** Wider lines are hard to read, whatever the terminal has. */
const widest = 110;

/** The page for an output. */
export function pageOf(output: { readonly width: number; readonly style: Style }): Page {
  return { width: Math.min(output.width, widest), style: output.style };
}

/** A heading with the lines below it, indented by two; nothing when there are no lines. */
export function section(page: Page, title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0
    ? []
    : ['', page.style.bold(title), ...lines.map((line) => (line === '' ? '' : `  ${line}`))];
}

/** A table inside a section. */
export function table(page: Page, rows: readonly (readonly Cell[])[]): readonly string[] {
  return formatTable(rows, page.width - 2);
}

/** A text wrapped inside a section. */
export function paragraph(page: Page, text: string): readonly string[] {
  return wrapText(text, page.width - 2);
}
