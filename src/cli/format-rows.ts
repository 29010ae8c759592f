// Rows in the formats of docker: the table that a command has by default, `table TEMPLATE`, `json` (one object a line), or
// a template. Cells of a table stand as Go's text/tabwriter puts them with docker's settings: at least ten columns wide,
// three blanks apart.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import {
  applyHeadings,
  applyTemplate,
  type GoTemplate,
  isTemplateFault,
  parseTemplate,
  type TemplateFault,
  unescapeFormat,
} from '../formats/go-template/go-template.ts';
import { jsonText } from '../formats/go-template/print.ts';
import { printable } from '../lib/printable.ts';
import { padToWidth, textWidth } from '../lib/text-width.ts';
import type { Output } from './context.ts';

/** How rows are written. */
export interface RowsFormat {
  /** What `--format` was given: undefined, "table", "table TEMPLATE", "json" or a template. */
  readonly format?: string | undefined;
  /** The template of the default table, its cells with tabs between them. */
  readonly table: string;
  /** Whether a table has a line of headings; default: yes. */
  readonly heading?: boolean;
  /** The heading of each field that a table may show; a row may have more fields. */
  readonly headings: Readonly<Record<string, string>>;
}

function right<T extends string | GoTemplate>(answer: T | TemplateFault): T {
  if (!isTemplateFault(answer)) return answer;
  throw new PlimsollError('PL0760', answer.fault, {
    help: "write it as for docker: '{{.ID}}: {{.Size}}', 'table {{.ID}}\\t{{.Size}}', or json",
  });
}

/** A template of the command line. @throws PlimsollError PL0760 */
export function templateOf(format: string): GoTemplate {
  return right(parseTemplate(unescapeFormat(format)));
}

/** A template applied to a value. @throws PlimsollError PL0760 */
export function filledTemplate(template: GoTemplate, value: unknown): string {
  return right(applyTemplate(template, value));
}

/** docker's tabwriter: minwidth 10, padding 3. */
const leastWidth = 10;
const gap = 3;

/** Lines whose cells stand below one another; what follows the last tab is as long as it is. */
function aligned(lines: readonly string[]): readonly string[] {
  const rows = lines.map((line) => line.split('\t'));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.slice(0, -1).entries())
      widths[at] = Math.max(widths[at] ?? leastWidth, textWidth(cell) + gap);
  }
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : padToWidth(cell, widths[at] ?? 0)))
      .join(''),
  );
}

/** The text in lines, without what could steer a terminal. */
function shown(text: string): string {
  return text
    .split('\n')
    .map((line) => line.split('\t').map(printable).join('\t'))
    .join('\n');
}

/** Writes what a template made: to a program as it stands; a terminal is not to be steered by what an image says. */
export function writeFilled(output: Output, line: string): void {
  if (output.isTerminal) output.write(`${shown(line)}\n`);
  else output.writeData(`${line}\n`);
}

/** Writes the rows. @throws PlimsollError PL0760 */
export function writeRows(
  output: Output,
  rows: readonly object[],
  { format = 'table', table, heading = true, headings }: RowsFormat,
): void {
  const asked = format.trim();
  if (asked === 'json') {
    for (const row of rows) output.writeData(`${jsonText(row)}\n`);
    return;
  }
  const isTable = /^table(\s|$)/.test(asked);
  const source = isTable ? asked.slice('table'.length).trim() || table : format;
  const template = templateOf(source);
  const lines = rows.map((row) => filledTemplate(template, row));
  if (!isTable) {
    for (const line of lines) writeFilled(output, line);
    return;
  }
  const head = heading ? [right(applyHeadings(template, headings))] : [];
  for (const line of aligned([...head, ...lines.map(shown)])) output.write(`${line.trimEnd()}\n`);
}
