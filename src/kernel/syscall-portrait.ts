// Everything that the tables know of one system call, put together for people: since when, with which numbers, which
// distributions carry it, which engines' filters let it through, what gates it, and who copes without it.
import type { Abi } from './abi.ts';
import { abis } from './abi.ts';
import { carriedBy, type Distribution, distributions } from './distributions.ts';
import { callersOf, type RuntimeCall } from './fallbacks.ts';
import {
  type Action,
  defaultFilter,
  evaluateFilter,
  type Filter,
  filterVersions,
  podmanReleases,
} from './filters.ts';
import { type Gate, gatesOf } from './gates.ts';
import { type GvisorCall, gvisorCall } from './gvisor.ts';
import { hasSyscall } from './kernel-syscalls.ts';
import { libseccompSince } from './libseccomp.ts';
import type { SyscallFacts } from './syscalls.ts';

/** ABIs that share number and releases. */
export interface NumberGroup {
  readonly abis: readonly Abi[];
  readonly number: number;
  readonly since?: string;
  readonly last?: string;
}

/** A distribution's releases that have the call. */
export interface CarrierRun {
  readonly id: string;
  readonly also: readonly string[];
  readonly first: string;
  /** Absent: up to the newest that the tables know. */
  readonly last?: string;
  /** The first of them has it beyond its base release. */
  readonly backported: boolean;
}

/** Versions of an engine that answer alike. */
export interface FilterRun {
  readonly engine: string;
  readonly first: string;
  /** Absent: up to the newest that the tables know. */
  readonly last?: string;
  readonly action: Action['action'];
  readonly by: Action['by'];
  readonly why: string;
  /** Capabilities that change the answer (--cap-add), and the answer with them. */
  readonly capabilities: readonly string[];
  readonly withCapabilities: Action['action'];
}

/** Everything that the tables know of one call. */
export interface SyscallPortrait {
  readonly facts: SyscallFacts;
  readonly abi: Abi;
  readonly numbers: readonly NumberGroup[];
  /** Distributions whose tables tell; those without the call are in `without`. */
  readonly carriers: readonly CarrierRun[];
  readonly without: readonly string[];
  readonly filters: readonly FilterRun[];
  readonly gates: readonly Gate[];
  readonly gvisor?: GvisorCall;
  readonly libseccomp?: string;
  readonly callers: readonly RuntimeCall[];
}

function numberGroups(facts: SyscallFacts): readonly NumberGroup[] {
  const groups = new Map<string, { abis: Abi[]; number: number; since?: string; last?: string }>();
  for (const abi of abis) {
    const { [abi]: number } = facts.numbers;
    if (number === undefined) continue;
    const { [abi]: since } = facts.since;
    const { [abi]: last } = facts.last;
    const key = `${number} ${since} ${last}`;
    const group = groups.get(key) ?? {
      abis: [],
      number,
      ...(since === undefined ? {} : { since }),
      ...(last === undefined ? {} : { last }),
    };
    group.abis.push(abi);
    groups.set(key, group);
  }
  return [...groups.values()];
}

interface Found {
  readonly row: Distribution;
  readonly has: boolean;
  readonly backported: boolean;
}

function carriersOf(
  name: string,
  abi: Abi,
): { readonly carriers: readonly CarrierRun[]; readonly without: readonly string[] } {
  const byId = new Map<string, Found[]>();
  for (const row of distributions) {
    if (row.base === undefined) continue;
    const { added, removed, uncertain } = carriedBy(row, abi);
    const has = hasSyscall({ base: row.base, added, removed, uncertain }, abi, name);
    if (has === undefined) continue;
    const backported = has && hasSyscall({ base: row.base }, abi, name) !== true;
    byId.set(row.id, [...(byId.get(row.id) ?? []), { row, has, backported }]);
  }
  const carriers: CarrierRun[] = [];
  const without: string[] = [];
  for (const [id, found] of byId) {
    if (found.every(({ has }) => !has)) without.push(id);
    for (const [at, { row, has, backported }] of found.entries()) {
      if (!has || found[at - 1]?.has) continue;
      const end = found.findIndex((other, later) => later > at && !other.has);
      const last = end < 0 ? undefined : found[end - 1]?.row.version;
      carriers.push({
        id,
        also: row.also.filter((other) => !other.startsWith(':')),
        first: row.version,
        ...(last === undefined ? {} : { last }),
        backported,
      });
    }
  }
  return { carriers, without };
}

/** What the portrait needs to know of engines beyond the tables of filters. */
export interface EngineKnowledge {
  /** Default bounding set of an engine's version. */
  readonly capabilities: (engine: string, version: string) => ReadonlySet<string>;
  /** The runc that comes with an engine's version, where one does. */
  readonly runc: (engine: string, version: string) => string | undefined;
}

/** Versions of an engine, each with the last one that has the same filter. */
function versionsOf(engine: string): readonly { readonly first: string; readonly last: string }[] {
  return engine === 'podman'
    ? podmanReleases().map((version) => ({ first: version, last: version }))
    : filterVersions(engine);
}

function filterRuns(
  engine: string,
  name: string,
  abi: Abi,
  knowledge: EngineKnowledge,
): readonly FilterRun[] {
  const runs: { -readonly [key in keyof FilterRun]: FilterRun[key] }[] = [];
  const versions = versionsOf(engine);
  let asked = '';
  let rules: Filter['rules'] | undefined;
  for (const [at, { first }] of versions.entries()) {
    const filter = defaultFilter(engine, first);
    if (filter === undefined) continue;
    const runc = knowledge.runc(engine, first);
    const held = knowledge.capabilities(engine, first);
    // Most releases of podman share the filter of the one before: the same question gets the same answer.
    const question = `${runc} ${[...held].join()}`;
    if (filter.rules === rules && question === asked) continue;
    rules = filter.rules;
    asked = question;
    const ask = (capabilities: ReadonlySet<string>): Action =>
      evaluateFilter(filter, {
        abi,
        syscall: name,
        capabilities,
        ...(runc === undefined ? {} : { runtime: { name: 'runc', version: runc } }),
      });
    const { action, by, why } = ask(held);
    const helpful = filter.rules
      .filter((rule) => rule.names.has(name))
      .flatMap((rule) => rule.withCapabilities)
      .filter((one) => !held.has(one) && ask(new Set([...held, one])).action !== action);
    const capabilities = [...new Set(helpful)];
    const { action: withCapabilities } = ask(new Set([...held, ...capabilities]));
    const previous = runs.at(-1);
    const same =
      previous?.action === action &&
      previous.by === by &&
      previous.withCapabilities === withCapabilities &&
      previous.capabilities.join() === capabilities.join();
    if (same) continue;
    const last = versions[at - 1]?.last;
    if (previous !== undefined && last !== undefined) previous.last = last;
    runs.push({ engine, first, action, by, why, capabilities, withCapabilities });
  }
  return runs;
}

/** Puts together what is known of a call, for one ABI where it matters. */
export function portraitOf(
  facts: SyscallFacts,
  abi: Abi,
  knowledge: EngineKnowledge,
): SyscallPortrait {
  const gvisor = gvisorCall(facts.name, abi);
  const libseccomp = libseccompSince(facts.name, abi);
  return {
    facts,
    abi,
    numbers: numberGroups(facts),
    ...carriersOf(facts.name, abi),
    filters: ['docker', 'podman', 'containerd'].flatMap((engine) =>
      filterRuns(engine, facts.name, abi, knowledge),
    ),
    gates: gatesOf(facts.name, abi),
    ...(gvisor === undefined ? {} : { gvisor }),
    ...(libseccomp === undefined ? {} : { libseccomp }),
    callers: callersOf(facts.name, abi),
  };
}
