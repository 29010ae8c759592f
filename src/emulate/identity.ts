// What a kernel says of itself: the files below /proc that programs read to learn its release. (uname(2) is another
// matter: a filter cannot change what it writes.)
import { distributionOfKernel } from '../host/kernel-calls.ts';
import { baseRelease } from '../host/kernel-flags.ts';
import type { Offer } from '../host/offer.ts';
import { procFiles } from '../kernel/proc-files.ts';
import { compareReleases } from '../kernel/release.ts';
import type { ReplacedFile } from '../runtime/imitated-host.ts';

/** A kernel's words about itself. */
export interface KernelIdentity {
  /** uname -r. */
  readonly release: string;
  /** uname -v. */
  readonly version: string;
}

/** The identity of a host's kernel; undefined where no release is known. */
export function identityOf(offer: Offer): KernelIdentity | undefined {
  const release = offer.kernel?.release ?? baseRelease(offer);
  if (release === undefined) return undefined;
  // A release of two numbers is written with three, as every kernel has it.
  const whole = /^\d+\.\d+$/.test(release) ? `${release}.0` : release;
  return { release: whole, version: offer.kernel?.version ?? '#1 SMP' };
}

/**
 * Files below /proc that the host's kernel does not have. Kernels of Red Hat and SUSE carry some of later ones: of them only what
 * their configuration leaves out.
 */
export function absentFiles(offer: Offer): readonly string[] {
  const base = baseRelease(offer);
  const carries = distributionOfKernel(offer)?.carries?.family.match(/^(rhel|sles)/) != null;
  return procFiles
    .filter(
      ({ since, option }) =>
        (option !== undefined && offer.kernel?.config?.[option] === 'n') ||
        (since !== undefined && base !== undefined && !carries && compareReleases(base, since) < 0),
    )
    .map(({ path }) => path);
}

/** The files that tell it. */
export function identityFiles({ release, version }: KernelIdentity): readonly ReplacedFile[] {
  return [
    { name: 'osrelease', path: '/proc/sys/kernel/osrelease', text: `${release}\n` },
    { name: 'version', path: '/proc/sys/kernel/version', text: `${version}\n` },
    {
      name: 'proc-version',
      path: '/proc/version',
      text: `Linux version ${release} (plimsoll@imitation) ${version}\n`,
    },
  ];
}
