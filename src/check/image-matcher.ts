// What the matchers of image conditions share: the form of a match, and how one is made of the files where something was
// found.
import { capEvidence } from '../needs/evidence.ts';
import type { Evidence } from '../needs/user-space.ts';
import type { ImageLeaf, imageConditions } from './data-rule.ts';
import type { Reach } from './finding.ts';
import type { ImageView } from './image-view.ts';

/** What an image condition found. */
export interface ImageMatch {
  readonly evidence: readonly Evidence[];
  /** Absent: nothing of the condition says what it touches. */
  readonly reach?: Reach;
  readonly software?: string;
  readonly version?: string;
  readonly package?: string;
  readonly path?: string;
  readonly detail?: string;
  /** Nothing says what machine the image is for: this holds on hosts of these machines. */
  readonly onMachines?: readonly string[];
  /** Nothing says what starts: this holds if it is the software of the rule. */
  readonly ifStarted?: true;
}

/** A kind of image condition that does not combine others. */
export type ImageKind = keyof typeof imageConditions;

/** Matchers of some kinds, by the kind's name. */
export type ImageMatchers<K extends ImageKind = ImageKind> = {
  readonly [One in K]: (condition: ImageLeaf<One>, view: ImageView) => ImageMatch | undefined;
};

function fileReach(view: ImageView, path: string): Reach {
  return view.startPaths.has(path) ? 'start' : 'file';
}

/** One match out of the places where a condition on files was found. */
export function filesMatch(
  view: ImageView,
  found: readonly (Evidence & { readonly path: string })[],
): ImageMatch | undefined {
  const [first] = found;
  if (first === undefined) return undefined;
  const evidence = capEvidence(found);
  const reach = found.some(({ path }) => fileReach(view, path) === 'start') ? 'start' : 'file';
  return { evidence, reach, path: first.path, detail: first.detail };
}
