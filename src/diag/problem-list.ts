// Problems of one source, the first of them in full and the rest as counts: one wrong layer or directory must not drown
// everything else.
import type { Diagnostic } from './diagnostic.ts';

/** Problems while they come in. */
export interface ProblemList {
  add(problem: Diagnostic): void;
  /** What was kept, and one diagnostic for each code of which more came. */
  all(): readonly Diagnostic[];
}

/** A list that keeps the first `most` problems and counts the others. */
export function problemList(most: number): ProblemList {
  const kept: Diagnostic[] = [];
  const more = new Map<Diagnostic['code'], { count: number; last: Diagnostic }>();
  return {
    add(problem) {
      if (kept.length < most) {
        kept.push(problem);
        return;
      }
      const { code } = problem;
      more.set(code, { count: (more.get(code)?.count ?? 0) + 1, last: problem });
    },
    all: () => [
      ...kept,
      ...[...more.values()].map(({ count, last: { code, severity, at } }): Diagnostic => {
        const { target, layer } = at ?? {};
        return {
          code,
          severity,
          message: `${count} more ${count === 1 ? 'problem' : 'problems'} of this kind`,
          ...(at === undefined
            ? {}
            : {
                at: {
                  ...(target === undefined ? {} : { target }),
                  ...(layer === undefined ? {} : { layer }),
                },
              }),
        };
      }),
    ],
  };
}
