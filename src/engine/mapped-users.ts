// Containers with users of their own: ids of the container are other ids here (user_namespaces(7)). Files on disk keep the
// ids that the image gave them; the root file system is mounted with its ids mapped (src/sys/id-mapped-mounts.ts), so that
// diff, commit and export, which read the disk, need not know.
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Owner } from '../lib/owner.ts';
import { systemReason } from '../lib/system-reason.ts';
import type { ContainerConfig } from '../runtime/container-config.ts';
import type { SpecIdMapping } from '../runtime/spec.ts';
import { findProgram } from '../sys/find-program.ts';
import { type HeldNamespace, holdUserNamespace } from '../sys/id-mapped-mounts.ts';
import type { IdMapping } from '../sys/subordinate-ids.ts';
import type { Engine } from './engine.ts';

const mappingsOf = (mappings: readonly SpecIdMapping[]): readonly IdMapping[] =>
  mappings.map(({ containerID, hostID, size }) => ({
    inside: containerID,
    outside: hostID,
    count: size,
  }));

/** The users of a container, when its files are looked at through its own mounts. */
export interface UserView {
  toOutside(owner: Owner): Owner;
  toInside(owner: Owner): Owner;
}

/** Where ids are the same on both sides. */
export const sameUsers: UserView = { toOutside: (owner) => owner, toInside: (owner) => owner };

/** An id on the other side; itself where it is nobody there. */
function moved(
  mappings: readonly SpecIdMapping[],
  id: number,
  from: 'containerID' | 'hostID',
  to: 'containerID' | 'hostID',
): number {
  const found = mappings.find((one) => one[from] <= id && id < one[from] + one.size);
  return found === undefined ? id : found[to] + (id - found[from]);
}

/** Who somebody of the container is outside of it. */
export function ownerOutside(
  { uidMappings, gidMappings }: Pick<ContainerConfig, 'uidMappings' | 'gidMappings'>,
  { uid, gid }: Owner,
): Owner {
  return {
    uid: moved(uidMappings, uid, 'containerID', 'hostID'),
    gid: moved(gidMappings, gid, 'containerID', 'hostID'),
  };
}

/** How a running container's files show whose they are. */
export function usersThroughMounts(config: ContainerConfig): UserView {
  const { uidMappings, gidMappings } = config;
  if (uidMappings.length === 0) return sameUsers;
  return {
    toOutside: (owner) => ownerOutside(config, owner),
    toInside: ({ uid, gid }) => ({
      uid: moved(uidMappings, uid, 'hostID', 'containerID'),
      gid: moved(gidMappings, gid, 'hostID', 'containerID'),
    }),
  };
}

/** Whether the container's users are others than those of the engine. */
export function hasOwnUsers({ namespaces: { user } }: ContainerConfig): boolean {
  return user.kind !== 'host';
}

/** PL0835: what was asked for cannot be had, and why. */
function cannotMap(cause: unknown): PlimsollError {
  return new PlimsollError(
    'PL0835',
    `the users of the root file system cannot be mapped: ${systemReason(cause)}`,
    {
      help: 'Linux 5.19 and root are needed, and a file system that can (ext4, xfs, btrfs, tmpfs); --userns host does without',
      cause,
    },
  );
}

/** Who root of here is on disk, in mounts that map ids: an id that no file has. */
const rootOnDisk = 0xffff_fffe;

/** Overlays do some things as who mounted them, who must be somebody there too, or they are read-only. */
function withRoot(mappings: readonly IdMapping[]): readonly IdMapping[] {
  const isThere = mappings.some(({ outside: first }) => first === 0);
  return isThere ? mappings : [...mappings, { inside: rootOnDisk, outside: 0, count: 1 }];
}

/**
 * The user namespace that a container's root file system is mounted for; undefined where its users are those of here.
 * @throws PlimsollError PL0835
 */
export async function userNamespaceFor(
  { environment }: Pick<Engine, 'environment'>,
  { uidMappings, gidMappings }: ContainerConfig,
): Promise<HeldNamespace | undefined> {
  if (uidMappings.length === 0) return undefined;
  const unshare = findProgram('unshare', environment['PATH']) ?? 'unshare';
  try {
    return await holdUserNamespace(
      { users: withRoot(mappingsOf(uidMappings)), groups: withRoot(mappingsOf(gidMappings)) },
      unshare,
    );
  } catch (cause) {
    throw cannotMap(cause);
  }
}

/** The container's root is nobody here, and has to get to its root file system. @throws PlimsollError PL0835 */
export function checkOpenToUsers(path: string): void {
  const parent = dirname(path);
  if ((statSync(path).mode & 0o001) === 0)
    throw new PlimsollError('PL0835', `users of a container cannot enter ${path}`, {
      at: { path },
      help: `let them: chmod o+x ${path}; or name another folder with PLIMSOLL_RUN_DIR`,
    });
  if (parent !== path) checkOpenToUsers(parent);
}

/** Mounts with the users mapped; what the kernel refuses is told. @throws PlimsollError PL0835 */
export function withUsersMapped(mount: () => void): void {
  try {
    mount();
  } catch (cause) {
    throw cannotMap(cause);
  }
}

/** As systemd numbers the users of containers (its UIDS-GIDS): ranges of 65536 from 524288 to 1878982655. */
const firstRange = 524_288;
const lastId = 1_878_982_655;
const rangeSize = 65_536;

/** A range of ids that no other container has. @throws PlimsollError PL0835 */
export function freeUsers(
  taken: readonly Pick<ContainerConfig, 'uidMappings' | 'gidMappings'>[],
  size: number = rangeSize,
): readonly SpecIdMapping[] {
  const used = taken.flatMap(({ uidMappings, gidMappings }) => [...uidMappings, ...gidMappings]);
  for (let start = firstRange; start + size - 1 <= lastId; start += rangeSize)
    if (used.every(({ hostID, size: count }) => hostID + count <= start || start + size <= hostID))
      return [{ containerID: 0, hostID: start, size }];
  throw cannotMap(new Error('all ranges of ids for containers are taken'));
}
