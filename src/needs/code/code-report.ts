// What the code of an image or root file system can call: from the cache where nothing has changed, else analysed.
import { decodeJson, encodeJson } from '../facts-codec.ts';
import type { Needs } from '../need.ts';
import { type CodeOptions, linkUserSpace } from './analyse-target.ts';
import { type SyscallsReport, syscallsReport } from './syscall-report.ts';

/** Beside the options of the analysis: what starts in the place of the target's own entrypoint and command. */
export interface CodeReportOptions extends CodeOptions {
  readonly entrypoint?: readonly string[];
}

/** The report on what a user space starts. @throws PlimsollError as reading the target does */
export async function codeReport(
  needs: Pick<Needs, 'userSpace' | 'derived'>,
  options: CodeReportOptions,
): Promise<SyscallsReport> {
  const { reference } = needs.userSpace.target;
  // The key of the needs holds the analyser's version.
  const whole = `code-report/${JSON.stringify(options.entrypoint ?? null)}`;
  const bounded = `${whole}/${options.codeBytes}`;
  for (const name of options.codeBytes === undefined ? [whole] : [whole, bounded]) {
    const kept = decodeJson<SyscallsReport>(needs.derived?.get(name));
    if (kept !== undefined) return { ...kept, target: reference };
  }
  const { programs, steps } = await linkUserSpace(needs, options);
  const report = syscallsReport(reference, programs, steps);
  const isWhole = report.unresolved.every(({ kind }) => kind !== 'file-left-out');
  needs.derived?.put(isWhole ? whole : bounded, encodeJson(report));
  return report;
}
