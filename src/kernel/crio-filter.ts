// CRI-O takes containers-common's filter and keeps namespaces from containers without CAP_SYS_ADMIN: unshare since 1.24;
// clone with namespace flags, and clone3 as a whole, since 1.29.9, 1.30.6 and 1.31.
// Source: cri-o internal/config/seccomp/seccomp.go at its release tags.
import { compareVersions, satisfies } from '../lib/version.ts';
import type { Filter, FilterRule } from './filter-profile.ts';

/** CLONE_NEW* flags of clone: mount, UTS, IPC, user, PID, network, cgroup. */
const namespaceFlags = [
  0x20000n,
  0x4000000n,
  0x8000000n,
  0x10000000n,
  0x20000000n,
  0x40000000n,
  0x2000000n,
];
const allFlags = namespaceFlags.reduce((sum, flag) => sum | flag, 0n);
const admin = 'CAP_SYS_ADMIN';

/** The position of clone's flags: s390 has stack and flags the other way round. */
const orders = [
  { index: 0, arches: [], notArches: ['s390', 's390x'] },
  { index: 1, arches: ['s390', 's390x'], notArches: [] },
];

function rule(names: readonly string[], rest: Partial<FilterRule>): FilterRule {
  return {
    names: new Set(names),
    action: 'allow',
    args: [],
    withCapabilities: [],
    withoutCapabilities: [],
    arches: [],
    notArches: [],
    ...rest,
  };
}

const cloneRules: readonly FilterRule[] = [
  ...orders.flatMap(({ index, ...on }) => [
    rule(['clone'], { ...on, args: [{ index, operator: '&', mask: allFlags, value: 0n }] }),
    rule(['clone'], {
      ...on,
      action: 'EPERM',
      withoutCapabilities: [admin],
      // Alternatives, since all are on the same argument.
      args: namespaceFlags.map((flag) => ({ index, operator: '&', mask: flag, value: flag })),
    }),
  ]),
  rule(['clone3'], { action: 'ENOSYS', withoutCapabilities: [admin] }),
];

/** containers-common's filter as that release of CRI-O changes it; an unknown release is taken for a recent one. */
export function amendForCrio(filter: Filter, version: string | undefined): Filter {
  const known = version ?? '1.31';
  if (compareVersions(known, '1.24') < 0) return filter;
  const withClone = satisfies(known, '>=1.29.9 <1.30 || >=1.30.6');
  const reserved = withClone ? ['clone', 'clone3', 'unshare'] : ['unshare'];
  const rest = filter.rules.map((given) =>
    given.action === 'allow' && given.withCapabilities.length === 0
      ? { ...given, names: new Set([...given.names].filter((name) => !reserved.includes(name))) }
      : given,
  );
  return {
    ...filter,
    rules: [
      ...rest,
      rule(reserved, { withCapabilities: [admin] }),
      ...(withClone ? cloneRules : []),
    ],
  };
}
