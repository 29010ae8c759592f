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
const writeBit = 2;
const searchBit = 1;

function allows(path: string, bit: number, user: User, tree: UserSpace['tree']): boolean {
  const entry = tree.stat(path);
  if (entry === undefined) return true;
  const shift = entry.uid === user.uid ? 6 : entry.gid === user.gid ? 3 : 0;
  return ((entry.mode >> shift) & bit) !== 0;
}

/** "/app: mode 755 of 1000:1000". */
function shown(path: string, tree: UserSpace['tree']): Evidence {
  const { mode = 0, uid = 0, gid = 0 } = tree.stat(path) ?? {};
  return { path, detail: `mode ${(mode & 0o7777).toString(8)} of ${uid}:${gid}` };
}

/** What keeps the user from the file: a folder above it, or its own mode. */
function obstacle(path: string, user: User, tree: UserSpace['tree']): Evidence | undefined {
  const above: string[] = [];
  for (
    let folder = splitPath(path).parent;
    folder !== '/' && folder !== '';
    folder = splitPath(folder).parent
  )
    above.unshift(folder);
  const closed = above.find((folder) => !allows(folder, searchBit, user, tree));
  if (closed !== undefined) return shown(closed, tree);
  const readable = allows(path, readBit, user, tree) || allows(path, searchBit, user, tree);
  return readable ? undefined : shown(path, tree);
}

/** Commands at the beginning of a line that make what they name, and a file that a line's output goes to. */
const makes = /^[ \t]*(?:mkdir|touch|install -d|mkfifo)\b(?<words>[^\n;&|#]*)(?![^\n]*\|\|)/gm;
const goesTo =
  /^[ \t]*(?:echo|printf|cat|envsubst|jq|sed)\b[^\n#]*?[^\d&>]>{1,2}[ \t]*"?(?<path>\/[\w./-]+)/gm;

/** Paths that scripts on the start's way make or write, as far as they are spelled out. */
function* madeByStart(
  userSpace: UserSpace,
): Generator<{ readonly path: string; readonly by: string }> {
  for (const { path: by } of userSpace.start) {
    if (by === undefined || !userSpace.texts.includes(by)) continue;
    const script = userSpace.text(by) ?? '';
    if (asksWho.test(script)) continue;
    for (const { groups } of script.matchAll(makes))
      for (const word of (groups?.['words'] ?? '').split(/\s+/))
        if (/^"?\/[\w./-]+"?$/.test(word)) yield { path: word.replaceAll('"', ''), by };
    for (const { groups } of script.matchAll(goesTo)) yield { path: groups?.['path'] ?? '', by };
  }
}

/** Scripts that look at who they are, or at what they may write, do something else where they may not. */
const asksWho = /\bid -u\b|\$\{?E?UID\b|\[\[? +!? *-w /;

/** The folder that would have to be written, where the user may not. What is mounted is not the image's. */
function unwritable(
  path: string,
  user: User,
  { tree, config }: UserSpace,
  { container }: Offer,
): string | undefined {
  if (/^\/(?:proc|sys|dev|tmp|var\/tmp|run\/secrets)(?:\/|$)/.test(path)) return undefined;
  const mounted = [
    ...(config?.volumes ?? []),
    ...Object.keys(container?.tmpfs ?? {}),
    ...(container?.mounts ?? []).map(({ target }) => target),
  ];
  if (mounted.some((point) => path === point || path.startsWith(`${point}/`))) return undefined;
  if (tree.stat(path)?.type === 'directory') return undefined;
  let at = path;
  while (at !== '/' && tree.stat(at) === undefined) at = splitPath(at).parent || '/';
  return allows(at, writeBit, user, tree) ? undefined : at;
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

/** PL5006: the start writes where only the image's own user may, and the container is given another. */
export const foreignUserRule: Rule = {
  id: 'writes-as-another-user',
  *run({ userSpace }: Needs, offer) {
    const own = userSpace.config?.user ?? '';
    const given = offer.container?.user;
    // An image that starts as root is the data rules' (image-of-root-as-another-user).
    if (given === undefined || given === own || /^(?:root|0)?(?::.*)?$/.test(own)) return;
    const user = startUser(offer, userSpace);
    if (user === undefined) return;
    const evidence: Evidence[] = [];
    const seen = new Set<string>();
    for (const { path, by } of madeByStart(userSpace)) {
      const at = unwritable(path, user, userSpace, offer);
      if (at === undefined || seen.has(at)) continue;
      seen.add(at);
      evidence.push(shown(at, userSpace.tree), { path: by, detail: `writes ${path}` });
    }
    const [first, second] = evidence;
    if (first === undefined || second === undefined) return;
    yield findingOf({
      code: 'PL5006',
      rule: 'writes-as-another-user',
      severity: 'degraded',
      certainty: 'declared',
      reach: 'start',
      title: `the user ${user.uid} may not write where the start does: ${first.path} has ${first.detail}`,
      need: `folders that the user ${user.uid}:${user.gid} may write (${second.path} ${second.detail})`,
      offer: offered(offer, 'container.user', `the container starts as ${user.uid}:${user.gid}`),
      evidence,
      symptom:
        "mkdir: cannot create directory '…': Permission denied / EACCES: permission denied, mkdir",
      help: `in the Dockerfile: chgrp -R 0 ${first.path} && chmod -R g=u ${first.path} (users that OpenShift assigns are in group 0); else a volume there, or start it as ${own}`,
      references: [
        'https://github.com/atlanhq/application-sdk/pull/2638',
        'https://docs.openshift.com/container-platform/4.16/openshift_images/create-images.html',
      ],
      component: 'image',
    });
  },
};
