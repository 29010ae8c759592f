// What starts and only its owner may read or reach: an image that is made to start as root and is given another user (Kubernetes'
// runAsUser, OpenShift), or has files of 0600 that ADD fetched, or programs below /root.
import type { Offer } from '../../host/offer.ts';
import { splitPath } from '../../lib/path.ts';
import type { Needs } from '../../needs/need.ts';
import type { Evidence, UserSpace } from '../../needs/user-space.ts';
import { findingOf, offered } from '../finding-of.ts';
import type { Rule } from '../rule.ts';

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** The user that the container starts as, where it is one by number and not root. A number alone comes with group 0. */
function startUser(offer: Offer, { config }: UserSpace): User | undefined {
  const text = offer.container?.user ?? config?.user ?? '';
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(text) ?? [];
  return uid === undefined || Number(uid) === 0
    ? undefined
    : { uid: Number(uid), gid: Number(gid ?? 0) };
}

/** Files that the start names: the programs and scripts on its way, and what interpreters are given. */
function startFiles({ start, tree }: UserSpace): readonly string[] {
  const named = start.flatMap(({ argv }) => argv.filter((word) => word.startsWith('/')));
  const found = [...start.flatMap(({ path }) => path ?? []), ...named];
  return [...new Set(found)].filter((path) => tree.stat(path)?.type === 'file');
}

const readBit = 4;
const searchBit = 1;

/** What keeps the user from the file: a folder above it, or its own mode. */
function obstacle(path: string, user: User, tree: UserSpace['tree']): Evidence | undefined {
  const allows = (each: string, bit: number): boolean => {
    const entry = tree.stat(each);
    if (entry === undefined) return true;
    const shift = entry.uid === user.uid ? 6 : entry.gid === user.gid ? 3 : 0;
    return ((entry.mode >> shift) & bit) !== 0;
  };
  const shown = (each: string): Evidence => {
    const { mode = 0, uid = 0, gid = 0 } = tree.stat(each) ?? {};
    return { path: each, detail: `mode ${(mode & 0o7777).toString(8)} of ${uid}:${gid}` };
  };
  const above: string[] = [];
  for (
    let folder = splitPath(path).parent;
    folder !== '/' && folder !== '';
    folder = splitPath(folder).parent
  )
    above.unshift(folder);
  const closed = above.find((folder) => !allows(folder, searchBit));
  if (closed !== undefined) return shown(closed);
  return allows(path, readBit) || allows(path, searchBit) ? undefined : shown(path);
}

/** PL5006: what starts cannot be read by the user that it starts as. */
export const unreadableStartRule: Rule = {
  id: 'unreadable-start',
  *run({ userSpace }: Needs, offer) {
    const user = startUser(offer, userSpace);
    if (user === undefined || userSpace.config === undefined) return;
    const evidence = startFiles(userSpace).flatMap(
      (path) => obstacle(path, user, userSpace.tree) ?? [],
    );
    const [first] = evidence;
    if (first === undefined) return;
    yield findingOf({
      code: 'PL5006',
      rule: 'unreadable-start',
      severity: 'fatal',
      certainty: 'declared',
      reach: 'start',
      title: `the user ${user.uid} may not read what starts: ${first.path} has ${first.detail}`,
      need: `a start that the user ${user.uid} may read, or root's right to pass over modes (CAP_DAC_OVERRIDE)`,
      offer: offered(offer, 'container.user', `the container starts as ${user.uid}:${user.gid}`),
      evidence,
      symptom:
        'permission denied: unknown / Error: Unable to access jarfile / EACCES: permission denied, open',
      help: 'in the Dockerfile COPY or ADD with --chmod=0755 (files that ADD fetches have 0600), and nothing that starts below /root; else start it as the user that the image is made for',
      references: [
        'https://github.com/phax/phoss-ap/issues/79',
        'https://docs.docker.com/reference/dockerfile/#add',
      ],
      component: 'image',
    });
  },
};
