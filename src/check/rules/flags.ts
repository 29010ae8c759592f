// Flags, options and commands that are newer than the call that takes them (src/kernel/flags.ts): the call is there, and
// the kernel answers EINVAL, ENOPROTOOPT or whatever else says that it does not know this one.
import { baseRelease, kernelKnowsFlag } from '../../host/kernel-flags.ts';
import type { Offer } from '../../host/offer.ts';
import { type FlagFacts, flagNamed } from '../../kernel/flags.ts';
import { compareReleases } from '../../kernel/release.ts';
import type { NeedOf } from '../../needs/need.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered, reachOf } from '../finding-of.ts';
import type { Rule } from '../rule.ts';

type FlagNeed = NeedOf<'flag'>;

/** Flags and arguments that are newer than their call. */
export const flagRule: Rule = {
  id: 'flags',
  *run(needs, offer) {
    for (const need of needs.of('flag')) {
      const facts = flagNamed(need.symbol);
      if (facts === undefined) continue;
      const known = knows(offer, need, facts);
      // Nearly every kernel that is left unnamed is newer than what these ask for.
      if (known === false) yield lacking(need, facts, offer);
    }
  },
};

/**
 * Flags that gVisor's file systems refuse though the release that it shows would have them, and the first release of
 * gVisor that takes them, where there is one (google/gvisor pull 14221: tmpfs and overlay, 20 August 2026).
 */
const notInGvisor: ReadonlyMap<string, string> = new Map([
  ['RENAME_EXCHANGE', '20260824'],
  ['RENAME_WHITEOUT', ''],
]);

function knows(offer: Offer, { symbol, byRelease }: FlagNeed, { since }: FlagFacts) {
  const { kernel } = offer;
  if (kernel?.kind === 'wsl1' || kernel?.kind === 'other') return undefined;
  if (kernel?.kind === 'gvisor' || offer.engine?.name === 'gvisor')
    return gvisorKnows(symbol, offer.engine?.runtime?.version ?? offer.engine?.version);
  if (byRelease !== true) return kernelKnowsFlag(offer, symbol);
  const base = baseRelease(offer);
  return base === undefined ? undefined : compareReleases(base, since) >= 0;
}

function gvisorKnows(symbol: string, release: string | undefined): false | undefined {
  const since = notInGvisor.get(symbol);
  if (since === undefined) return undefined;
  const newer = since !== '' && release !== undefined && release.slice(0, 8) >= since;
  return newer ? undefined : false;
}

function lacking(need: FlagNeed, facts: FlagFacts, offer: Offer): Finding {
  const gvisor = offer.kernel?.kind === 'gvisor' || offer.engine?.name === 'gvisor';
  const release = offer.kernel?.release ?? offer.kernel?.base;
  const has = gvisor ? 'gVisor' : `Linux ${release}`;
  return findingOf({
    code: 'PL1006',
    rule: `flag-${need.symbol.toLowerCase().replaceAll('_', '-')}`,
    severity: need.reaction === 'fails' ? 'fatal' : 'degraded',
    certainty: need.certainty,
    reach: reachOf(need),
    title: `${need.by} needs ${need.symbol} of ${need.call}, which ${has} does not know: ${need.effect}`,
    need: `${need.symbol} (${need.call}; Linux ${facts.since})`,
    offer: offered(
      offer,
      'kernel.release',
      `${has}: ${facts.answer === '' ? 'refused' : facts.answer}`,
    ),
    evidence: need.evidence,
    symptom: need.symptom,
    help: `${need.instead}; else ${gvisor ? 'runc or crun in place of runsc' : `a host with Linux ${facts.since} or newer`}`,
    references: need.references,
    component: gvisor ? 'runtime' : 'kernel',
    calls: [need.call],
    flags: [need.symbol],
  });
}
