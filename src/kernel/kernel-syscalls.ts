// Which calls one kernel answers: its base release by the mainline table, then what the distribution added or left out;
// or, where somebody looked (kallsyms, a probe), the exact list.
import type { Abi } from './abi.ts';
import { compareReleases, parseRelease } from './release.ts';
import { oldestRelease, syscallNamed } from './syscalls.ts';

/** What is known of a kernel's calls; the same words as in a host file ("syscalls" and "kernel.base"). */
export interface KernelSyscalls {
  /** Mainline release it is built from, or a full release text. */
  readonly base?: string | undefined;
  readonly added?: readonly string[] | undefined;
  readonly removed?: readonly string[] | undefined;
  /** Calls of which nobody knows whether it has them. */
  readonly uncertain?: readonly string[] | undefined;
  /** ABI → every call that answers; it decides alone where it is there. */
  readonly exact?: Readonly<Record<string, readonly string[]>> | undefined;
}

/**
 * Whether that kernel answers a call with something other than ENOSYS; undefined when it cannot be told: no base, a base
 * older than the tables, or a name that no table has. Filters, options and sysctls are not looked at here.
 */
export function hasSyscall(kernel: KernelSyscalls, abi: Abi, name: string): boolean | undefined {
  const exact = kernel.exact?.[abi];
  if (exact !== undefined) return exact.includes(name);
  if (kernel.removed?.includes(name)) return false;
  if (kernel.added?.includes(name)) return true;
  if (kernel.uncertain?.includes(name)) return undefined;
  const facts = syscallNamed(name);
  if (facts === undefined) return undefined;
  const since = facts.since[abi];
  if (since === undefined) return false;
  const base = kernel.base === undefined ? undefined : parseRelease(kernel.base)?.base;
  if (base === undefined) return undefined;
  if (compareReleases(base, since) < 0) return since === oldestRelease ? undefined : false;
  const last = facts.last[abi];
  return last === undefined || compareReleases(base, last) <= 0;
}
