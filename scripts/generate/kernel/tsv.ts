// The readable tables in src/kernel/tables/ are tab separated: "#" lines first (what it is, how a cell reads, where it
// comes from), then a line of column names, then one line a row. A row must have exactly as many cells as there are
// columns, so that a slip of an editor is seen when the tables are generated and not when a wrong answer is given.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One row by column name. */
export type Row = Readonly<Record<string, string>>;

/** Reads one readable table; a malformed line is an error that names file and line. */
export function readTable(src: string, name: string): readonly Row[] {
  const file = join(src, 'kernel/tables', name);
  const rows: Row[] = [];
  let columns: readonly string[] | undefined;
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const cells = line.split('\t');
    if (columns === undefined) {
      columns = cells;
      continue;
    }
    if (cells.length !== columns.length) {
      throw new Error(
        `${file}:${index + 1}: ${cells.length} cells where the table has ${columns.length} columns`,
      );
    }
    rows.push(Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? ''])));
  }
  return rows;
}

/** The cell of a column that must be there. */
export function cell(row: Row, column: string): string {
  const value = row[column];
  if (value === undefined) throw new Error(`no column ${column}`);
  return value;
}

/** A list in a cell: separated by spaces. */
export function words(text: string): readonly string[] {
  return text.split(' ').filter((word) => word !== '');
}
