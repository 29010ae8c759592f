// The report of `why`, for people.
import type { Style } from '../lib/style.ts';
import type { Trial } from '../observe/trial.ts';
import type { Cause, Explanation, RunRecord } from '../observe/why.ts';

/** Lines of output that are shown. */
const shownLines = 5;

function outcome({ works, exitCode, timedOut, oomKilled, startError }: Trial): string {
  const why =
    startError !== undefined
      ? 'did not start'
      : timedOut
        ? 'ran until the time was over'
        : oomKilled
          ? `out of memory, exit ${exitCode}`
          : `exit ${exitCode}`;
  return `${works ? 'works' : 'fails'} (${why})`;
}

/** What was run, one line each. */
export function formatRuns(runs: readonly RunRecord[]): string {
  return runs
    .map(({ lifted, trial }, index) => {
      const without =
        lifted.length === 0
          ? 'as it is'
          : lifted.length > 3
            ? `without ${lifted.length} restrictions: ${lifted.slice(0, 2).join(', ')} …`
            : `without ${lifted.join(', ')}`;
      return `run ${String(index + 1).padStart(2)}  ${outcome(trial)}  ${without}\n`;
    })
    .join('');
}

function formatCause({ what, component, fix, workAround, calls }: Cause, style: Style): string {
  const named = calls.length === 0 ? '' : `  calls:       ${calls.join(', ')}\n`;
  return (
    `${style.bold('in the way:')} ${what}\n` +
    `  component:   ${component}\n${named}` +
    `  fix:         ${fix}\n` +
    `  work-around: ${workAround}\n`
  );
}

/** The whole report. */
export function formatExplanation({ verdict, causes, runs }: Explanation, style: Style): string {
  const first = runs[0]?.trial;
  if (verdict === 'works')
    return `it works as it is: ${first === undefined ? '' : outcome(first)}\n`;
  const output = [
    ...(first?.startError === undefined ? [] : [first.startError]),
    ...(first?.output ?? []),
  ];
  const said =
    output.length === 0
      ? 'it wrote nothing\n'
      : `${output
          .slice(-shownLines)
          .map((line) => `  | ${line}\n`)
          .join('')}`;
  const reasons =
    verdict === 'unexplained'
      ? `${style.bold('nothing that the engine restricts is in the way:')} it fails with all of it lifted\n` +
        '  component:   kernel or image\n' +
        '  next:        plimsoll check IMAGE --host this, and what it wrote above\n'
      : causes.map((cause) => formatCause(cause, style)).join('');
  return `${formatRuns(runs)}${said}${reasons}`;
}
