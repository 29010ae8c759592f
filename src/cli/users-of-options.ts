// --userns, --uidmap and the like, in podman's words (podman-run(1)): which users a container has.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { ContainerConfig, NamespaceChoice } from '../runtime/container-config.ts';
import type { SpecIdMapping } from '../runtime/spec.ts';
import { parseSubordinateIds } from '../sys/subordinate-ids.ts';

/** Options of the users of a container. */
export interface UserNamespaceOptions {
  readonly userns?: string;
  readonly uidmap?: readonly string[];
  readonly gidmap?: readonly string[];
  readonly subuidname?: string;
  readonly subgidname?: string;
}

/** What they need of the world around. */
export interface UserNamespaceSources {
  /** @throws PlimsollError PL0001 */
  readFile(path: string): string;
  /** A range of ids that no other container has. @throws PlimsollError PL0835 */
  freeUsers(size: number | undefined): readonly SpecIdMapping[];
  /** How another container was asked for. @throws PlimsollError PL0820 */
  configOf(container: string): ContainerConfig;
}

/** What they come to, as the configuration of a container has it. */
export type ChosenUsers = Pick<ContainerConfig, 'uidMappings' | 'gidMappings'> & {
  readonly user: NamespaceChoice;
};

function wrong(option: string, text: string, expected: string): PlimsollError {
  return new PlimsollError('PL0001', `invalid argument ${JSON.stringify(text)} for ${option}`, {
    help: `expected: ${expected}`,
  });
}

const largest = 0xffff_fffe;

/** CONTAINER:HOST:SIZE; the size is 1 where it is left out. @throws PlimsollError PL0001 */
function mappingOf(option: string, text: string): SpecIdMapping {
  const parts = text.split(':');
  const [containerID = 0, hostID = 0, size = 1] = parts.map(Number);
  const valid =
    (parts.length === 2 || parts.length === 3) &&
    parts.every((part) => /^\d{1,10}$/.test(part)) &&
    size > 0 &&
    Math.max(containerID, hostID) + size - 1 <= largest;
  if (valid) return { containerID, hostID, size };
  throw wrong(option, text, 'numbers CONTAINER:HOST:SIZE, such as 0:100000:65536');
}

/** The kernel refuses ranges that meet (kernel/user_namespace.c, mappings_overlap). @throws PlimsollError PL0001 */
function mappingsOf(option: string, texts: readonly string[]): readonly SpecIdMapping[] {
  const mappings = texts.map((text) => mappingOf(option, text));
  const meet = (a: number, b: number, sizeA: number, sizeB: number): boolean =>
    a < b + sizeB && b < a + sizeA;
  mappings.forEach((one, index) => {
    for (const other of mappings.slice(0, index))
      if (
        meet(one.containerID, other.containerID, one.size, other.size) ||
        meet(one.hostID, other.hostID, one.size, other.size)
      )
        throw wrong(option, texts[index] ?? '', 'ranges that do not meet');
  });
  return mappings;
}

/** The ids set aside for a user, from 0 on in the container. @throws PlimsollError PL0001 */
function setAside(
  option: string,
  file: string,
  name: string,
  sources: UserNamespaceSources,
): readonly SpecIdMapping[] {
  const ranges = parseSubordinateIds(sources.readFile(file), {
    uid: /^\d+$/.test(name) ? Number(name) : -1,
    gid: -1,
    name,
  });
  if (ranges.length === 0) throw wrong(option, name, `a user who has ids in ${file}`);
  let containerID = 0;
  return ranges.map(({ start, count }) => {
    const mapping = { containerID, hostID: start, size: count };
    containerID += count;
    return mapping;
  });
}

/** uid_map or gid_map of a process. */
function mappingsIn(text: string): readonly SpecIdMapping[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [containerID = 0, hostID = 0, size = 1] = line.trim().split(/\s+/).map(Number);
      return { containerID, hostID, size };
    });
}

/** auto, auto:size=N. */
function autoSize(text: string): number | undefined {
  if (text === 'auto') return undefined;
  const [, digits] = /^auto:size=(\d+)$/.exec(text) ?? [];
  const size = Number(digits);
  if (digits !== undefined && size > 0 && size <= 1 << 28) return size;
  throw wrong('--userns', text, 'auto or auto:size=NUMBER');
}

/** @throws PlimsollError PL0001, PL0820, PL0835 */
export function usersOfOptions(
  options: UserNamespaceOptions,
  sources: UserNamespaceSources,
): ChosenUsers {
  const { userns = '', uidmap = [], gidmap = [], subuidname, subgidname } = options;
  const none = { uidMappings: [], gidMappings: [] };
  const named = uidmap.length + gidmap.length > 0 || (subuidname ?? subgidname) !== undefined;
  if (named && userns !== '' && userns !== 'private')
    throw new PlimsollError(
      'PL0001',
      '--userns and ranges of ids (--uidmap, --gidmap, --subuidname, --subgidname) cannot be given together',
      { help: 'leave one out, or give --userns private' },
    );
  if (named) {
    const users =
      subuidname === undefined && subgidname === undefined
        ? mappingsOf('--uidmap', uidmap)
        : setAside('--subuidname', '/etc/subuid', subuidname ?? subgidname ?? '', sources);
    const groups =
      subuidname === undefined && subgidname === undefined
        ? mappingsOf('--gidmap', gidmap)
        : setAside('--subgidname', '/etc/subgid', subgidname ?? subuidname ?? '', sources);
    // As podman has it: who gives one alone means both.
    const uidMappings = users.length > 0 ? users : groups;
    const gidMappings = groups.length > 0 ? groups : users;
    return { user: { kind: 'private' }, uidMappings, gidMappings };
  }
  if (userns === '' || userns === 'host') return { user: { kind: 'host' }, ...none };
  const [, path, pid] = /^ns:(\/proc\/(\d+)\/ns\/user)$/.exec(userns) ?? [];
  if (path !== undefined)
    return {
      user: { kind: 'path', path },
      uidMappings: mappingsIn(sources.readFile(`/proc/${pid}/uid_map`)),
      gidMappings: mappingsIn(sources.readFile(`/proc/${pid}/gid_map`)),
    };
  const [, container] = /^container:(.+)$/.exec(userns) ?? [];
  if (container !== undefined) {
    const { uidMappings, gidMappings } = sources.configOf(container);
    return { user: { kind: 'container', container }, uidMappings, gidMappings };
  }
  if (userns === 'private' || userns === 'auto' || userns.startsWith('auto:')) {
    const range = sources.freeUsers(userns === 'private' ? undefined : autoSize(userns));
    return { user: { kind: 'private' }, uidMappings: range, gidMappings: range };
  }
  throw wrong('--userns', userns, 'host, auto, private, container:NAME, or ns:/proc/PID/ns/user');
}
