// What was observed against what the code tells: falls-back and ignores say that nobody sees a difference.

import { liveFiles } from '../../src/needs/code/program/live-files.ts';
import { filesOnDisk } from '../../src/needs/code/program/program-bytes.ts';
import { linkProgram } from '../../src/needs/code/program/program-files.ts';
import { executableAt } from '../../src/needs/code/program/started-programs.ts';
import type { MissingReaction } from '../../src/needs/code/reaction/reaction.ts';
import { programReactions } from '../../src/needs/code/reaction/reaction-program.ts';
import { summarySource } from '../../src/needs/code/summary-source.ts';
import { summaryWorkers } from '../../src/needs/code/summary-workers.ts';
import type { Observation } from './record.ts';

export interface Compared extends Observation {
  readonly predicted: MissingReaction;
}

/** Predictions for every observation; those of calls that are not found in the code are 'unknown'. */
export async function compareWithCode(
  observations: readonly Observation[],
  signal: AbortSignal,
): Promise<Compared[]> {
  const view = liveFiles({});
  const compared: Compared[] = [];
  const workers = summaryWorkers({ threads: 2, signal });
  const files = filesOnDisk(view.tree);
  const summaries = summarySource({ files, workers });
  for (const [path, group] of Map.groupBy(observations, ({ program }) => program)) {
    // Of a script, what runs is its interpreter.
    const program = executableAt(path, view);
    const linked = program && (await linkProgram(program, view, summaries));
    const reactions = linked && programReactions(linked);
    const calls = new Map(
      [...(linked?.collected.calls.values() ?? [])]
        .filter(({ via }) => via === 'native')
        .map((call) => [call.number, call]),
    );
    for (const each of group) {
      const call = calls.get(each.number);
      const predicted =
        call && reactions ? reactions(call).onMissing[each.errno] : ('unknown' as const);
      compared.push({ ...each, predicted });
    }
  }
  await workers.close();
  await files.close();
  return compared;
}

/** Whether the prediction is what was seen; an unknown one never is. */
export function agrees({ copes, predicted }: Compared): boolean {
  if (predicted === 'unknown') return false;
  return copes === (predicted !== 'fails');
}

/** Figures, and each disagreement on a line. */
export function comparisonText(compared: readonly Compared[]): string {
  const right = compared.filter(agrees);
  const unknown = compared.filter(({ predicted }) => predicted === 'unknown');
  const pairs = new Set(compared.map(({ workload, call }) => `${workload} ${call}`));
  const percent = (count: number): string => ((100 * count) / compared.length).toFixed(1);
  const lines = compared
    .filter((each) => !agrees(each))
    .map(
      ({ workload, call, errno, copes, predicted, seen }) =>
        `${call} ${errno}: predicted ${predicted}, ${copes ? 'copes' : `fails (${seen})`}: ${workload}`,
    );
  return [
    `${pairs.size} pairs of workload and call, ${compared.length} runs: ${percent(right.length)} % as predicted, ${percent(unknown.length)} % unknown`,
    ...lines.sort(),
  ].join('\n');
}
