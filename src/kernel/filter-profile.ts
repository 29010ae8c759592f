// A seccomp filter as engines write it: the OCI runtime specification's form (config-linux.md, "seccomp") with the
// conditions that docker and containers-common add to it (capabilities, architectures, least kernel).

/** How one argument is compared. '&': (argument & mask) == value. */
export type ArgumentOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | '&';

/** A condition of a filter rule on one argument of the call. */
export interface ArgumentCondition {
  readonly index: number;
  readonly operator: ArgumentOperator;
  readonly value: bigint;
  readonly mask?: bigint;
}

/** 'allow', 'kill', 'trap', 'trace', 'notify', 'log', or the errno that the call gets. */
export type RuleAction = 'allow' | 'kill' | 'trap' | 'trace' | 'notify' | 'log' | `E${string}`;

/** Names of calls. */
export interface Names extends Iterable<string> {
  has(name: string): boolean;
}

/** What a filter does with some calls, under conditions. */
export interface FilterRule {
  /** Calls that it is about. */
  readonly names: Names;
  readonly action: RuleAction;
  /** All must hold; two on the same argument are alternatives, as the runtimes compile them. */
  readonly args: readonly ArgumentCondition[];
  /** The rule is there only when the container has one of these capabilities … */
  readonly withCapabilities: readonly string[];
  /** … and none of these. */
  readonly withoutCapabilities: readonly string[];
  /** Machines of the host in Go's words (amd64, arm64, s390x); empty: all. */
  readonly arches: readonly string[];
  readonly notArches: readonly string[];
  /** Least kernel release. */
  readonly minKernel?: string;
}

/** A seccomp filter: its rules and what happens to every other call. */
export interface Filter {
  /** What it is and where it is known from, in one phrase. */
  readonly source: string;
  readonly defaultAction: RuleAction;
  /** The profile names its default errno itself; the runtime's stub looks at that. */
  readonly defaultErrnoGiven: boolean;
  readonly rules: readonly FilterRule[];
}

const errnoNames: Readonly<Record<number, `E${string}`>> = {
  1: 'EPERM',
  2: 'ENOENT',
  13: 'EACCES',
  14: 'EFAULT',
  16: 'EBUSY',
  22: 'EINVAL',
  38: 'ENOSYS',
  95: 'EOPNOTSUPP',
  97: 'EAFNOSUPPORT',
};

function errnoOf(number: unknown, name: unknown): `E${string}` | undefined {
  if (typeof name === 'string' && /^E[A-Z0-9]+$/.test(name)) return `E${name.slice(1)}`;
  if (typeof number !== 'number') return undefined;
  return errnoNames[number] ?? `E${number}`;
}

const actions: Readonly<Record<string, RuleAction>> = {
  SCMP_ACT_ALLOW: 'allow',
  SCMP_ACT_KILL: 'kill',
  SCMP_ACT_KILL_THREAD: 'kill',
  SCMP_ACT_KILL_PROCESS: 'kill',
  SCMP_ACT_TRAP: 'trap',
  SCMP_ACT_TRACE: 'trace',
  SCMP_ACT_NOTIFY: 'notify',
  SCMP_ACT_LOG: 'log',
};

const operators: Readonly<Record<string, ArgumentOperator>> = {
  SCMP_CMP_EQ: '==',
  SCMP_CMP_NE: '!=',
  SCMP_CMP_LT: '<',
  SCMP_CMP_LE: '<=',
  SCMP_CMP_GT: '>',
  SCMP_CMP_GE: '>=',
  SCMP_CMP_MASKED_EQ: '&',
};

type Json = Readonly<Record<string, unknown>>;

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: unknown): readonly string[] {
  return list(value).filter((item) => typeof item === 'string');
}

function actionOf(name: unknown, number: unknown, text: unknown): RuleAction {
  if (name === 'SCMP_ACT_ERRNO') return errnoOf(number, text) ?? 'EPERM';
  return actions[String(name)] ?? 'kill';
}

function integer(value: unknown): bigint {
  return typeof value === 'number' && Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

function conditionOf(value: unknown): ArgumentCondition | undefined {
  const arg = object(value);
  const operator = operators[String(arg['op'])];
  const index = arg['index'];
  if (operator === undefined || typeof index !== 'number' || index < 0 || index > 5) {
    return undefined;
  }
  return operator === '&'
    ? { index, operator, mask: integer(arg['value']), value: integer(arg['valueTwo']) }
    : { index, operator, value: integer(arg['value']) };
}

function ruleOf(value: unknown): FilterRule {
  const entry = object(value);
  const includes = object(entry['includes']);
  const excludes = object(entry['excludes']);
  const minKernel = includes['minKernel'];
  const single = entry['name'];
  return {
    names: new Set([...texts(entry['names']), ...(typeof single === 'string' ? [single] : [])]),
    action: actionOf(entry['action'], entry['errnoRet'], entry['errno']),
    args: list(entry['args'])
      .map(conditionOf)
      .filter((condition) => condition !== undefined),
    withCapabilities: texts(includes['caps']),
    withoutCapabilities: texts(excludes['caps']),
    arches: texts(includes['arches']),
    notArches: texts(excludes['arches']),
    ...(typeof minKernel === 'string' ? { minKernel } : {}),
  };
}

/** How many rules of a profile are read; docker's has some thirty. */
const mostRules = 10_000;

/**
 * Reads a profile that was parsed from JSON: the OCI form, or docker's and containers-common's (archMap, includes,
 * excludes). Anything odd in it is left out; a profile without a default action kills, as libseccomp's own default would.
 */
export function parseOciProfile(json: unknown, source = 'seccomp profile'): Filter {
  const profile = object(json);
  const number = profile['defaultErrnoRet'];
  const name = profile['defaultErrno'];
  return {
    source,
    defaultAction: actionOf(profile['defaultAction'], number, name),
    defaultErrnoGiven: number !== undefined || name !== undefined,
    rules: list(profile['syscalls']).slice(0, mostRules).map(ruleOf),
  };
}
