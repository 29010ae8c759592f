// Which calls the kernel of an offer has: a list that a probe made, what the host file adds and leaves out, or the base
// release with the backports of the distribution that the release text gives away.
import {
  type Carried,
  carriedBy,
  type Distribution,
  distributionNamed,
  distributions,
} from '../kernel/distributions.ts';
import { hasSyscall, type KernelSyscalls } from '../kernel/kernel-syscalls.ts';
import { compareReleases, parseRelease } from '../kernel/release.ts';
import type { Abi } from '../kernel/syscalls.ts';
import type { Offer } from './offer.ts';

/** Families of Red Hat's kernels by what their release text has in it: "el7", "el9_4". */
const enterprise = /^el(\d+)(?:_\d+)?$/;

/**
 * The distribution release whose kernel an offer runs: by the release text for Red Hat's kernels (the newest point
 * release that is not after its build number), else by the distribution's name. Undefined where none is known.
 */
export function distributionOfKernel(offer: Offer): Distribution | undefined {
  const release = offer.kernel?.release;
  const parsed = release === undefined ? undefined : parseRelease(release);
  const major = enterprise.exec(parsed?.flavour ?? '')?.[1];
  if (release !== undefined && major !== undefined) {
    const family = distributions.filter(
      ({ id, kernel }) => id === 'rhel' && parseRelease(kernel ?? '')?.base === parsed?.base,
    );
    const reached = family.filter(({ kernel }) => compareReleases(kernel ?? '', release) <= 0);
    return reached.at(-1) ?? family[0];
  }
  const { id, version } = offer.distribution ?? {};
  if (id === undefined) return undefined;
  const row = distributionNamed(version === undefined ? id : `${id}:${version}`);
  // Another kernel than the distribution's own carries nothing of it.
  const base = offer.kernel?.base ?? parsed?.base;
  return row !== undefined && (base === undefined || row.base === base) ? row : undefined;
}

/** What the distribution's kernel carries beyond its base, where the offer does not list it itself. */
function carriedByHost(offer: Offer, abi: Abi): Carried | undefined {
  const row = distributionOfKernel(offer);
  return row && carriedBy(row, abi);
}

/** What is known of the calls of an offer's kernel. */
function kernelSyscallsOf(offer: Offer, abi: Abi): KernelSyscalls {
  const { syscalls, kernel } = offer;
  const base =
    kernel?.base ??
    (kernel?.release === undefined ? undefined : parseRelease(kernel.release)?.base);
  const listed = syscalls?.added !== undefined || syscalls?.removed !== undefined;
  const carried = listed ? undefined : carriedByHost(offer, abi);
  return {
    base,
    added: syscalls?.added ?? carried?.added,
    removed: syscalls?.removed ?? carried?.removed,
    uncertain: syscalls?.uncertain ?? carried?.uncertain,
    exact: syscalls?.exact,
  };
}

/** Where the presence of calls is known from, in a few words. */
export function callSource(offer: Offer, abi: Abi): string {
  if (offer.syscalls?.exact?.[abi] !== undefined) {
    return offer.sources?.['syscalls.exact'] ?? `list of calls of ${offer.name}`;
  }
  const row = distributionOfKernel(offer);
  const release = offer.kernel?.release ?? offer.kernel?.base;
  if (row?.carries !== undefined)
    return `kernel ${release} with the backports of ${row.id}:${row.version}`;
  return release === undefined ? 'kernel unknown' : `mainline releases, for kernel ${release}`;
}

/** Whether the kernel of an offer has a call. */
export function kernelHas(offer: Offer, abi: Abi, name: string): boolean | undefined {
  return hasSyscall(kernelSyscallsOf(offer, abi), abi, name);
}
