// Rows whose cells stand below one another, whole: for lists that are read by programs like cut, too.
import { cutToWidth, padToWidth, textWidth } from '../lib/text-width.ts';

/** How rows are put into columns. */
export interface ColumnOptions {
  /** Columns whose cells stand to the right. */
  readonly numbers?: ReadonlySet<number>;
  /** Where the last column is cut; default: nowhere. */
  readonly width?: number;
}

/** The last column is never cut shorter than this. */
const leastLast = 16;

/** The rows as lines. All rows have the same number of cells, which must be printable. */
export function inColumns(
  rows: readonly (readonly string[])[],
  { numbers = new Set(), width = Number.POSITIVE_INFINITY }: ColumnOptions = {},
): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) =>
    rows.reduce((most, row) => Math.max(most, textWidth(row[at] ?? '')), 0),
  );
  return rows.map((row) => {
    const cells = row.slice(0, -1).map((cell, at) => {
      const columnWidth = widths[at] ?? 0;
      return numbers.has(at)
        ? `${' '.repeat(Math.max(0, columnWidth - textWidth(cell)))}${cell}`
        : padToWidth(cell, columnWidth);
    });
    const front = cells.join('  ');
    const room = Math.max(width - textWidth(front) - 2, leastLast);
    return `${front}  ${cutToWidth(row.at(-1) ?? '', room)}`.trimEnd();
  });
}
