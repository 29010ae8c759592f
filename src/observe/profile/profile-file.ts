// Seccomp profiles as files: read with their comments, joined, compared.

import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Abi } from '../../kernel/abi.ts';
import { evaluateFilter, goMachines } from '../../kernel/filter-evaluation.ts';
import { type Filter, parseOciProfile } from '../../kernel/filter-profile.ts';
import { allSyscalls } from '../../kernel/syscalls.ts';
import { isJsonObject } from '../../lib/json.ts';
import { compileSeccomp } from '../../runtime/spec/seccomp.ts';
import type { Profile, ProfileRule } from './profile.ts';

function isRule(value: unknown): value is ProfileRule {
  return (
    isJsonObject(value) &&
    Array.isArray(value['names']) &&
    value['names'].every((name) => typeof name === 'string') &&
    typeof value['action'] === 'string'
  );
}

function isProfile(value: unknown): value is Profile {
  return (
    isJsonObject(value) &&
    typeof value['defaultAction'] === 'string' &&
    Array.isArray(value['syscalls']) &&
    value['syscalls'].every(isRule)
  );
}

/** Reads a profile. @param path as the user named the file, for messages @throws PlimsollError PL0841 */
export function parseProfile(content: string, path: string): Profile {
  const wrong = (why: string): PlimsollError =>
    new PlimsollError('PL0841', `${path} is no seccomp profile: ${why}`, {
      at: { path },
      help: 'JSON with defaultAction and syscalls, each with names and action, as docker has it',
    });
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw wrong('it is not JSON');
  }
  if (!isProfile(value))
    throw wrong('defaultAction or syscalls are missing or not as they should be');
  return value;
}

/** A filter that Plimsoll knows, written as a profile: docker's default for the base of another. */
export function profileOfFilter(
  filter: Filter,
  target: {
    readonly machine: string;
    readonly capabilities: ReadonlySet<string>;
    readonly kernel: string;
  },
): Profile {
  return compileSeccomp(filter, target);
}

const key = ({ names: _, comment: __, ...rest }: ProfileRule): string => JSON.stringify(rest);
const allow = 'SCMP_ACT_ALLOW';

/**
 * What all of them allow together. The answer to all else is that of the first; refusals of single calls stay only where no
 * other allows the call.
 */
export function mergeProfiles(profiles: readonly Profile[]): Profile {
  const [first] = profiles;
  if (first === undefined) throw new TypeError('profiles to merge');
  const rules = profiles.flatMap(({ syscalls }) => syscalls);
  const free = new Set(
    rules.filter((rule) => rule.action === allow && isBare(rule)).flatMap(({ names }) => names),
  );
  const allowed = new Set(
    rules.filter(({ action }) => action === allow).flatMap(({ names }) => names),
  );
  const joined = new Map<string, ProfileRule>();
  for (const rule of rules) {
    for (const name of rule.names) {
      // A call that one of them allows with any argument needs no conditions of another.
      if (free.has(name) && !(rule.action === allow && isBare(rule))) continue;
      if (rule.action !== allow && allowed.has(name)) continue;
      const one = { ...rule, names: [name] };
      const at = `${name} ${key(one)}`;
      const before = joined.get(at);
      joined.set(at, before === undefined ? one : withComments(before, one));
    }
  }
  const architectures = [...new Set(profiles.flatMap((one) => one.architectures ?? []))];
  return {
    defaultAction: first.defaultAction,
    ...(first.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: first.defaultErrnoRet }),
    ...(architectures.length === 0 ? {} : { architectures }),
    syscalls: [...joined.values()].sort((a, b) =>
      (a.names[0] ?? '') < (b.names[0] ?? '') ? -1 : 1,
    ),
  };
}

const isBare = ({ args = [], includes = {}, excludes = {} }: ProfileRule): boolean =>
  args.length === 0 && Object.keys(includes).length === 0 && Object.keys(excludes).length === 0;

function withComments(a: ProfileRule, b: ProfileRule): ProfileRule {
  const comments = [
    ...new Set([a.comment, b.comment].filter((text) => text !== undefined && text !== '')),
  ];
  return comments.length === 0 ? a : { ...a, comment: comments.join('; ') };
}

/** What a profile does with a call: 'allow', 'depends' (on arguments), or the errno. */
export interface CallDifference {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** For whom a profile is looked at. */
export interface ProfileTarget {
  readonly abi: Abi;
  readonly capabilities: ReadonlySet<string>;
  readonly kernel: string;
}

/** What a filter answers to each call of an ABI. */
export function answersOf(
  filter: Filter,
  { abi, capabilities, kernel }: ProfileTarget,
): ReadonlyMap<string, string> {
  const machine = goMachines[abi];
  return new Map(
    allSyscalls()
      .filter(({ numbers, since }) => numbers[abi] !== undefined && since[abi] !== undefined)
      .map(({ name }) => [
        name,
        evaluateFilter(filter, { abi, syscall: name, capabilities, kernel, machine }).action,
      ]),
  );
}

/** How many calls a filter lets through, with any or with some arguments. */
export function allowedCount(answers: ReadonlyMap<string, string>): number {
  return [...answers.values()].filter((action) => action === 'allow' || action === 'depends')
    .length;
}

/** Where two profiles answer differently. */
export function compareProfiles(
  before: Profile,
  after: Profile,
  target: ProfileTarget,
): readonly CallDifference[] {
  const [a, b] = [before, after].map((one) => answersOf(parseOciProfile(one), target));
  if (a === undefined || b === undefined) return [];
  return [...a]
    .map(([name, action]) => ({ name, before: action, after: b.get(name) ?? action }))
    .filter((one) => one.before !== one.after)
    .sort((x, y) => (x.name < y.name ? -1 : 1));
}
