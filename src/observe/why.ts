// Why a container fails: it is run as it fails, then with restrictions lifted, until the smallest change is known that
// makes it work. The likeliest change is tried first, by what the failed run wrote.
import { join } from 'node:path';
import type { ContainerSettings } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { allCapabilities } from '../host/capabilities.ts';
import { abiOfMachine } from '../kernel/abi.ts';
import type { Filter } from '../kernel/filter-profile.ts';
import { capabilitiesOf } from '../runtime/spec/capabilities.ts';
import { filterOf } from '../runtime/spec/seccomp.ts';
import { type RefusalWatch, watchRefusals } from './refused-calls.ts';
import type { Component, Restriction } from './restriction.ts';
import { byLikelihood, restrictionsOf } from './restrictions.ts';
import { smallestChange } from './smallest-change.ts';
import { runTrial, type Trial, type TrialLimits } from './trial.ts';

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
function evidenceOf({ exitCode, startError, oomKilled, output }: Trial, command: string): string {
  const end = exitCode === undefined ? 'timeout' : `exit ${exitCode}`;
  return [command, end, oomKilled ? 'out of memory' : '', startError ?? '', ...output].join('\n');
}

/**
 * Finds out why a container fails.
 * @throws the signal's reason; PlimsollError where the engine itself fails
 */
export async function explainFailure(engine: Engine, request: WhyRequest): Promise<Explanation> {
  const { settings, limits, progress } = request;
  const runs: RunRecord[] = [];
  const run = async (given: ContainerSettings, words: readonly string[]): Promise<Trial> => {
    progress(runs.length + 1, words);
    const trial = await runTrial(engine, given, limits);
    runs.push({ lifted: words, trial });
    return trial;
  };
  const { watch, watched } = watchedSettings(engine, request);
  const first = await run(watched, []).finally(() => watch?.stop());
  if (first.works) return { verdict: 'works', causes: [], runs };
  const { config, image } = settings;
  const words = [...(config.entrypoint ?? image.config.entrypoint), ...config.command];
  const evidence = evidenceOf(first, words.join(' '));
  const refused = watch?.calls() ?? [];
  const works = (chosen: readonly Restriction[], base: readonly Restriction[] = []) =>
    run(
      lifted(settings, [...base, ...chosen]),
      [...base, ...chosen].map(({ what }) => what),
    ).then((trial) => trial.works);
  const candidates = restrictionsOf(settings, `${evidence}\n${refused.join(' ')}`);
  const plausible = withFilterPlaced(candidates, watch, watchedFilter(settings));
  const found = await smallestChange(plausible, (chosen) => works(chosen));
  if (found === undefined) return { verdict: 'unexplained', causes: [], runs };
  const [only] = found;
  const filterOnly = plausible.find(({ id }) => id === 'seccomp');
  // Filters open some calls to those who have a capability which the kernel does not ask for: the call is the lesser grant.
  const lesser =
    found.length === 1 && only?.id === 'capabilities' && filterOnly !== undefined
      ? [filterOnly]
      : undefined;
  const smallest = lesser !== undefined && (await works(lesser)) ? lesser : found;
  const causes: Cause[] = [];
  for (const one of smallest) {
    const others = smallest.filter((other) => other !== one);
    causes.push(...(await narrowed(one, others, { settings, evidence, refused, works })));
  }
  return { verdict: 'explained', causes, runs };
}

/**
 * The filter among the candidates: not at all where it refused nothing, and after the capabilities where it allows all
 * that it refused to those who have one.
 */
function withFilterPlaced(
  candidates: readonly Restriction[],
  watch: RefusalWatch | undefined,
  filter: Filter | undefined,
): readonly Restriction[] {
  if (watch === undefined) return candidates;
  const isFilter = ({ id }: Restriction): boolean => id === 'seccomp';
  const others = candidates.filter((one) => !isFilter(one));
  const refused = watch.calls();
  if (refused.length === 0) return others;
  const byCapability = (call: string): boolean =>
    filter?.rules.some(
      ({ names, withCapabilities }) => names.has(call) && withCapabilities.length > 0,
    ) === true;
  return refused.every(byCapability)
    ? [
        ...others.filter(({ id }) => id === 'capabilities'),
        ...others.filter(({ id }) => id !== 'capabilities'),
        ...candidates.filter(isFilter),
      ]
    : candidates;
}

interface Narrowing {
  readonly settings: ContainerSettings;
  readonly evidence: string;
  readonly refused: readonly string[];
  readonly works: (
    chosen: readonly Restriction[],
    base: readonly Restriction[],
  ) => Promise<boolean>;
}

/** A restriction, or those of its parts that it is. */
async function narrowed(
  restriction: Restriction,
  others: readonly Restriction[],
  { settings, evidence, refused, works }: Narrowing,
): Promise<readonly Cause[]> {
  const parts = restriction.parts?.(settings) ?? [];
  const smallest =
    parts.length === 0
      ? undefined
      : await smallestChange(byLikelihood(parts, evidence), (chosen) => works(chosen, others));
  return (smallest ?? [restriction]).map(({ id, what, component, fix, workAround }) => ({
    id,
    what,
    component,
    fix,
    workAround,
    calls: id === 'seccomp' ? refused : [],
  }));
}

/** The filter whose refusals are watched; that of an imitated host is not. */
function watchedFilter({ config }: ContainerSettings): Filter | undefined {
  return config.imitatedHost === undefined ? filterOf(config) : undefined;
}

/** The settings of the first run: with the filter watched, where there is one. */
function watchedSettings(
  engine: Engine,
  { settings, machine, kernel }: WhyRequest,
): { readonly watch?: RefusalWatch; readonly watched: ContainerSettings } {
  const filter = watchedFilter(settings);
  const abi = abiOfMachine(machine);
  if (filter === undefined || abi === undefined) return { watched: settings };
  const { config } = settings;
  const capabilities = new Set(capabilitiesOf({ ...config, available: new Set(allCapabilities) }));
  const socket = join(engine.runFolder, `why-${engine.now().toString(36)}`);
  const watch = watchRefusals(filter, { abi, capabilities, kernel }, socket);
  const offer = { schema: 'plimsoll.host/1', name: 'this' } as const;
  const imitatedHost = { offer, seccomp: watch.seccomp, files: [] };
  return { watch, watched: { ...settings, config: { ...config, imitatedHost } } };
}
