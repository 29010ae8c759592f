// Who the first process is. USER of an image and --user are "user[:group]", each a name or a number, and are looked up
// in the image's own /etc/passwd and /etc/group, as libcontainer's GetExecUser does (moby/sys/user).
import { PlimsollError } from '../../diag/plimsoll-error.ts';

/** The files of the image that names are looked up in; empty where there are none. */
export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
}

/** A user as a process gets it. */
export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  /** Home directory; '/' where no entry says. */
  readonly home: string;
}

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** Ids of the kernel that are no error value, as libcontainer bounds them. */
const largestId = 2 ** 31 - 1;

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const id = Number(text);
  return id <= largestId ? id : undefined;
}

function linesOf(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));
}

function accountsOf(passwd: string): readonly Account[] {
  return linesOf(passwd).flatMap(([name = '', , uid, gid, , home]) => {
    const own = numberOf(uid);
    return own === undefined
      ? []
      : [
          {
            name,
            uid: own,
            gid: numberOf(gid) ?? 0,
            home: home === undefined || home === '' ? '/' : home,
          },
        ];
  });
}

function groupsOf(group: string): readonly Group[] {
  return linesOf(group).flatMap(([name = '', , gid, members = '']) => {
    const own = numberOf(gid);
    return own === undefined ? [] : [{ name, gid: own, members: members.split(',') }];
  });
}

function unknown(what: string, name: string, file: string): PlimsollError {
  const number = /^\d+$/.test(name);
  return new PlimsollError(
    'PL0801',
    number
      ? `the ${what} ${name} is out of range: expected 0 to ${largestId}`
      : `unable to find ${what} ${name}: no matching entries in ${file} of the image`,
    {
      help: number
        ? `give a number up to ${largestId}`
        : `give a ${what} that the image has, or its number: a number needs no entry`,
    },
  );
}

/** A group by name or number. */
function groupOf(asked: string, groups: readonly Group[]): number {
  const found = groups.find(({ name, gid }) => name === asked || String(gid) === asked);
  const gid = found?.gid ?? numberOf(asked);
  if (gid === undefined) throw unknown('group', asked, '/etc/group');
  return gid;
}

/**
 * The user that "user[:group]" names; root where it is empty.
 * @throws PlimsollError PL0801 for a name without an entry, and a number out of range
 */
export function resolveUser(
  asked: string,
  files: AccountFiles,
  groupAdd: readonly string[] = [],
): ResolvedUser {
  const [userText = '', groupText = ''] = asked.split(':', 2);
  const groups = groupsOf(files.group);
  const wanted = userText === '' ? '0' : userText;
  const account = accountsOf(files.passwd).find(
    ({ name, uid }) => name === wanted || String(uid) === wanted,
  );
  const uid = account?.uid ?? numberOf(wanted);
  if (uid === undefined) throw unknown('user', wanted, '/etc/passwd');
  // A group that is named takes the place of the memberships.
  const memberships =
    groupText !== '' || account === undefined
      ? []
      : groups.filter(({ members }) => members.includes(account.name)).map(({ gid }) => gid);
  const added = groupAdd.map((group) => groupOf(group, groups));
  return {
    uid,
    gid: groupText === '' ? (account?.gid ?? 0) : groupOf(groupText, groups),
    additionalGids: [...new Set([...memberships, ...added])],
    home: account?.home ?? '/',
  };
}

/**
 * The groups of a process beside its first: that one is among them, so that a file which its group may not read is not read
 * after setgid(2) to another (CVE-2022-36109, CVE-2022-2989).
 * @param settable whether there are groups to set: a user namespace with one id forbids it
 */
export function supplementaryGroups(
  { gid, additionalGids }: ResolvedUser,
  settable: boolean,
): readonly number[] {
  if (!settable && additionalGids.length === 0) return [];
  return [...new Set([gid, ...additionalGids])];
}
