// One kernel by the name that a user gives it: a mainline release ("3.10", "kernel:5.4"), a release text as uname has it
// ("5.14.0-362.el9", taken as its mainline base), or a distribution's ("rhel:7.9", "debian:bookworm").
import { nearestNames } from '../lib/nearest.ts';
import type { Abi } from './abi.ts';
import { carriedBy, type Distribution, distributionNamed, distributions } from './distributions.ts';
import { compareReleases, parseRelease } from './release.ts';
import { newestRelease, oldestRelease } from './syscalls.ts';

/** A kernel that a user named, with what is known of it. */
export interface KernelSubject {
  /** As the user named it, tidied: "rhel:7.9", "3.10". */
  readonly name: string;
  /** As uname -r begins, where it is a distribution's. */
  readonly release?: string;
  /** Mainline release. */
  readonly base: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly uncertain: readonly string[];
  readonly flagsAdded: readonly string[];
  readonly distribution?: Distribution;
}

/** Last release of each series that mainline has closed. */
const closed: Readonly<Record<string, number>> = { 3: 19, 4: 20, 5: 19, 6: 19 };

function isMainline(base: string): boolean {
  const [major = 0, minor = 0] = base.split('.').map(Number);
  if (compareReleases(base, oldestRelease) < 0 || compareReleases(base, newestRelease) > 0) {
    return false;
  }
  return major === 2 ? compareReleases(base, '2.6.39') <= 0 : minor <= (closed[major] ?? Infinity);
}

/** The kernel of that name on an ABI; undefined when the tables have none such. */
export function kernelNamed(name: string, abi: Abi): KernelSubject | undefined {
  const text = name.trim().replace(/^(kernel|linux):/i, '');
  const distribution = distributionNamed(text);
  if (distribution?.base !== undefined) {
    const { added, removed, uncertain, flags } = carriedBy(distribution, abi);
    return {
      name: text.toLowerCase(),
      base: distribution.base,
      added,
      removed,
      uncertain,
      flagsAdded: flags,
      distribution,
      ...(distribution.kernel === undefined ? {} : { release: distribution.kernel }),
    };
  }
  const release = parseRelease(text);
  if (release === undefined || !isMainline(release.base)) return undefined;
  return {
    name: release.text,
    base: release.base,
    added: [],
    removed: [],
    uncertain: [],
    flagsAdded: [],
    ...(release.text === release.base ? {} : { release: release.text }),
  };
}

/** Names of kernels near a mistyped one. */
export function kernelsNear(name: string): readonly string[] {
  const id = name.split(':')[0]?.toLowerCase() ?? '';
  const known = distributions.flatMap((row) =>
    [row.id, ...row.also.filter((other) => !other.startsWith(':'))].map(
      (other) => `${other}:${row.version}`,
    ),
  );
  const same = known.filter((other) => other.startsWith(`${id}:`));
  // A known distribution with an unknown release: its newest ones help more than what is spelled alike.
  return same.length > 0 ? same.slice(-3).reverse() : nearestNames(name, known);
}
