// Owners of an image's files beyond what a rootless engine maps: its user namespace holds the numbers that /etc/subuid
// and /etc/subgid give, 65536 by default (shadow's SUB_UID_COUNT), and chown(2) of a number outside of it is EINVAL
// (user_namespaces(7)), so that the image cannot be unpacked at all.
import type { Offer } from '../../host/offer.ts';
import { capEvidence } from '../../needs/evidence.ts';
import type { Needs } from '../../needs/need.ts';
import type { Evidence } from '../../needs/user-space.ts';
import { findingOf, offered } from '../finding-of.ts';
import type { Rule } from '../rule.ts';

/** Numbers that a user gets beside its own (SUB_UID_COUNT of login.defs). */
const mapped = 65_536;

/** Whether the engine runs as an ordinary user, who has only the numbers given to it. */
const isRootless = ({ engine }: Offer): boolean => engine?.rootless === true;

function beyond({ userSpace }: Needs): readonly Evidence[] {
  const found: Evidence[] = [];
  for (const { path, uid, gid } of userSpace.tree.walk())
    if (uid > mapped || gid > mapped) found.push({ path, detail: `owner ${uid}:${gid}` });
  return found;
}

export const fileOwnersRule: Rule = {
  id: 'file-owners',
  *run(needs, offer) {
    // What a layer records is what an engine must give; a directory's owners are this machine's.
    if (!isRootless(offer) || needs.userSpace.config === undefined) return;
    const evidence = beyond(needs);
    const [first] = evidence;
    if (first === undefined) return;
    yield findingOf({
      code: 'PL5011',
      rule: 'file-owner-not-mapped',
      severity: 'degraded',
      certainty: 'declared',
      title: `${first.path} belongs to a number that a rootless engine does not have (${first.detail})`,
      need: `numbers of users and groups above ${mapped} in the engine's user namespace`,
      offer: offered(offer, 'engine.rootless', `a rootless engine: ${mapped} numbers by default`),
      evidence: capEvidence(evidence),
      symptom:
        'potentially insufficient UIDs or GIDs available in user namespace: Check /etc/subuid and /etc/subgid: lchown …: invalid argument',
      help: 'a longer range in /etc/subuid and /etc/subgid (usermod --add-subuids), then podman system migrate; else ordinary owners in the image (COPY --chown), or ignore_chown_errors = "true" in storage.conf',
      references: [
        'https://github.com/containers/podman/issues/2542',
        'https://github.com/containers/podman/blob/main/troubleshooting.md',
      ],
      component: 'image',
    });
  },
};
