// Why a container fails: it is run as it fails, then with restrictions lifted, until the smallest change is known that
// makes it work. The likeliest change is tried first, by what the failed run wrote.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { handingOver } from '../emulate/handed-over.ts';
import type { ContainerSettings } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { allCapabilities } from '../host/capabilities.ts';
import { abiOfMachine } from '../kernel/abi.ts';
import type { Filter } from '../kernel/filter-profile.ts';
import { capabilitiesOf } from '../runtime/spec/capabilities.ts';
import { filterOf } from '../runtime/spec/seccomp.ts';
import { type Failure, searchFailure } from './failure-search.ts';
import { type RefusalWatch, watchedHost, watchRefusals } from './refused-calls.ts';
import type { Component, Restriction } from './restriction.ts';
import { byLikelihood, type Evidence, type Ordered, restrictionsOf } from './restrictions.ts';
import { smallestChange } from './smallest-change.ts';
import { runTrial, type Trial, type TrialLimits } from './trial.ts';
import { surfaceFor, watchSurface } from './watched-surface.ts';

/** One run, for the record. */
export interface RunRecord {
  /** What was lifted; empty: nothing. */
  readonly lifted: readonly string[];
  readonly trial: Trial;
}

/** One thing that stands in the way. */
export interface Cause {
  readonly id: string;
  readonly what: string;
  readonly component: Component;
  readonly fix: string;
  readonly workAround: string;
  /** Calls that were refused, where that is known. */
  readonly calls: readonly string[];
}

/** What was found. */
export interface Explanation {
  readonly verdict: 'works' | 'explained' | 'unexplained';
  readonly causes: readonly Cause[];
  readonly runs: readonly RunRecord[];
}

/** What an explanation is asked with. */
export interface WhyRequest {
  readonly settings: ContainerSettings;
  readonly limits: TrialLimits;
  /** uname -m and uname -r of this machine. */
  readonly machine: string;
  readonly kernel: string;
  /** Version of the libseccomp that runtimes load. */
  readonly libseccomp?: string | undefined;
  /** Told of each run as it begins. */
  readonly progress: (run: number, lifted: readonly string[]) => void;
}

function lifted(
  settings: ContainerSettings,
  restrictions: readonly Restriction[],
): ContainerSettings {
  return restrictions.reduce((changed, one) => one.lift(changed) ?? changed, settings);
}

/** What a failed run shows, as one text for the hints. */
function shownBy({ exitCode, startError, oomKilled, output }: Trial): string {
  const end = exitCode === undefined ? 'timeout' : `exit ${exitCode}`;
  return [end, oomKilled ? 'out of memory' : '', startError ?? '', ...output].join('\n');
}

/** A run, with the calls that its filter refused. */
interface Attempt {
  readonly trial: Trial;
  readonly refused: readonly string[];
}

/** Runs with restrictions lifted, each set once, and its filter watched where it is still there. */
function attempts(engine: Engine, request: WhyRequest, runs: RunRecord[]) {
  const known = new Map<string, Promise<Attempt>>();
  const run = async (restrictions: readonly Restriction[]): Promise<Attempt> => {
    const words = restrictions.map(({ what }) => what);
    request.progress(runs.length + 1, words);
    const settings = lifted(request.settings, restrictions);
    const { watch, watched } = watchedSettings(engine, { ...request, settings });
    const trial = await runTrial(engine, watched, request.limits).finally(() => watch?.stop());
    runs.push({ lifted: words, trial });
    return { trial, refused: watch?.calls() ?? [] };
  };
  return (restrictions: readonly Restriction[]): Promise<Attempt> => {
    const key = restrictions
      .map(({ id }) => id)
      .toSorted()
      .join('\n');
    const before = known.get(key) ?? run(restrictions);
    known.set(key, before);
    return before;
  };
}

/**
 * Finds out why a container fails.
 * @throws the signal's reason; PlimsollError where the engine itself fails
 */
export async function explainFailure(engine: Engine, request: WhyRequest): Promise<Explanation> {
  const { settings } = request;
  const runs: RunRecord[] = [];
  const attempt = attempts(engine, request, runs);
  const first = await attempt([]);
  if (first.trial.works) return { verdict: 'works', causes: [], runs };
  const { config, image } = settings;
  const command = [...(config.entrypoint ?? image.config.entrypoint), ...config.command].join(' ');
  const filter = watchedFilter(settings);
  /** What was refused, by what the run showed. */
  const refusedBy = new Map<string, readonly string[]>();
  const failureOf = ({ trial, refused }: Attempt): Failure => {
    const evidence = `${shownBy(trial)}\n${refused.join(' ')}`;
    refusedBy.set(evidence, refused);
    return { works: trial.works, evidence };
  };
  const order = (shown: string): Ordered =>
    withFilterPlaced(
      restrictionsOf(settings, { command, shown }),
      filter === undefined ? undefined : (refusedBy.get(shown) ?? []),
      filter,
    );
  const found = await searchFailure(failureOf(first), {
    attempt: (chosen: readonly Restriction[]) => attempt(chosen).then(failureOf),
    order,
  });
  if (found === undefined) return { verdict: 'unexplained', causes: [], runs };
  const works = (chosen: readonly Restriction[]): Promise<boolean> =>
    attempt(chosen).then(({ trial }) => trial.works);
  const causes: Cause[] = [];
  for (const one of found) {
    const others = found.filter((other) => other !== one);
    // What it fails with while this is all that is in the way.
    const { trial, refused } = await attempt(others);
    const evidence = { command, shown: `${shownBy(trial)}\n${refused.join(' ')}` };
    const opened = order(evidence.shown).candidates.find(({ id }) => id === 'seccomp');
    // Filters open some calls to those who have a capability which the kernel does not ask for: the call is the lesser grant.
    const lesser =
      one.id === 'capabilities' &&
      refused.length > 0 &&
      opened !== undefined &&
      (await works([...others, opened]));
    const favoured = openingCapabilities(filter, refused);
    causes.push(
      ...(await narrowed(lesser ? opened : one, {
        settings,
        evidence,
        refused,
        favoured,
        others,
        works,
      })),
    );
  }
  return { verdict: 'explained', causes, runs };
}

/**
 * The filter among the candidates: last where it refused nothing that was seen, and after the capabilities where it allows
 * all that it refused to those who have one.
 */
function withFilterPlaced(
  { candidates, spokenFor }: Ordered,
  refused: readonly string[] | undefined,
  filter: Filter | undefined,
): Ordered {
  const isFilter = ({ id }: Restriction): boolean => id === 'seccomp';
  const place = candidates.findIndex(isFilter);
  if (refused === undefined || place < 0) return { candidates, spokenFor };
  const others = candidates.filter((one) => !isFilter(one));
  const seccomp = candidates.filter(isFilter);
  const left = spokenFor - (place < spokenFor ? 1 : 0);
  if (refused.length === 0) return { candidates: [...others, ...seccomp], spokenFor: left };
  const byCapability = (call: string): boolean =>
    filter?.rules.some(
      ({ names, withCapabilities }) => names.has(call) && withCapabilities.length > 0,
    ) === true;
  const capabilities = others.filter(({ id }) => id === 'capabilities');
  const rest = others.filter(({ id }) => id !== 'capabilities');
  // What was refused speaks louder than what was written.
  const first = refused.every(byCapability)
    ? [...capabilities, ...seccomp]
    : [...seccomp, ...capabilities];
  return { candidates: [...first, ...rest], spokenFor: Math.max(left, first.length) };
}

/** The capabilities with which a filter opens calls that it refused, as parts are called. */
function openingCapabilities(
  filter: Filter | undefined,
  refused: readonly string[],
): ReadonlySet<string> {
  const rules = filter?.rules.filter(({ names }) => refused.some((call) => names.has(call))) ?? [];
  return new Set(
    rules.flatMap(({ withCapabilities }) =>
      withCapabilities.map((name) => `capability ${name.replace(/^CAP_/, '')}`),
    ),
  );
}

interface Narrowing {
  readonly settings: ContainerSettings;
  readonly evidence: Evidence;
  readonly refused: readonly string[];
  /** Parts that the filter itself names, by id. */
  readonly favoured: ReadonlySet<string>;
  /** The other causes, which are lifted meanwhile. */
  readonly others: readonly Restriction[];
  readonly works: (chosen: readonly Restriction[]) => Promise<boolean>;
}

/** A restriction, or those of its parts that it is. */
async function narrowed(
  restriction: Restriction,
  { settings, evidence, refused, favoured, others, works }: Narrowing,
): Promise<readonly Cause[]> {
  const parts = restriction.parts?.(settings) ?? [];
  const likely = byLikelihood(parts, evidence).candidates;
  const ordered = [
    ...likely.filter(({ id }) => favoured.has(id)),
    ...likely.filter(({ id }) => !favoured.has(id)),
  ];
  const smallest = await smallestChange(ordered, (chosen) => works([...others, ...chosen]));
  return (smallest ?? [restriction]).map(({ id, what, component, fix, workAround }) => ({
    id,
    what,
    component,
    fix,
    workAround,
    calls: id === 'seccomp' || id === 'host' ? refused : [],
  }));
}

/** The filter whose refusals are watched; that of an imitated host is not. */
function watchedFilter({ config }: ContainerSettings): Filter | undefined {
  return config.imitatedHost === undefined ? filterOf(config) : undefined;
}

/** The settings of a run: with its filter watched, where there is one, or the host that stands before it. */
function watchedSettings(
  engine: Engine,
  { settings, machine, kernel, libseccomp }: WhyRequest,
): { readonly watch?: Pick<RefusalWatch, 'calls' | 'stop'>; readonly watched: ContainerSettings } {
  const { config } = settings;
  const abi = abiOfMachine(machine);
  const socket = join(engine.runFolder, `why-${randomBytes(8).toString('hex')}`);
  if (config.imitatedHost !== undefined && abi !== undefined) {
    const here = { machine, release: kernel, libseccomp };
    const before = surfaceFor(config.imitatedHost.offer, config, here);
    const watch = watchSurface(before, handingOver(before.surface), here, socket, () => true);
    const { supervisedAs: _, ...host } = config.imitatedHost;
    const imitatedHost = { ...host, seccomp: watch.seccomp };
    return {
      // That another release is told is no refusal.
      watch: {
        ...watch,
        calls: () => watch.met().flatMap(({ key, errno }) => (errno === undefined ? [] : [key])),
      },
      watched: { ...settings, config: { ...config, imitatedHost } },
    };
  }
  const filter = watchedFilter(settings);
  if (filter === undefined || abi === undefined) return { watched: settings };
  const capabilities = new Set(capabilitiesOf({ ...config, available: new Set(allCapabilities) }));
  const watch = watchRefusals(filter, { abi, capabilities, kernel }, socket);
  const imitatedHost = watchedHost(watch);
  return { watch, watched: { ...settings, config: { ...config, imitatedHost } } };
}
