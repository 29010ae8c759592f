// The endings on a real kernel beside those behind --as, and those of the same container without it.
import type { Ending } from './results.ts';

/** Why a command ended differently. */
export type Disagreement =
  | 'not imitated'
  | 'wrongly refused'
  | 'this kernel cannot'
  | 'another call failed';

/** One command that ended differently. */
export interface Difference {
  readonly number: number;
  readonly kind: Disagreement;
  readonly real: Ending;
  readonly here: Ending;
  readonly bare: Ending | undefined;
}

/** What came of one host. */
export interface Comparison {
  readonly commands: number;
  readonly agree: number;
  /** Without those that this machine's own kernel cannot run, and the real one can. */
  readonly possible: number;
  readonly failThere: number;
  readonly failBoth: number;
  /** Those that fail there and run on this machine's own kernel: the imitation's own work. */
  readonly newThere: number;
  readonly newBoth: number;
  readonly differences: readonly Difference[];
}

function disagreement(
  real: Ending,
  here: Ending,
  bare: Ending | undefined,
): Disagreement | undefined {
  if (real.status === 0 && here.status === 0) return undefined;
  if (real.status !== 0 && here.status === 0) return 'not imitated';
  if (real.status === 0)
    return bare !== undefined && bare.status !== 0 ? 'this kernel cannot' : 'wrongly refused';
  const sameCall = real.call === undefined || here.call === undefined || real.call === here.call;
  if (real.status === here.status && sameCall) return undefined;
  const ownFailure = bare?.status === here.status && bare.call === here.call;
  return ownFailure ? 'this kernel cannot' : 'another call failed';
}

/** Compares what both have run. */
export function compareEndings(
  real: ReadonlyMap<number, Ending>,
  here: ReadonlyMap<number, Ending>,
  bare: ReadonlyMap<number, Ending>,
): Comparison {
  const both = [...real].flatMap(([number, theirs]) => {
    const ours = here.get(number);
    return ours === undefined ? [] : [{ number, real: theirs, here: ours, bare: bare.get(number) }];
  });
  const differences = both.flatMap((one) => {
    const kind = disagreement(one.real, one.here, one.bare);
    return kind === undefined ? [] : [{ ...one, kind }];
  });
  const failing = both.filter((one) => one.real.status !== 0);
  const fresh = failing.filter((one) => one.bare?.status === 0);
  const fails = (list: typeof both): number => list.filter((one) => one.here.status !== 0).length;
  const cannot = differences.filter(({ kind }) => kind === 'this kernel cannot').length;
  return {
    commands: both.length,
    agree: both.length - differences.length,
    possible: both.length - cannot,
    failThere: failing.length,
    failBoth: fails(failing),
    newThere: fresh.length,
    newBoth: fails(fresh),
    differences,
  };
}

function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
}

/** The comparison as text: a line of figures, then each difference. */
export function formatComparison(
  host: string,
  found: Comparison,
  commands: readonly string[],
): string {
  const { agree, possible, failThere, failBoth, newThere, newBoth } = found;
  const kinds = Map.groupBy(found.differences, ({ kind }) => kind);
  return [
    `${host}: ${found.commands} commands, ${agree} agree (${share(agree, found.commands)}); of the ${possible} that this machine can run ${share(agree, possible)}`,
    `  ${failThere} fail there, ${failBoth} of them here too (${share(failBoth, failThere)}); ${newThere} of them run here without --as, ${newBoth} fail with it (${share(newBoth, newThere)})`,
    ...[...kinds].flatMap(([kind, list]) => [
      `  ${kind}: ${list.length}`,
      ...list.map(
        ({ number, real, here }) =>
          `    ${number} there ${real.status} ${real.call ?? ''}, here ${here.status} ${here.call ?? ''}: ${commands[number - 1]?.slice(0, 150)}`,
      ),
    ]),
  ].join('\n');
}
