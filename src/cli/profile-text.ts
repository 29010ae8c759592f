// What `profile` says of a profile, for people.
import { counted } from '../lib/counted.ts';
import { printable } from '../lib/printable.ts';
import type { AllowedCall, Coverage, Origin } from '../observe/profile/profile.ts';
import type { CallDifference } from '../observe/profile/profile-file.ts';
import type { Verification } from '../observe/profile/verify-profile.ts';
import type { Page } from './facts-text.ts';

/** What there is to say. */
export interface ProfileReport {
  /** In the user's words: the image and command, or a file. */
  readonly target: string;
  readonly calls: readonly AllowedCall[];
  /** Calls that the whole profile lets through, and that docker's default does. */
  readonly allowed: number;
  readonly allowedByDocker: number;
  readonly coverage?: Coverage;
  readonly verification?: Verification;
  /** It was right when the exit code was this; undefined: when it still ran. */
  readonly expected?: number;
}

const words: Readonly<Record<Origin, string>> = {
  trace: 'seen in the trace',
  static: 'reached by the code',
  base: 'of the base',
  runtime: 'of the container runtime',
  kernel: 'of the kernel itself',
};

/** Only with the runtime's own calls: nothing of the workload asks for it. */
const onlyFor = ({ origins }: AllowedCall): boolean =>
  origins.every((one) => one === 'runtime' || one === 'kernel');

function verificationLine(
  { verification, expected }: ProfileReport,
  page: Page,
): readonly string[] {
  if (verification === undefined) return [];
  const { trial, refused } = verification;
  const ended = trial.timedOut
    ? 'runs until its time is over'
    : trial.startError !== undefined
      ? `does not start: ${printable(trial.startError)}`
      : `ends with ${trial.exitCode}`;
  const before = expected === undefined ? 'ran on' : `ended with ${expected}`;
  const says = trial.works
    ? page.style.green('verified:')
    : page.style.red('it does not work under the profile:');
  const names =
    refused.length === 0 ? 'nothing is refused' : `refused on the way: ${refused.join(', ')}`;
  return [`  ${says} under the profile it ${ended}, as it ${before} before; ${names}`];
}

/** The report. */
export function profileText(report: ProfileReport, page: Page): string {
  const { target, calls, allowed, allowedByDocker, coverage } = report;
  const own = calls.filter((call) => !onlyFor(call));
  const conditional = calls.filter(
    ({ only, without }) => only !== undefined || without !== undefined,
  );
  const by = (['trace', 'static', 'base'] as const)
    .map(
      (origin) => [origin, calls.filter(({ origins }) => origins.includes(origin)).length] as const,
    )
    .filter(([, count]) => count > 0)
    .map(([origin, count]) => `${count} ${words[origin]}`);
  const lines = [
    `${page.style.bold(printable(target))}: ${counted(allowed, 'call')} allowed; docker's default allows ${allowedByDocker}`,
    `  for the workload: ${own.length} (${by.join(', ')}); for runtime and kernel alone: ${calls.length - own.length}`,
    ...(conditional.length === 0
      ? []
      : [`  only with some arguments: ${conditional.map(({ name }) => name).join(', ')}`]),
    ...(coverage === undefined
      ? []
      : [
          `  coverage: the trace saw ${coverage.seen} of ${coverage.reachable} calls that the code can reach ` +
            `(${coverage.reachable === 0 ? 0 : Math.round((100 * coverage.seen) / coverage.reachable)} %)` +
            (coverage.unpredicted.length === 0
              ? ''
              : `; seen and not reached: ${coverage.unpredicted.join(', ')}`),
        ]),
    ...verificationLine(report, page),
  ];
  return `${lines.join('\n')}\n`;
}

/** What two profiles answer differently. */
export function profileDifferenceText(
  differences: readonly CallDifference[],
  [before, after]: readonly [string, string],
  page: Page,
): string {
  if (differences.length === 0) return 'both answer every call the same way\n';
  const width = Math.max(...differences.map(({ name }) => name.length));
  const other = Math.max(...differences.map((one) => one.before.length));
  const lines = differences.map(
    ({ name, before: a, after: b }) =>
      `${page.style.bold(name.padEnd(width))}  ${a.padEnd(other)}  →  ${b}`,
  );
  const opened = differences.filter(({ after: to }) => to === 'allow' || to === 'depends').length;
  return `${[
    `${printable(before)} → ${printable(after)}: ${counted(differences.length, 'call')} answered differently, ${opened} of them let through by the second`,
    '',
    ...lines,
  ].join('\n')}\n`;
}
