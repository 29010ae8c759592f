// Which flags and options the kernel of an offer knows: those of its base release, and what the host file or the
// distribution's headers add.
import { carriedBy } from '../kernel/distributions.ts';
import { hasFlag } from '../kernel/flags.ts';
import { parseRelease } from '../kernel/release.ts';
import { distributionOfKernel } from './kernel-calls.ts';
import type { Offer } from './offer.ts';

/** The mainline release that an offer's kernel is built from; undefined where it is not said. */
export function baseRelease({ kernel }: Offer): string | undefined {
  if (kernel?.base !== undefined) return kernel.base;
  return kernel?.release === undefined ? undefined : parseRelease(kernel.release)?.base;
}

/** Whether the kernel of an offer knows a flag; undefined where that cannot be told. */
export function kernelKnowsFlag(offer: Offer, symbol: string): boolean | undefined {
  const row = distributionOfKernel(offer);
  const flagsAdded = offer.flagsAdded ?? (row && carriedBy(row).flags);
  return hasFlag({ base: baseRelease(offer), flagsAdded }, symbol);
}
