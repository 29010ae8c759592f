// Which users a user namespace has (subuid(5), user_namespaces(7)): inside, root is the user who made it, and all others
// are ids that an administrator set aside for that user in /etc/subuid and /etc/subgid.

/** Ids that follow each other. */
export interface IdRange {
  readonly start: number;
  readonly count: number;
}

/** One line of a map: `count` ids from `inside` on are those from `outside` on. */
export interface IdMapping {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

/** Who makes the namespace. */
export interface NamespaceUser {
  readonly uid: number;
  readonly gid: number;
  /** Name in /etc/passwd; absent where the user has none. */
  readonly name?: string;
}

/** Ranges of a user in /etc/subuid or /etc/subgid: lines "name or uid:start:count". */
export function parseSubordinateIds(
  text: string,
  { uid, name }: NamespaceUser,
): readonly IdRange[] {
  return text.split('\n').flatMap((line) => {
    const [owner, start, count, more] = line.split(':');
    if (owner === undefined || (owner !== name && owner !== String(uid)) || more !== undefined)
      return [];
    const range = { start: Number(start), count: Number(count) };
    const valid = [range.start, range.count].every((id) => Number.isInteger(id) && id > 0);
    return valid && range.start + range.count <= 0xffff_ffff ? [range] : [];
  });
}

/** Root inside is `own` outside, and the ranges follow it. */
export function mappingsOf(own: number, ranges: readonly IdRange[]): readonly IdMapping[] {
  const mappings: IdMapping[] = [{ inside: 0, outside: own, count: 1 }];
  let inside = 1;
  for (const { start, count } of ranges) {
    mappings.push({ inside, outside: start, count });
    inside += count;
  }
  return mappings;
}

/** How many ids /proc/PID/uid_map or gid_map has. */
export function mappedIds(map: string): number {
  return map
    .trim()
    .split('\n')
    .reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[2] ?? 0), 0);
}
