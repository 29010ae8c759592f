// What a filter answers, as runc and crun hand it to libseccomp and the kernel runs it:
// - a rule counts when its conditions on capabilities, machine and kernel hold when the container is made;
// - a rule whose action is the default is left out; so is a name that libseccomp does not know (libseccomp.ts);
// - what no rule matches gets the default action;
// - runc from 1.0.0-rc93 on puts a stub before the filter: a number above the highest number that the profile names gets
//   ENOSYS, unless the default is an allowing action or the profile's default is ENOSYS already. crun has no stub.
// Sources: runc libcontainer/seccomp/{seccomp_linux.go,patchbpf/enosys_linux.go}, crun src/libcrun/seccomp.c.
import { compareVersions } from '../lib/version.ts';
import type { Abi } from './abi.ts';
import type { ArgumentCondition, Filter, FilterRule, RuleAction } from './filter-profile.ts';
import { libseccompKnows, libseccompSince } from './libseccomp.ts';
import { compareReleases } from './release.ts';
import { syscallNamed } from './syscalls.ts';

/** A call and the container that makes it. */
export interface FilterQuestion {
  readonly abi: Abi;
  readonly syscall: string;
  /** By position; undefined where the value is not known. */
  readonly args?: readonly (bigint | undefined)[] | undefined;
  /** Bounding set, CAP_ names. */
  readonly capabilities: ReadonlySet<string>;
  /** Kernel release; undefined: recent. */
  readonly kernel?: string | undefined;
  /** Host's machine in Go's words (amd64, arm64); by the ABI where absent. */
  readonly machine?: string | undefined;
  /** Version of libseccomp that compiles the filter; undefined: one that knows every name. */
  readonly libseccomp?: string | undefined;
  /** Runtime that loads it. */
  readonly runtime?: { readonly name: string; readonly version?: string | undefined } | undefined;
}

/** What the call gets from the filter. */
export interface Action {
  /** 'depends': on argument values that are not known; `alternatives` lists what it may be. */
  readonly action: RuleAction | 'depends';
  readonly alternatives?: readonly RuleAction[];
  /** rule: a rule says so; default: no rule matches; libseccomp: a rule would, but its name is unknown; stub: runc's. */
  readonly by: 'rule' | 'default' | 'libseccomp' | 'stub';
  /** One sentence. */
  readonly why: string;
  readonly source: string;
}

/** The machine that runs programs of an ABI, in Go's words, as filters have it. */
export const goMachines: Readonly<Record<Abi, string>> = {
  x86_64: 'amd64',
  i386: 'amd64',
  x32: 'amd64',
  aarch64: 'arm64',
  arm: 'arm64',
  riscv64: 'riscv64',
  ppc64le: 'ppc64le',
  s390x: 's390x',
  mips64: 'mips64le',
  loongarch64: 'loong64',
};

/** What decides whether a rule is there for a container. */
export type RuleConditions = Pick<FilterQuestion, 'capabilities' | 'kernel'> & {
  /** In Go's words. */
  readonly machine: string;
};

/** Whether the rule is there: its conditions on machine, capabilities and kernel hold. */
export function ruleApplies(rule: FilterRule, conditions: RuleConditions): boolean {
  const { machine, capabilities, kernel } = conditions;
  if (rule.arches.length > 0 && !rule.arches.includes(machine)) return false;
  if (rule.notArches.includes(machine)) return false;
  if (
    rule.withCapabilities.length > 0 &&
    !rule.withCapabilities.some((name) => capabilities.has(name))
  ) {
    return false;
  }
  if (rule.withoutCapabilities.some((name) => capabilities.has(name))) return false;
  return (
    rule.minKernel === undefined ||
    kernel === undefined ||
    compareReleases(kernel, rule.minKernel) >= 0
  );
}

function applies(rule: FilterRule, question: FilterQuestion): boolean {
  return ruleApplies(rule, {
    machine: question.machine ?? goMachines[question.abi],
    capabilities: question.capabilities,
    kernel: question.kernel,
  });
}

function compare(condition: ArgumentCondition, argument: bigint): boolean {
  switch (condition.operator) {
    case '==':
      return argument === condition.value;
    case '!=':
      return argument !== condition.value;
    case '<':
      return argument < condition.value;
    case '<=':
      return argument <= condition.value;
    case '>':
      return argument > condition.value;
    case '>=':
      return argument >= condition.value;
    case '&':
      return (argument & (condition.mask ?? 0n)) === condition.value;
  }
}

/** Whether a rule's conditions hold; undefined when that hangs on an argument that is not known. */
function matches(rule: FilterRule, question: FilterQuestion): boolean | undefined {
  const results = rule.args.map((condition) => {
    const argument = question.args?.[condition.index];
    return argument === undefined ? undefined : compare(condition, argument);
  });
  // Two conditions on one argument: libseccomp takes none such in a rule, and the runtimes make a rule of each.
  if (new Set(rule.args.map(({ index }) => index)).size < rule.args.length) {
    if (results.includes(true)) return true;
    return results.includes(undefined) ? undefined : false;
  }
  if (results.includes(false)) return false;
  return results.includes(undefined) ? undefined : true;
}

/** Whether the filter names a call with this number or a higher one, in a rule that counts. */
function namesAsHigh(filter: Filter, question: FilterQuestion, least: number): boolean {
  for (const rule of filter.rules) {
    if (!applies(rule, question)) continue;
    for (const name of rule.names) {
      const number = syscallNamed(name)?.numbers[question.abi];
      if (number !== undefined && number >= least && knows(question, name)) return true;
    }
  }
  return false;
}

function knows(question: FilterQuestion, name: string): boolean {
  return (
    question.libseccomp === undefined || libseccompKnows(question.libseccomp, name, question.abi)
  );
}

function hasStub(filter: Filter, { runtime, abi }: FilterQuestion): boolean {
  if (runtime?.name !== 'runc' || runtime.version === undefined) return false;
  // Docker hands over no architectures on ppc64le; runc made its stub for those named only, up to 1.1.15 (#4219).
  if (abi === 'ppc64le' && compareVersions(runtime.version, '1.1.15') < 0) return false;
  if (compareVersions(runtime.version, '1.0.0-rc93') < 0) return false;
  if (['allow', 'log', 'trace'].includes(filter.defaultAction)) return false;
  return !(filter.defaultErrnoGiven && filter.defaultAction === 'ENOSYS');
}

function shown(action: RuleAction): string {
  if (action.startsWith('E')) return `gives ${action}`;
  return action === 'allow' ? 'allows it' : `answers with ${action}`;
}

/** What a call gets from a filter, in a container on a host. */
export function evaluateFilter(filter: Filter, question: FilterQuestion): Action {
  const { source } = filter;
  const name = question.syscall;
  const number = syscallNamed(name)?.numbers[question.abi];
  if (number !== undefined && hasStub(filter, question) && !namesAsHigh(filter, question, number)) {
    const why = `${name} is newer than every call that the filter names, so runc answers ENOSYS`;
    return { action: 'ENOSYS', by: 'stub', why, source };
  }
  const rules = filter.rules.filter(
    (rule) =>
      rule.names.has(name) && rule.action !== filter.defaultAction && applies(rule, question),
  );
  const otherwise = filter.defaultAction;
  if (rules.length > 0 && !knows(question, name)) {
    const since = libseccompSince(name, question.abi);
    const from = since === undefined ? 'no release knows it' : `known since ${since}`;
    const why = `the filter has a rule for ${name}, but libseccomp ${question.libseccomp} does not know that name (${from}): the default ${shown(otherwise)}`;
    return { action: otherwise, by: 'libseccomp', why, source };
  }
  const results = rules.map((rule) => ({ rule, result: matches(rule, question) }));
  const definite = results.find(({ result }) => result === true)?.rule;
  const open = results.filter(({ result }) => result === undefined).map(({ rule }) => rule.action);
  const settled = definite?.action ?? otherwise;
  if (open.some((action) => action !== settled)) {
    const alternatives = [...new Set([...open, settled])];
    const why = `the answer for ${name} depends on its arguments`;
    return { action: 'depends', alternatives, by: 'rule', why, source };
  }
  if (definite !== undefined) {
    return {
      action: settled,
      by: 'rule',
      why: `the filter ${shown(settled)}${becauseOf(definite)}`,
      source,
    };
  }
  return unnamed(filter, question, rules.length > 0);
}

function becauseOf(rule: FilterRule): string {
  const { withCapabilities, withoutCapabilities } = rule;
  if (withCapabilities.length > 0) return ` to containers with ${withCapabilities.join(' or ')}`;
  if (withoutCapabilities.length > 0) {
    return ` to containers without ${withoutCapabilities.join(' and ')}`;
  }
  return rule.args.length > 0 ? ' with these arguments' : '';
}

/** The default action, and what would have helped. */
function unnamed(filter: Filter, question: FilterQuestion, argumentsDiffer: boolean): Action {
  const name = question.syscall;
  const lacking = filter.rules
    .filter((rule) => rule.names.has(name) && rule.action === 'allow' && !argumentsDiffer)
    .flatMap((rule) => rule.withCapabilities);
  const reason = argumentsDiffer
    ? `does not allow ${name} with these arguments`
    : lacking.length > 0
      ? `allows ${name} only to containers with ${[...new Set(lacking)].join(' or ')}`
      : `does not name ${name}`;
  return {
    action: filter.defaultAction,
    by: 'default',
    why: `the filter ${reason}, and its default ${shown(filter.defaultAction)}`,
    source: filter.source,
  };
}
