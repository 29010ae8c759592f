// How `inspect` writes what it found: an array as docker prints it, one object a line, or a template for each.
import { jsonText } from '../formats/go-template/print.ts';
import type { Output } from './context.ts';
import { filledTemplate, templateOf, writeFilled } from './format-rows.ts';

/** As docker prints an array of objects: four blanks a level. */
function asArray(values: readonly object[]): string {
  return values.length === 0
    ? '[]\n'
    : `${JSON.stringify(JSON.parse(jsonText(values)), null, 4)}\n`;
}

/** Writes the objects; without a format as an array. @throws PlimsollError PL0760 */
export function writeInspected(
  output: Output,
  values: readonly object[],
  format: string | undefined,
): void {
  if (format === undefined) {
    output.writeData(asArray(values));
    return;
  }
  const template = format === 'json' ? undefined : templateOf(format);
  for (const value of values)
    writeFilled(output, template === undefined ? jsonText(value) : filledTemplate(template, value));
}
