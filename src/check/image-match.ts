// Holds the image condition of a rule against a user space. A match carries what gave it away, so that findings
// can show it, and what of the user space it touches. The kinds of conditions are in match-*.ts.
import type { ImageCondition } from './data-rule.ts';
import type { Reach } from './finding.ts';
import type { ImageKind, ImageMatch, ImageMatchers } from './image-matcher.ts';
import type { ImageView } from './image-view.ts';
import { declaredMatchers } from './match-declared.ts';
import { fileMatchers } from './match-files.ts';
import { programMatchers } from './match-programs.ts';

type Matcher = (condition: object, view: ImageView) => ImageMatch | undefined;

const matchers: ImageMatchers = { ...declaredMatchers, ...fileMatchers, ...programMatchers };

const kinds = Object.keys(matchers) as readonly ImageKind[];

/** The kind of a condition: the one key whose matcher knows it. `path` and others are fields of other kinds too. */
function kindOf(condition: object): ImageKind | undefined {
  return (
    kinds.find((kind) => Object.keys(condition)[0] === kind) ??
    kinds.find((kind) => kind in condition)
  );
}

const reachOrder: readonly Reach[] = ['start', 'user-space', 'file'];

function join(matches: readonly ImageMatch[]): ImageMatch {
  const reach = reachOrder.find((one) => matches.some((match) => match.reach === one));
  return {
    ...Object.assign({}, ...[...matches].reverse()),
    evidence: matches.flatMap((match) => match.evidence),
    ...(reach === undefined ? {} : { reach }),
  };
}

/** What the condition finds in the user space; undefined when it does not hold. */
export function matchImage(condition: ImageCondition, view: ImageView): ImageMatch | undefined {
  if ('all' in condition) {
    const matches: ImageMatch[] = [];
    for (const part of condition.all) {
      const match = matchImage(part, view);
      if (match === undefined) return undefined;
      matches.push(match);
    }
    return join(matches);
  }
  if ('any' in condition) {
    for (const part of condition.any) {
      const match = matchImage(part, view);
      if (match !== undefined) return match;
    }
    return undefined;
  }
  if ('not' in condition)
    return matchImage(condition.not, view) === undefined ? { evidence: [] } : undefined;
  const kind = kindOf(condition);
  if (kind === undefined) return undefined;
  // The schema gave the object the shape of its kind; TypeScript cannot follow that through the table.
  return (matchers[kind] as Matcher)(condition, view);
}
