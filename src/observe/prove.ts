// What a command does behind another host, against what it does here: once with the whole host in front, then, where it ends
// otherwise, with one of the refusals that it met at a time, so that what it needs is told apart from what it copes with.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { handingOver, handingOverOnly } from '../emulate/handed-over.ts';
import { absentFiles, identityFiles, identityOf } from '../emulate/identity.ts';
import type { ImitationRequest } from '../emulate/imitate-host.ts';
import type { ContainerSettings } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import type { Offer } from '../host/offer.ts';
import type { Filter } from '../kernel/filter-profile.ts';
import type { ReplacedFile } from '../runtime/imitated-host.ts';
import { smallestChange } from './smallest-change.ts';
import { runTrial, type Trial, type TrialLimits } from './trial.ts';
import { type ObservedRefusal, surfaceFor, watchSurface } from './watched-surface.ts';

/** One run, for the record. */
export interface ProvingRun {
  /** What was refused: keys, or all that the host refuses. */
  readonly refused: readonly string[] | 'all' | 'none';
  readonly trial: Trial;
}

/** What came of one host. */
export interface HostTrial {
  readonly here: Trial;
  readonly there: Trial;
  /** Both ended in the same way. */
  readonly alike: boolean;
  /** Sets of refusals of which each, by itself, has the command end otherwise; mostly of one. */
  readonly needed: readonly (readonly ObservedRefusal[])[];
  /** Met, and borne. */
  readonly tolerated: readonly ObservedRefusal[];
  /** Met, and not tried alone: there were too many. */
  readonly untried: readonly ObservedRefusal[];
  readonly runs: readonly ProvingRun[];
}

/** What is asked. */
export interface ProvingRequest {
  readonly settings: ContainerSettings;
  readonly offer: Offer;
  readonly limits: TrialLimits;
  readonly here: ImitationRequest['here'];
  /** The command without the host, where it has run before. */
  readonly before?: Trial;
  /** Told of each run as it begins. */
  readonly progress: (says: string) => void;
}

/** Key of what the kernel says of itself: uname(2) and files below /proc. */
export const identityKey = 'uname';
/** Runs with one refusal alone; the rest is left untried. */
const mostAlone = 16;
/** How often what was hidden behind a needed call is looked for. */
const mostRounds = 4;

/** The same end, as far as the outside can tell. */
export function endsAlike(one: Trial, other: Trial): boolean {
  return (
    one.exitCode === other.exitCode &&
    one.timedOut === other.timedOut &&
    (one.startError === undefined) === (other.startError === undefined)
  );
}

/** Which refusals are in force. */
type Chosen = ReadonlySet<string> | 'all';

/** Runs of one command behind one host, with some of what it refuses. */
function hostRuns(engine: Engine, request: ProvingRequest) {
  const { settings, offer, limits, here } = request;
  const { config } = settings;
  const before = surfaceFor(offer, config, here);
  const identity = identityOf(offer);
  const files = identity === undefined ? [] : identityFiles(identity);
  const run = async (chosen: Chosen, without: ReadonlySet<string> = new Set()) => {
    const inForce = (key: string): boolean =>
      (chosen === 'all' || chosen.has(key)) && !without.has(key);
    const filter: Filter =
      chosen === 'all'
        ? handingOver(before.surface)
        : handingOverOnly(before, new Set([...chosen].map((key) => key.split(' ')[0] ?? key)));
    const socket = join(engine.runFolder, `prove-${randomBytes(8).toString('hex')}`);
    const watch = watchSurface(before, filter, here, socket, inForce);
    const imitatedHost = {
      offer,
      seccomp: watch.seccomp,
      files: inForce(identityKey) ? files : ([] as readonly ReplacedFile[]),
      absent: chosen === 'all' ? absentFiles(offer) : [],
      limits: [],
    };
    try {
      const trial = await runTrial(
        engine,
        { ...settings, config: { ...config, imitatedHost } },
        limits,
      );
      return { trial, met: watch.met() };
    } finally {
      await watch.stop();
    }
  };
  return { run, hasIdentity: files.length > 0 };
}

/** What a file below /proc tells, which nobody sees being read. */
const unseenIdentity: ObservedRefusal = {
  key: identityKey,
  call: 'uname',
  by: 'kernel',
  program: '',
  count: 0,
};

/**
 * Runs a command behind a host, and finds out what of the host it needs.
 * @throws the signal's reason; PlimsollError where the engine itself fails
 */
export async function proveOnHost(engine: Engine, request: ProvingRequest): Promise<HostTrial> {
  const { settings, limits, progress } = request;
  const runs: ProvingRun[] = [];
  const { run, hasIdentity } = hostRuns(engine, request);
  const tell = (refused: ProvingRun['refused'], trial: Trial): Trial => {
    runs.push({ refused, trial });
    return trial;
  };
  const bare = async (): Promise<Trial> => {
    progress('as it is here');
    return runTrial(engine, settings, limits);
  };
  const here = tell('none', request.before ?? (await bare()));
  progress(`as ${request.offer.name}`);
  const first = await run('all');
  const there = tell('all', first.trial);
  if (endsAlike(here, there))
    return { here, there, alike: true, needed: [], tolerated: first.met, untried: [], runs };
  const failsWith = async (some: readonly ObservedRefusal[]): Promise<boolean> => {
    const keys = some.map(({ key }) => key);
    progress(`only ${keys.join(', ')} refused`);
    const { trial } = await run(new Set(keys));
    tell(keys, trial);
    return !endsAlike(here, trial);
  };
  const needed: (readonly ObservedRefusal[])[] = [];
  const tolerated: ObservedRefusal[] = [];
  const untried: ObservedRefusal[] = [];
  const known = new Set<string>();
  let alone = 0;
  let pending = first.met;
  for (let round = 0; round < mostRounds; round++) {
    const before = needed.length;
    // What was refused last is the likeliest.
    const fresh = pending.filter(({ key }) => !known.has(key)).toReversed();
    for (const one of fresh) {
      known.add(one.key);
      if (++alone > mostAlone) untried.push(one);
      else if (await failsWith([one])) needed.push([one]);
      else tolerated.push(one);
    }
    if (needed.length === before) {
      const seen = pending.some(({ key }) => key === identityKey);
      const candidates = [
        ...(hasIdentity && !seen && !known.has(identityKey) ? [unseenIdentity] : []),
        ...fresh.toReversed(),
      ];
      const together = await smallestChange(candidates, async (some) => {
        const [only] = some;
        return some.length === 1 && only !== undefined && tolerated.includes(only)
          ? false
          : failsWith(some);
      });
      if (together !== undefined) needed.push(together);
      break;
    }
    progress(`as ${request.offer.name}, without what it needs`);
    const without = new Set(needed.flat().map(({ key }) => key));
    const next = await run('all', without);
    runs.push({ refused: 'all', trial: next.trial });
    if (endsAlike(here, next.trial)) {
      for (const one of next.met) if (!known.has(one.key)) tolerated.push(one);
      break;
    }
    pending = next.met;
  }
  const inSets = new Set(needed.flat().map(({ key }) => key));
  return {
    here,
    there,
    alike: false,
    needed,
    tolerated: tolerated.filter(({ key }) => !inSets.has(key)),
    untried,
    runs,
  };
}
