// Distribution releases: the kernel they start, the user space beside it, and what their kernel carries beyond its base.
// A backport is not told by the version: RHEL 7.9 says 3.10 and has getrandom, memfd_create and bpf. So the table says,
// point release by point release, what is there (tables/backports.tsv).
import { memoized } from '../lib/memo.ts';
import type { Abi } from './abi.ts';
import backports from './generated/backports.json' with { type: 'json' };
import data from './generated/distributions.json' with { type: 'json' };

/** What is known of one release. An absent part is unknown. */
export interface Distribution {
  /** ID of os-release(5): rhel, debian, ubuntu … */
  readonly id: string;
  readonly version: string;
  /** Other ids with the same kernel and defaults ("centos"), and code names after a colon (":bookworm"). */
  readonly also: readonly string[];
  /** How `uname -r` begins: "3.10.0-1160.el7". */
  readonly kernel?: string;
  /** Mainline release that the kernel is built from. */
  readonly base?: string;
  readonly libc?: { readonly name: string; readonly version: string };
  /** The major security module that is on by default. */
  readonly lsm?: string;
  readonly cgroup?: string;
  readonly systemd?: string;
  /** How the x86-64 kernel serves the vsyscall page by default. */
  readonly vsyscall?: string;
  /** Processor level that its x86-64 user space is built for: a host that runs it has at least that. */
  readonly level?: string;
  /** Page size of its AArch64 kernel in KiB. */
  readonly pageKib?: number;
  /** Family and point release in the tables of backports. */
  readonly carries?: { readonly family: string; readonly from: string };
  /** What its own archive carries: docker, podman, containerd, runc, crun, libseccomp, common (containers-common). */
  readonly packages: Readonly<Record<string, string | undefined>>;
  /** Defaults that differ from mainline's. */
  readonly sysctls: Readonly<Record<string, string | undefined>>;
  /** a: read from its sources or measured; b: good secondary source; c: weak. */
  readonly quality: string;
  /** The same for security module, cgroups, systemd, vsyscall, packages and settings. */
  readonly defaultsQuality: string;
  readonly note?: string;
}

/** Every release, oldest first within a distribution. */
export const distributions: readonly Distribution[] = data;

/**
 * The release that a name means: "rhel:7.9", "centos:7.9", "debian:bookworm", "rhel:9" (the newest point release).
 * undefined when there is none.
 */
export function distributionNamed(name: string): Distribution | undefined {
  const [id = '', version = ''] = name.toLowerCase().split(':');
  const same = distributions.filter((row) => row.id === id || row.also.includes(id));
  return (
    same.find((row) => row.version === version || row.also.includes(`:${version}`)) ??
    (version === '' ? undefined : same.findLast((row) => row.version.startsWith(`${version}.`)))
  );
}

/** What a kernel has beyond its base release, or lacks though the base has it. */
export interface Carried {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Calls that a later point release is known to have: which one began with them is not. */
  readonly uncertain: readonly string[];
  /** Flags, options and commands by symbol: "PR_SET_MDWE". */
  readonly flags: readonly string[];
}

const partsOf = memoized((text) => text.split('.').map(Number));

function notAfter(from: string, release: string): boolean {
  const left = partsOf(from);
  const right = partsOf(release);
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const order = (left[at] ?? 0) - (right[at] ?? 0);
    if (order !== 0) return order < 0;
  }
  return true;
}

/**
 * What the kernel of a release carries, on one ABI: everything of its family up to and with that point release.
 * A release without backports in the tables gives empty lists.
 */
export function carriedBy(distribution: Distribution, abi: Abi = 'x86_64'): Carried {
  const { carries } = distribution;
  if (carries === undefined) return { added: [], removed: [], uncertain: [], flags: [] };
  const holds = (row: { family: string; from: string }): boolean =>
    row.family === carries.family && notAfter(row.from, carries.from);
  const state = new Map<string, string>();
  for (const row of backports.calls) {
    if (!holds(row) || !row.abis.includes(abi)) continue;
    for (const name of row.names) state.set(name, row.effect);
  }
  const having = (effect: string): readonly string[] =>
    [...state].filter(([, value]) => value === effect).map(([name]) => name);
  return {
    added: having('added'),
    removed: having('removed'),
    uncertain: having('uncertain'),
    // Most who ask want the calls alone.
    get flags() {
      return [...new Set(backports.flags.filter(holds).flatMap((row) => row.symbols))];
    },
  };
}
