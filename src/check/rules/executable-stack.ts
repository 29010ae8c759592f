// Files marked as needing an executable stack (PT_GNU_STACK with PF_X). SELinux refuses it to confined processes;
// glibc 2.41 no longer makes the stack executable for a library that is loaded by dlopen.
import type { Offer } from '../../host/offer.ts';
import { compareVersions } from '../../lib/version.ts';
import type { NeedOf, Needs } from '../../needs/need.ts';
import type { Finding } from '../finding.ts';
import { findingOf, offered, reachOf } from '../finding-of.ts';
import type { Rule } from '../rule.ts';

/** Files that ask for an executable stack. */
export const executableStackRule: Rule = {
  id: 'executable-stack',
  *run(needs, offer) {
    const refused = refusedBySelinux(offer);
    for (const need of needs.of('executable-stack')) {
      if (refused && need.certainty === 'declared') yield bySelinux(need, offer);
      // What a program is linked with is loaded before it starts, and then glibc still grants the stack.
      else if (need.library && need.onStartPath !== true) {
        const finding = byLoader(need, needs, offer);
        if (finding !== undefined) yield finding;
      }
    }
  },
};

/** Engines that label their containers container_t by themselves; Docker does it only when its daemon is told to. */
const labelling: ReadonlySet<string> = new Set(['podman', 'buildah', 'cri-o']);

/**
 * container-selinux lets every container type have an executable stack (container.te, since January 2017: "allow
 * container_domain self:process { execmem execstack … }"). What runs unlabelled or privileged is spc_t or a domain of
 * the host, where booleans decide: they are on in Fedora and RHEL, and off in SUSE's policy.
 */
function refusedBySelinux({ lsm, container, engine, distribution }: Offer): boolean {
  if (lsm?.selinux !== 'enforcing') return false;
  const label = container?.selinuxLabel;
  const confined =
    label === undefined
      ? container?.privileged !== true && labelling.has(engine?.name ?? '')
      : !/disable|spc_t|unconfined/.test(label);
  if (confined) return false;
  const { container_can_execstack: container_, selinuxuser_execstack: user } =
    lsm.selinuxBooleans ?? {};
  if (container_ === true || user === true) return false;
  return container_ === false || user === false || /suse|^sle/.test(distribution?.id ?? '');
}

const clearMark = (path: string): string =>
  `clear the mark in the image: patchelf --clear-execstack ${path} (or execstack -c), or link it again with -z noexecstack`;

function bySelinux(need: NeedOf<'executable-stack'>, offer: Offer): Finding {
  const name = need.path.slice(need.path.lastIndexOf('/') + 1);
  return findingOf({
    code: 'PL5002',
    rule: 'selinux-execstack',
    severity: need.onStartPath === true ? 'fatal' : 'degraded',
    certainty: need.certainty,
    reach: reachOf(need),
    title: `${name} asks for an executable stack, which SELinux refuses`,
    need: 'an executable stack',
    offer: offered(offer, 'lsm.selinux', 'SELinux enforcing'),
    evidence: need.evidence,
    symptom: need.library
      ? `${name}: cannot enable executable stack as shared object requires: Permission denied`
      : 'Permission denied',
    help: `${clearMark(need.path)}; else allow it on the host: setsebool -P container_can_execstack 1 (older policies: selinuxuser_execstack 1), or let the engine label its containers (Docker: "selinux-enabled": true)`,
    references: [
      'https://github.com/docker-library/julia/issues/82',
      'https://github.com/containers/container-selinux/blob/main/container.te',
    ],
    component: 'image',
  });
}

function byLoader(
  need: NeedOf<'executable-stack'>,
  needs: Needs,
  offer: Offer,
): Finding | undefined {
  const { libc } = needs.userSpace;
  if (
    libc?.name !== 'glibc' ||
    libc.version === undefined ||
    compareVersions(libc.version, '2.41') < 0
  )
    return undefined;
  const name = need.path.slice(need.path.lastIndexOf('/') + 1);
  return findingOf({
    code: 'PL2013',
    rule: 'execstack-dlopen',
    severity: 'degraded',
    certainty: need.certainty,
    reach: 'file',
    title: `glibc ${libc.version} does not load ${name} by dlopen: it asks for an executable stack`,
    need: 'an executable stack',
    offer: offered(offer, 'kernel', `glibc ${libc.version} of the image, on every host`),
    evidence: need.evidence,
    symptom: `${name}: cannot enable executable stack as shared object requires: Invalid argument`,
    help: `${clearMark(need.path)}; else start with GLIBC_TUNABLES=glibc.rtld.execstack=2`,
    references: [
      'https://sourceware.org/glibc/manual/latest/html_node/Dynamic-Linking-Tunables.html',
    ],
    component: 'image',
  });
}
