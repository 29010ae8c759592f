// The packages of two user spaces compared: what came and went, and which version became which.
import type { Package } from '../../formats/package.ts';
import {
  compareApkVersions,
  compareDpkgVersions,
  compareRpmVersions,
} from '../../lib/package-version.ts';
import { compareVersions } from '../../lib/version.ts';

/** A package of which the two do not have the same versions. */
export interface PackageChange {
  readonly manager: Package['manager'];
  readonly name: string;
  /** Versions that only the older user space has; a language's package may be there in several. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly change: 'added' | 'removed' | 'upgraded' | 'downgraded' | 'changed';
}

function order(manager: Package['manager'], a: string, b: string): number {
  switch (manager) {
    case 'dpkg':
      return compareDpkgVersions(a, b);
    case 'rpm':
      return compareRpmVersions(a, b);
    case 'apk':
      return compareApkVersions(a, b);
    default:
      return compareVersions(a, b);
  }
}

function changeOf(
  manager: Package['manager'],
  from: readonly string[],
  to: readonly string[],
): PackageChange['change'] {
  const [old, now] = [from[0], to[0]];
  if (old === undefined) return 'added';
  if (now === undefined) return 'removed';
  if (from.length > 1 || to.length > 1) return 'changed';
  const sign = order(manager, old, now);
  return sign < 0 ? 'upgraded' : sign > 0 ? 'downgraded' : 'changed';
}

const keyOf = ({ manager, name, source, architecture }: Package): string =>
  // Maven's group is part of a jar's name; the two architectures of a multiarch package have one version.
  [
    manager,
    manager === 'jar' ? (source ?? '') : '',
    name,
    manager === 'gem' ? architecture : '',
  ].join('\0');

function versionsOf(packages: readonly Package[]): ReadonlyMap<string, ReadonlySet<string>> {
  const versions = new Map<string, Set<string>>();
  for (const one of packages) {
    const known = versions.get(keyOf(one));
    if (known === undefined) versions.set(keyOf(one), new Set([one.version]));
    else known.add(one.version);
  }
  return versions;
}

/** What is not the same, by manager and name. */
export function comparePackages(
  before: readonly Package[],
  after: readonly Package[],
): readonly PackageChange[] {
  const [old, now] = [versionsOf(before), versionsOf(after)];
  const packages = new Map([...before, ...after].map((one) => [keyOf(one), one]));
  const none: ReadonlySet<string> = new Set();
  return [...packages]
    .flatMap(([key, { manager, name, source }]): PackageChange[] => {
      const [had, has] = [old.get(key) ?? none, now.get(key) ?? none];
      const [from, to] = [[...had.difference(has)].sort(), [...has.difference(had)].sort()];
      if (from.length === 0 && to.length === 0) return [];
      const full = manager === 'jar' && source !== undefined ? `${source}:${name}` : name;
      // One version more or less of what stays is neither come nor gone.
      const stays = had.intersection(has).size > 0;
      return [
        { manager, name: full, from, to, change: stays ? 'changed' : changeOf(manager, from, to) },
      ];
    })
    .sort((a, b) => (`${a.manager} ${a.name}` < `${b.manager} ${b.name}` ? -1 : 1));
}
