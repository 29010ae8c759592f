// What a command does behind another host, against what it does here: once with the whole host in front, then, where it ends
// otherwise, with one of the refusals that it met at a time, so that what it needs is told apart from what it copes with.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Decided,
  decider,
  handingOver,
  handingOverOnly,
  type MetRefusal,
} from '../emulate/handed-over.ts';
import { absentFiles, identityFiles, identityOf } from '../emulate/identity.ts';
import {
  type ImitationRequest,
  type SurfaceBefore,
  surfaceBefore,
} from '../emulate/imitate-host.ts';
import { callerOf } from '../emulate/process-caller.ts';
import type { ContainerSettings } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { allCapabilities } from '../host/capabilities.ts';
import type { Offer } from '../host/offer.ts';
import { abiOfMachine } from '../kernel/abi.ts';
import type { Filter } from '../kernel/filter-profile.ts';
import type { ReplacedFile } from '../runtime/imitated-host.ts';
import { capabilitiesOf } from '../runtime/spec/capabilities.ts';
import { compileSeccomp } from '../runtime/spec/seccomp.ts';
import { serveCalls } from '../sys/seccomp-notify.ts';
import { smallestChange } from './smallest-change.ts';
import { runTrial, type Trial, type TrialLimits } from './trial.ts';

/** A refusal, and which program met it. */
export interface ObservedRefusal extends MetRefusal {
  /** Name of the program, as the kernel keeps it: 15 characters at most. */
  readonly program: string;
  /** How often. */
  readonly count: number;
}

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

function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Which refusals are in force. */
type Chosen = ReadonlySet<string> | 'all';

/** Runs of one command behind one host, with some of what it refuses. */
function hostRuns(engine: Engine, request: ProvingRequest) {
  const { settings, offer, limits, here } = request;
  const abi = abiOfMachine(here.machine) ?? 'x86_64';
  const hostname = settings.config.hostname ?? 'plimsoll';
  const config = { ...settings.config, hostname };
  const before: SurfaceBefore = surfaceBefore({
    offer,
    config,
    capabilities: capabilitiesOf({ ...config, available: new Set(allCapabilities) }),
    here,
    supervisedAs: hostname,
  });
  const decide = decider(before, abi);
  const identity = identityOf(offer);
  const files = identity === undefined ? [] : identityFiles(identity);
  let count = 0;
  const run = async (chosen: Chosen, without: ReadonlySet<string> = new Set()) => {
    const inForce = (key: string): boolean =>
      (chosen === 'all' || chosen.has(key)) && !without.has(key);
    const filter: Filter =
      chosen === 'all'
        ? handingOver(before.surface)
        : handingOverOnly(before, new Set([...chosen].map((key) => key.split(' ')[0] ?? key)));
    const met = new Map<string, ObservedRefusal>();
    const note = (one: Decided['met'], pid: number): void => {
      if (one === undefined) return;
      const old = met.get(one.key);
      met.delete(one.key);
      met.set(one.key, {
        ...one,
        program: old?.program ?? programOf(pid),
        count: (old?.count ?? 0) + 1,
      });
    };
    const socket = join(engine.runFolder, `prove-${engine.now().toString(36)}-${count++}`);
    const server = serveCalls(socket, (call) => {
      const decided = decide(call, callerOf(call.pid), inForce);
      note(decided.met, call.pid);
      return decided.reply;
    });
    const { machine, capabilities } = before;
    const imitatedHost = {
      offer,
      seccomp: {
        ...compileSeccomp(filter, { machine, capabilities, kernel: here.release }),
        listenerPath: socket,
      },
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
      return { trial, met: [...met.values()] };
    } finally {
      server.stop();
      await server.done;
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
