// A table for the terminal: columns as wide as their content, the last one wrapped at the terminal's width.
import type { Paint } from '../lib/style.ts';
import { cutToWidth, padToWidth, textWidth, wrapText } from '../lib/text-width.ts';

/** A cell: its text, which must be printable, and how it looks. */
export interface Cell {
  readonly text: string;
  readonly paint?: Paint;
}

const gap = '  ';
/** A last column narrower than this goes below its row instead. */
const narrowest = 24;

/** Widths of all columns but the last. A column takes at most 40 % of the terminal. */
function columnWidths(rows: readonly (readonly Cell[])[], width: number): readonly number[] {
  const count = Math.max(0, ...rows.map((row) => row.length)) - 1;
  const most = Math.max(12, Math.floor(width * 0.4));
  return Array.from({ length: Math.max(count, 0) }, (_, column) =>
    Math.min(most, Math.max(...rows.map((row) => textWidth(row[column]?.text ?? '')))),
  );
}

/** The rows as lines. All rows have the same number of cells. */
export function formatTable(rows: readonly (readonly Cell[])[], width: number): readonly string[] {
  const widths = columnWidths(rows, width);
  const used = widths.reduce((sum, one) => sum + one + gap.length, 0);
  const room = width - used;
  return rows.flatMap((row) => {
    const look = (cell: Cell | undefined, text: string): string =>
      cell?.paint === undefined ? text : cell.paint(text);
    const first = widths
      .map((columns, index) =>
        look(row[index], padToWidth(cutToWidth(row[index]?.text ?? '', columns), columns)),
      )
      .join(gap);
    const last = row[widths.length];
    if (last === undefined || last.text === '') return [first.trimEnd()];
    if (room < narrowest) {
      const below = wrapText(last.text, width - 4).map((line) => `    ${look(last, line)}`);
      return [first.trimEnd(), ...below];
    }
    return wrapText(last.text, room).map((line, index) =>
      index === 0
        ? `${first}${widths.length > 0 ? gap : ''}${look(last, line)}`
        : `${' '.repeat(used)}${look(last, line)}`,
    );
  });
}
