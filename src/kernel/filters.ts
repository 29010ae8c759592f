// The default seccomp filters of docker, containers-common (podman, CRI-O, buildah), containerd and systemd-nspawn, by
// version.
// The readable tables are tables/filters.tsv and tables/filter-versions.tsv; how a filter answers a call is in
// filter-evaluation.ts.

import { ownEntry } from '../lib/own-entry.ts';
import { compareVersions } from '../lib/version.ts';
import { amendForCrio } from './crio-filter.ts';
import type {
  ArgumentCondition,
  ArgumentOperator,
  Filter,
  FilterRule,
  Names,
  RuleAction,
} from './filter-profile.ts';
import data from './generated/filters.json' with { type: 'json' };

export { type Action, evaluateFilter } from './filter-evaluation.ts';
export { type Filter, parseOciProfile } from './filter-profile.ts';

interface StoredRule {
  /** Pairs of first and last position in the list of versions. */
  readonly spans: readonly number[];
  readonly action: string;
  readonly args: readonly (readonly (string | number)[])[];
  readonly with: readonly string[];
  readonly without: readonly string[];
  readonly arches: readonly string[];
  readonly notArches: readonly string[];
  readonly kernel: string;
  /** Separated by spaces. */
  readonly calls: string;
}

const engines: Readonly<
  Record<
    string,
    { readonly versions: readonly (readonly string[])[]; readonly rules: readonly StoredRule[] }
  >
> = data.engines;

const titles: Readonly<Record<string, string>> = {
  docker: 'docker',
  common: 'containers-common',
  containerd: 'containerd',
  nspawn: 'systemd-nspawn',
};

/** Before it systemd-nspawn answered every call that it does not allow with EPERM; those lists were not read. */
const firstNspawn = '247';

function conditionOf([index, operator, value, mask]: readonly (
  | string
  | number
)[]): ArgumentCondition {
  return {
    index: Number(index),
    operator: operatorOf(String(operator)),
    value: BigInt(value ?? 0),
    ...(mask === undefined ? {} : { mask: BigInt(mask) }),
  };
}

function operatorOf(text: string): ArgumentOperator {
  switch (text) {
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '&':
      return text;
    default:
      return '==';
  }
}

function actionOf(text: string): RuleAction {
  return text === 'allow' ? 'allow' : `E${text.slice(1)}`;
}

/** How many questions a text answers before a set of its names is worth its making. */
const fewQuestions = 8;

/** Names separated by spaces. One question, as `plimsoll syscall` asks it of every filter there is, needs no set. */
function namesIn(text: string): Names {
  let names: ReadonlySet<string> | undefined;
  let asked = 0;
  const set = (): ReadonlySet<string> => {
    names ??= new Set(text.split(' '));
    return names;
  };
  return {
    has: (name) => {
      asked++;
      if (names === undefined && asked <= fewQuestions) return ` ${text} `.includes(` ${name} `);
      return set().has(name);
    },
    [Symbol.iterator]: () => set()[Symbol.iterator](),
  };
}

const builtRules = new Map<StoredRule, FilterRule>();

/** A rule of the table; the same object for all versions that have it. */
function ruleOf(rule: StoredRule): FilterRule {
  const known = builtRules.get(rule);
  if (known !== undefined) return known;
  const built: FilterRule = {
    names: namesIn(rule.calls),
    action: actionOf(rule.action),
    args: rule.args.map(conditionOf),
    withCapabilities: rule.with,
    withoutCapabilities: rule.without,
    arches: rule.arches,
    notArches: rule.notArches,
    ...(rule.kernel === '' ? {} : { minKernel: rule.kernel }),
  };
  builtRules.set(rule, built);
  return built;
}

const rulesOfVersions = new Map<string, readonly FilterRule[]>();

/** The rules of the version at a position; the same array every time. */
function rulesOf(engine: string, at: number): readonly FilterRule[] {
  const key = `${engine} ${at}`;
  const known = rulesOfVersions.get(key);
  if (known !== undefined) return known;
  const rules = (engines[engine]?.rules ?? [])
    .filter(({ spans }) =>
      spans.some((first, i) => i % 2 === 0 && first <= at && at <= (spans[i + 1] ?? -1)),
    )
    .map(ruleOf);
  rulesOfVersions.set(key, rules);
  return rules;
}

function build(engine: string, at: number, source: string): Filter | undefined {
  const version = engines[engine]?.versions[at];
  if (version === undefined) return undefined;
  return {
    source,
    defaultAction: actionOf(version[2] ?? 'EPERM'),
    // What matters is whether the runtime sees ENOSYS as the default; that only those give which write it down.
    defaultErrnoGiven: version[2] === 'ENOSYS',
    rules: rulesOf(engine, at),
  };
}

const commons: Readonly<Record<string, readonly (readonly string[])[]>> = data.common;

/**
 * The containers-common release whose filter a release of podman, CRI-O or buildah has; undefined for another engine or
 * a text that is no version.
 */
export function commonOf(engine: string, version: string): string | undefined {
  const releases = ownEntry(commons, engine);
  if (releases === undefined || !/^v?\d/.test(version)) return undefined;
  const older = releases.findLast(([release = '']) => compareVersions(release, version) <= 0);
  return (older ?? releases[0])?.[1];
}

/**
 * The default filter of an engine: 'docker', 'containerd', 'podman' and 'buildah' (by way of containers-common), or
 * 'containers-common' itself, and 'nspawn' by the version of systemd. `commonVersion` decides for podman, buildah and CRI-O where it is known. A version older
 * or newer than the tables gets the nearest filter, and `source` says so. undefined for an engine without a table.
 */
export function defaultFilter(
  engine: string,
  version: string | undefined,
  commonVersion?: string,
): Filter | undefined {
  switch (engine) {
    case 'docker':
    case 'containerd':
      return version === undefined ? undefined : nearest(engine, version, '');
    case 'nspawn':
      return version === undefined || compareVersions(version, firstNspawn) < 0
        ? undefined
        : nearest(engine, version, '');
    case 'containers-common':
      return version === undefined ? undefined : nearest('common', version, '');
    case 'podman':
    case 'cri-o':
    case 'buildah': {
      const mapped = version === undefined ? undefined : commonOf(engine, version);
      const common = commonVersion ?? mapped;
      if (common === undefined) return undefined;
      const shown = version === undefined ? engine : `${engine} ${version}`;
      const filter = nearest('common', common, `${shown}: `);
      return engine === 'cri-o' && filter !== undefined ? amendForCrio(filter, version) : filter;
    }
    default:
      return undefined;
  }
}

function nearest(engine: string, version: string, prefix: string): Filter | undefined {
  const versions = engines[engine]?.versions ?? [];
  const first = versions[0]?.[0] ?? '';
  const newest = versions.at(-1)?.[1] ?? '';
  const title = `${prefix}default seccomp filter of ${titles[engine]} ${version}`;
  if (!/^v?\d/.test(version)) return undefined;
  if (compareVersions(version, first) < 0) {
    return build(engine, 0, `${title} (taken from ${first}, the oldest that is known)`);
  }
  const at = versions.findLastIndex(([from = '']) => compareVersions(from, version) <= 0);
  const after =
    compareVersions(version, newest) > 0 ? ` (taken from ${newest}, the newest known)` : '';
  return build(engine, at, `${title}${after}`);
}

/** The podman releases whose containers-common is known, oldest first. */
export function podmanReleases(): readonly string[] {
  return (commons['podman'] ?? []).map(([podman = '']) => podman);
}

/** A run of engine versions that share a filter. */
export interface FilterVersions {
  readonly first: string;
  readonly last: string;
}

/** The versions of 'docker', 'containers-common' or 'containerd' with their filters, oldest first. */
export function filterVersions(engine: string): readonly FilterVersions[] {
  const versions = engines[engine === 'containers-common' ? 'common' : engine]?.versions ?? [];
  return versions.map(([first = '', last = '']) => ({ first, last }));
}
