import type { CheckResult } from '../check/finding.ts';
import { formatLocation } from '../diag/format-diagnostic.ts';

/** Where a problem is, inside of the target: "sha256:12ab…, /usr/bin/x, offset 64 (0x40)"; empty when nothing is known. */
export function placeOfProblem({ at, layer, offset }: CheckResult['problems'][number]): string {
  return formatLocation({
    ...(layer === undefined ? {} : { layer }),
    ...(at === undefined ? {} : { path: at }),
    ...(offset === undefined ? {} : { offset }),
  });
}
