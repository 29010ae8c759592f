// A seccomp filter with conditions (docker's form: on capabilities, machine, kernel) becomes one for this container, as
// the runtime takes it. Rules whose conditions do not hold are left out, the way dockerd does it when it makes the
// container (moby profiles/seccomp/seccomp_linux.go).
import { constants } from 'node:os';
import { ruleApplies } from '../../kernel/filter-evaluation.ts';
import {
  type ArgumentCondition,
  type Filter,
  parseOciProfile,
  type RuleAction,
} from '../../kernel/filter-profile.ts';
import { defaultFilter, filterVersions } from '../../kernel/filters.ts';
import type { ContainerConfig } from '../container-config.ts';
import type { SpecSeccomp, SpecSeccompRule } from '../spec.ts';

/** The container and host that a filter is compiled for. */
export interface SeccompTarget {
  /** The machine in Go's words: amd64, arm64 … */
  readonly machine: string;
  readonly capabilities: ReadonlySet<string>;
  /** Kernel release of the host. */
  readonly kernel: string;
}

/** libseccomp's names of a machine and of the older machines whose programs it runs (docker's archMap). */
const architectures: Readonly<Record<string, readonly string[]>> = {
  amd64: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
  arm64: ['SCMP_ARCH_AARCH64', 'SCMP_ARCH_ARM'],
  mips64: ['SCMP_ARCH_MIPS64', 'SCMP_ARCH_MIPS', 'SCMP_ARCH_MIPS64N32'],
  mips64le: ['SCMP_ARCH_MIPSEL64', 'SCMP_ARCH_MIPSEL', 'SCMP_ARCH_MIPSEL64N32'],
  s390x: ['SCMP_ARCH_S390X', 'SCMP_ARCH_S390'],
  riscv64: ['SCMP_ARCH_RISCV64'],
  ppc64le: ['SCMP_ARCH_PPC64LE'],
  loong64: ['SCMP_ARCH_LOONGARCH64'],
};

const actions: Readonly<Record<string, string>> = {
  allow: 'SCMP_ACT_ALLOW',
  kill: 'SCMP_ACT_KILL_PROCESS',
  trap: 'SCMP_ACT_TRAP',
  trace: 'SCMP_ACT_TRACE',
  notify: 'SCMP_ACT_NOTIFY',
  log: 'SCMP_ACT_LOG',
};

const operators: Readonly<Record<ArgumentCondition['operator'], string>> = {
  '==': 'SCMP_CMP_EQ',
  '!=': 'SCMP_CMP_NE',
  '<': 'SCMP_CMP_LT',
  '<=': 'SCMP_CMP_LE',
  '>': 'SCMP_CMP_GT',
  '>=': 'SCMP_CMP_GE',
  '&': 'SCMP_CMP_MASKED_EQ',
};

/** The number of an errno that a filter answers. One without a name is kept as its number: E4711. */
export function errnoOfAction(action: RuleAction): number {
  const named = Object.entries(constants.errno).find(([name]) => name === action)?.[1];
  return named ?? (Number(action.slice(1)) || constants.errno.EPERM);
}

function actionOf(action: RuleAction): { readonly action: string; readonly errnoRet?: number } {
  const known = actions[action];
  return known === undefined
    ? { action: 'SCMP_ACT_ERRNO', errnoRet: errnoOfAction(action) }
    : { action: known };
}

function argumentOf({
  index,
  operator,
  value,
  mask,
}: ArgumentCondition): NonNullable<SpecSeccompRule['args']>[number] {
  const op = operators[operator];
  return operator === '&'
    ? { index, value: Number(mask ?? 0n), valueTwo: Number(value), op }
    : { index, value: Number(value), op };
}

/** The filter for one container. */
export function compileSeccomp(filter: Filter, target: SeccompTarget): SpecSeccomp {
  const { machine, capabilities, kernel } = target;
  const { action, errnoRet } = actionOf(filter.defaultAction);
  const syscalls = filter.rules
    .filter((rule) => ruleApplies(rule, { machine, capabilities, kernel }))
    .map((rule): SpecSeccompRule => {
      const args = rule.args.map(argumentOf);
      return {
        names: [...rule.names],
        ...actionOf(rule.action),
        ...(args.length === 0 ? {} : { args }),
      };
    });
  return {
    defaultAction: action,
    ...(errnoRet === undefined ? {} : { defaultErrnoRet: errnoRet }),
    architectures: architectures[machine] ?? [],
    syscalls,
  };
}

/** Docker's newest default filter that is known. */
export function dockerFilter(): Filter {
  const newest = filterVersions('docker').at(-1)?.last ?? '';
  const filter = defaultFilter('docker', newest);
  if (filter === undefined) throw new Error('the table of filters has no docker');
  return filter;
}

/** The filter that a container was asked to have; undefined: none. */
export function filterOf({
  security: { seccomp },
  privileged,
}: Pick<ContainerConfig, 'security' | 'privileged'>): Filter | undefined {
  if (seccomp === 'unconfined' || (privileged && seccomp === 'default')) return undefined;
  return seccomp === 'default'
    ? dockerFilter()
    : parseOciProfile(seccomp.profile, 'the profile given');
}
