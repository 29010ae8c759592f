// The JSON report is the check's result as it stands (schemas/check.schema.json); several targets are a matrix.
import type { CheckResult } from '../check/finding.ts';

/** The content of `plimsoll matrix --format json`. */
export interface MatrixResult {
  readonly schema: 'plimsoll.matrix/1';
  /** One result a target, all with the same hosts in the same order. */
  readonly results: readonly CheckResult[];
}

/** The result in JSON that people can read, with a newline at its end. */
export function formatJson(result: CheckResult | MatrixResult): string {
  return `${JSON.stringify(result, undefined, 2)}\n`;
}
