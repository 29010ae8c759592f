// PL8003: what support policies say of an image's release on a host's release. Notes, apart from technical fitness;
// nothing is said where a policy supports the pair, or does not speak of it.
import type { Offer } from '../../host/offer.ts';
import { satisfies } from '../../lib/version.ts';
import type { Needs } from '../../needs/need.ts';
import type { OsRelease } from '../../needs/user-space.ts';
import type { Finding } from '../finding.ts';
import { findingOf, someOf, sourceOf } from '../finding-of.ts';
import type { Rule } from '../rule.ts';
import type { SupportPolicy } from './policy.ts';
import redHat from './red-hat.json' with { type: 'json' };

/** The policies that come with the program. */
export const shippedPolicies: readonly SupportPolicy[] = [redHat as SupportPolicy];

/** The rule for some policies. */
export function policyRule(policies: readonly SupportPolicy[]): Rule {
  return {
    id: 'support-policy',
    *run(needs, offer) {
      for (const policy of policies) {
        const finding = findingOfPolicy(policy, needs, offer);
        if (finding !== undefined) yield finding;
      }
    },
  };
}

type Named = { readonly id: string; readonly version?: string | undefined };
type Release = SupportPolicy['images'][number];

const covers = ({ id, version }: Release, named: Named): boolean =>
  [id].flat().includes(named.id) &&
  (version === undefined || (named.version !== undefined && satisfies(named.version, version)));

const words = {
  unsupported: 'is not supported',
  nobody: 'is supported by nobody',
  tested: 'is tested, but not supported',
} as const;

function findingOfPolicy(policy: SupportPolicy, needs: Needs, offer: Offer): Finding | undefined {
  const { os } = needs.userSpace;
  const host = offer.distribution;
  if (os === undefined || host === undefined) return undefined;
  const image: Named = { id: os.id, version: os.versionId };
  const ofImage = policy.images.some((one) => covers(one, image));
  const ofHost = policy.hosts.some((one) => covers(one, host));
  if (!ofImage && !ofHost) return undefined;
  const row = policy.matrix.find((one) => covers(one.image, image) && covers(one.host, host));
  const status = row?.status ?? policy.otherwise;
  if (status === undefined) return undefined;
  if (status === 'supported') return privilegedFinding(policy, needs, os, offer);
  const tier = row?.tier === undefined ? '' : ` (${row.tier})`;
  return findingOf({
    ...common(policy, os, offer),
    title: `${nameOf(os)} on ${hostName(offer)} ${words[status]}${tier}: ${policy.name}`,
    help: row?.note ?? policy.help ?? 'use a pair of releases that the policy supports',
  });
}

/** Supported in general, but not for programs that depend on the very kernel. */
function privilegedFinding(
  policy: SupportPolicy,
  needs: Needs,
  os: OsRelease,
  offer: Offer,
): Finding | undefined {
  const major = (version: string | undefined): string => version?.split('.')[0] ?? '';
  const tools = needs.of('privileged-tool').map((need) => need.tool);
  if (policy.privilegedNote === undefined || tools.length === 0) return undefined;
  if (major(os.versionId) === major(offer.distribution?.version)) return undefined;
  return findingOf({
    ...common(policy, os, offer),
    title: `${nameOf(os)} on ${hostName(offer)} is supported, but perhaps not for ${someOf(tools)}: ${policy.name}`,
    help: policy.privilegedNote,
  });
}

function common(policy: SupportPolicy, os: OsRelease, offer: Offer) {
  return {
    code: 'PL8003',
    rule: 'support-policy',
    severity: 'note',
    certainty: 'declared',
    need: `support by ${policy.name}${policy.asOf === undefined ? '' : `, as of ${policy.asOf}`}`,
    offer: { value: hostName(offer), source: sourceOf(offer, 'distribution') },
    evidence: [{ path: os.path, detail: nameOf(os) }],
    references: [policy.source],
    component: 'support',
  } as const;
}

const nameOf = (os: OsRelease): string => os.prettyName ?? `${os.id} ${os.versionId ?? ''}`.trim();

const hostName = ({ distribution, name }: Offer): string =>
  distribution === undefined
    ? name
    : (distribution.name ?? `${distribution.id} ${distribution.version ?? ''}`.trim());
