// Matches and targets of iptables that scripts of the image ask for ("-m recent", "-j TPROXY"), each a module of the
// kernel's own (net/netfilter/Kconfig of Linux 6.12): small kernels of NAS systems and of WSL 2 leave some out.
import type { Offer } from '../../host/offer.ts';
import { capEvidence } from '../../needs/evidence.ts';
import type { Needs } from '../../needs/need.ts';
import type { Evidence } from '../../needs/user-space.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered, someOf } from '../finding-of.ts';
import { isOwnScript } from '../image-view.ts';
import { moduleState } from '../kernel-modules.ts';
import type { Rule } from '../rule.ts';

const callers = /^(?:ip6?tables(?:-legacy|-nft)?|ip6?tables-(?:legacy-|nft-)?restore)$/;

/** Modules by the words that follow -m and -j; what the kernel cannot do without is left out. */
const modules: Readonly<Record<string, string>> = {
  '-m addrtype': 'xt_addrtype',
  '-m comment': 'xt_comment',
  '-m connlimit': 'xt_connlimit',
  '-m connmark': 'xt_connmark',
  '-m conntrack': 'xt_conntrack',
  '-m hashlimit': 'xt_hashlimit',
  '-m iprange': 'xt_iprange',
  '-m limit': 'xt_limit',
  '-m mac': 'xt_mac',
  '-m mark': 'xt_mark',
  '-m multiport': 'xt_multiport',
  '-m owner': 'xt_owner',
  '-m physdev': 'xt_physdev',
  '-m policy': 'xt_policy',
  '-m recent': 'xt_recent',
  '-m set': 'xt_set',
  '-m socket': 'xt_socket',
  '-m statistic': 'xt_statistic',
  '-m string': 'xt_string',
  '-m u32': 'xt_u32',
  '-j CONNMARK': 'xt_connmark',
  '-j LOG': 'xt_LOG',
  '-j MARK': 'xt_mark',
  '-j MASQUERADE': 'xt_MASQUERADE',
  '-j NFLOG': 'xt_NFLOG',
  '-j NFQUEUE': 'xt_NFQUEUE',
  '-j REDIRECT': 'xt_REDIRECT',
  '-j TCPMSS': 'xt_TCPMSS',
  '-j TPROXY': 'xt_TPROXY',
};

interface Asked {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

export const iptablesExtensionRule: Rule = {
  id: 'iptables-extensions',
  *run(needs, offer) {
    const missing = [...askedFor(needs)].filter(
      ([module]) => moduleState(offer, module) === 'missing',
    );
    if (missing.length > 0) yield lacking(missing, needs, offer);
  },
};

/** Lines of the image's own scripts by the module that they ask for. */
function askedFor({ userSpace }: Needs): ReadonlyMap<string, readonly Asked[]> {
  const asked = new Map<string, Asked[]>();
  for (const { path, commands } of userSpace.scripts) {
    if (!isOwnScript(path)) continue;
    for (const { name, line, text } of commands) {
      if (!callers.test(name)) continue;
      for (const [, option = '', word = ''] of text.matchAll(/\s(-[mj])\s+([A-Za-z0-9]+)/g)) {
        const module = modules[`${option} ${word}`];
        if (module !== undefined)
          asked.set(module, [...(asked.get(module) ?? []), { path, line, text }]);
      }
    }
  }
  return asked;
}

function lacking(
  missing: readonly (readonly [string, readonly Asked[]])[],
  { userSpace }: Needs,
  offer: Offer,
): Finding {
  const lines = missing.flatMap(([, asked]) => asked);
  const names = missing.map(([module]) => module);
  const started = new Set(userSpace.start.map(({ path }) => path));
  const evidence: readonly Evidence[] = lines.map(({ path, line, text }) => ({
    path,
    line,
    detail: text.slice(0, 160),
  }));
  return findingOf({
    code: 'PL6006',
    rule: 'iptables-extension-missing',
    severity: lines.some(({ path }) => started.has(path)) ? 'degraded' : 'note',
    certainty: 'declared',
    reach: lines.some(({ path }) => started.has(path)) ? 'start' : 'file',
    title: `rules of iptables that scripts set up need ${someOf(names, 4)}, which the kernel lacks`,
    need: names.join(', '),
    offer: offered(offer, 'modules', `no ${names.join(', ')}`),
    evidence: capEvidence(evidence),
    symptom:
      'Warning: Extension recent revision 0 not supported, missing kernel module? / iptables: No chain/target/match by that name.',
    help: `modprobe ${names.join(' ')} on the host where it has them; else a kernel that is built with them (WSL 2: a kernel of your own in .wslconfig, or wsl --update), or rules without them`,
    references: [
      'https://github.com/microsoft/WSL/issues/11140',
      'https://github.com/microsoft/WSL/issues/9946',
      'https://github.com/microsoft/WSL/issues/7124',
    ],
    component: 'kernel',
  });
}
