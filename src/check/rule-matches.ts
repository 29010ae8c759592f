// What the conditions of rules find in a user space. That is the same for every host, so each rule is looked for once,
// and what the rules of the program find is kept beside the needs: a check of a known image against any host then
// looks neither at its texts nor at its tree.
import type { Needs } from '../needs/need.ts';
import type { Evidence } from '../needs/user-space.ts';
import type { DataRule } from './data-rule.ts';
import rulesVersion from './generated/rules-version.json' with { type: 'json' };
import { matchImage } from './image-match.ts';
import type { ImageMatch } from './image-matcher.ts';
import { type ImageView, viewImage } from './image-view.ts';

/** What was looked for in a user space so far: one view, and the match of each rule that somebody asked for. */
interface Looked {
  readonly view: ImageView;
  readonly matches: Map<DataRule, ImageMatch | undefined>;
}

const lookedIn = new WeakMap<Needs, Looked>();

function lookedFor(needs: Needs): Looked {
  const looked = lookedIn.get(needs) ?? { view: viewImage(needs), matches: new Map() };
  lookedIn.set(needs, looked);
  return looked;
}

/** What a rule's image condition finds. */
export function ruleMatch(needs: Needs, rule: DataRule): ImageMatch | undefined {
  const { view, matches } = lookedFor(needs);
  if (matches.has(rule)) return matches.get(rule);
  const found = matchImage(rule.image, view);
  const match = rule.onStartOnly === true && found !== undefined ? ifStarted(found, needs) : found;
  matches.set(rule, match);
  return match;
}

/**
 * A match of a rule that holds for what starts only. Where nothing says what starts, it holds if that is what starts; and a
 * library that lies there says nothing of it: iproute2 brings libbpf along, and nobody loads an eBPF program.
 */
function ifStarted(found: ImageMatch, { userSpace }: Needs): ImageMatch | undefined {
  if (found.reach === 'file') return undefined;
  if (userSpace.target.kind === 'elf' || userSpace.start.length > 0) return found;
  const { software, evidence } = found;
  if (software !== undefined && evidence.length > 0 && evidence.every(isOfLibrary))
    return undefined;
  return { ...found, ifStarted: true };
}

/** A library, or what links it, as src/needs/recognise says; and paths that such files name are no sign of more. */
const isOfLibrary = ({ path = '', detail }: Evidence): boolean =>
  /^(?:library|links) /.test(detail) ||
  /\.so(?:\.[\d.]+)?$/.test(path) ||
  detail.startsWith(`${path} names `);

/** Name of the kept value: rules or code of another version find something else. */
const keptName = `matches/${rulesVersion.version}`;

/** Takes what the rules find from beside the needs, or looks for all of them and keeps it; where nothing is kept, nothing. */
export function rememberMatches(needs: Needs, rules: readonly DataRule[]): void {
  const { derived } = needs;
  if (derived === undefined) return;
  const kept = decodeMatches(derived.get(keptName));
  if (kept === undefined) {
    const found = rules.flatMap((rule): [string, ImageMatch][] => {
      const match = ruleMatch(needs, rule);
      return match === undefined ? [] : [[rule.id, match]];
    });
    derived.put(keptName, new TextEncoder().encode(JSON.stringify(found)));
    return;
  }
  const { matches } = lookedFor(needs);
  for (const rule of rules) matches.set(rule, kept.get(rule.id));
}

function decodeMatches(bytes: Uint8Array | undefined): Map<string, ImageMatch> | undefined {
  if (bytes === undefined) return undefined;
  try {
    return new Map(JSON.parse(new TextDecoder().decode(bytes)) as [string, ImageMatch][]);
  } catch {
    return undefined;
  }
}
