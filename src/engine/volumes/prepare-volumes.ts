// Makes a container's mounts ready before each start: sources that are not there, volumes filled and mounted, folders below
// volumes held. What config.json gets are paths of the host that no container can change the meaning of.
import { spawnSync } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { systemReason } from '../../lib/system-reason.ts';
import type { SpecMount } from '../../runtime/spec.ts';
import { hasCode } from '../../sys/errno.ts';
import { fileTypes, statusAt } from '../../sys/file-calls.ts';
import { lockFile } from '../../sys/file-lock.ts';
import { mountAt, unmount } from '../../sys/mounts.ts';
import { copyUpVolume } from './copy-up-volume.ts';
import { mountVolume, unmountVolumes } from './mounted-volumes.ts';
import { withBelow } from './open-below.ts';
import { refuseOverProc } from './over-proc.ts';
import { plainSpecMount, withAccess } from './spec-mounts.ts';
import { type VolumeWorld, volumeData, volumeFolder } from './volume-record.ts';
import { ensureVolume, volumeNamed } from './volume-rows.ts';
import type {
  BindMount,
  PreparedVolumes,
  RequestedMount,
  VolumeMount,
  VolumeRequest,
  VolumeState,
} from './volumes.ts';

/** Node's own `recursive` never ends where mkdir(2) says ENOENT below a directory that is there, as /proc does. */
function makeDirectories(path: string): void {
  if (existsSync(path)) return;
  makeDirectories(dirname(path));
  try {
    mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    // Another container, started at the same time, was first.
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

/** @throws PlimsollError PL0863 */
function prepareBind(mount: BindMount): void {
  const { source, createSource } = mount;
  if (existsSync(source)) return;
  if (!createSource)
    throw new PlimsollError(
      'PL0863',
      `invalid mount config for type "bind": bind source path does not exist: ${source}`,
      { help: `make it first: mkdir -p ${source}` },
    );
  try {
    makeDirectories(source);
  } catch (cause) {
    throw new PlimsollError(
      'PL0863',
      `the source of a bind is not there and could not be made: ${systemReason(cause)}`,
      { at: { path: source }, help: 'make it first, or name another', cause },
    );
  }
}

/** Podman's U: the source belongs to the container's user. Links are changed themselves and not followed. */
function handOver(path: string, owner: ReturnType<VolumeRequest['owner']>): void {
  const { status, stderr } = spawnSync(
    'chown',
    ['-R', '-h', `${owner.uid}:${owner.gid}`, '--', path],
    { encoding: 'utf8' },
  );
  if (status === 0) return;
  throw new PlimsollError('PL0863', `the owner could not be changed: ${stderr.trim()}`, {
    at: { path },
    help: 'leave U out, or change it by hand',
  });
}

/** A volume that is empty, and root's, is that of the container's root where that is somebody else. */
function giveToRoot(data: string, root: VolumeRequest['root']): void {
  if (root.uid === 0 && root.gid === 0) return;
  const { uid, gid } = statSync(data);
  if (uid === 0 && gid === 0 && readdirSync(data).length === 0) chownSync(data, root.uid, root.gid);
}

/** Mounts what is at a path below a volume on a place of our own, and gives that. @throws PlimsollError PL0863 */
function holdBelow(root: string, mount: VolumeMount, place: string): string {
  const { subpath = '', name } = mount;
  try {
    const held = withBelow(root, subpath, (fd) => {
      const status = statusAt(fd, '');
      if (status === undefined) return undefined;
      if ((status.mode & fileTypes.mask) === fileTypes.directory)
        mkdirSync(place, { recursive: true, mode: 0o700 });
      else closeSync(openSync(place, 'w', 0o600));
      mountAt({ type: 'none', source: `/proc/self/fd/${fd}`, options: ['rbind'] }, place);
      return place;
    });
    if (held !== undefined) return held;
  } catch (cause) {
    throw new PlimsollError(
      'PL0863',
      `${subpath} of volume ${name} could not be mounted: ${systemReason(cause)}`,
      { help: 'name a folder or file of the volume', cause },
    );
  }
  throw new PlimsollError('PL0863', `volume ${name} has no ${subpath}`, {
    help: 'make it first: volume-subpath names what is there',
  });
}

/**
 * Makes the mounts ready.
 * @throws PlimsollError PL0863, PL0861, PL0701, PL0702; nothing is held then
 */
export async function prepareVolumes(
  world: VolumeWorld,
  request: VolumeRequest,
): Promise<PreparedVolumes> {
  const holds: string[] = [];
  const mounts: SpecMount[] = [];
  try {
    for (const mount of request.choices.mounts)
      mounts.push(await prepareOne(world, mount, request, holds));
    return { state: { holds }, mounts };
  } catch (error) {
    releaseVolumes(world, request.id, { holds });
    throw error;
  }
}

async function prepareOne(
  world: VolumeWorld,
  mount: RequestedMount,
  request: VolumeRequest,
  holds: string[],
): Promise<SpecMount> {
  refuseOverProc(mount, request.rootfs);
  if (mount.kind === 'tmpfs') return plainSpecMount(mount);
  if (mount.kind === 'bind') {
    prepareBind(mount);
    if (mount.chown === true) handOver(mount.source, request.owner());
    return plainSpecMount(mount);
  }
  const name = mount.name ?? '';
  // Removed by force meanwhile: docker makes it again.
  const volume = volumeNamed(world.database, name) ?? ensureVolume(world, { name });
  const folder = volumeFolder(world, name);
  const lock = await lockFile(join(folder, 'lock'), request.signal);
  try {
    await mountVolume(world, volume, request.id);
    if (mount.copy && mount.subpath === undefined && volume.options['device'] === undefined)
      copyUpVolume(folder, request.rootfs, mount.destination);
    if (volume.options['device'] === undefined) giveToRoot(volumeData(world, name), request.root);
  } finally {
    lock.release();
  }
  const data = volumeData(world, name);
  if (mount.chown === true) handOver(data, request.owner());
  let source = data;
  if (mount.subpath !== undefined) {
    mkdirSync(join(request.stateFolder, 'volumes'), { recursive: true, mode: 0o700 });
    source = holdBelow(data, mount, join(request.stateFolder, 'volumes', String(holds.length)));
    holds.push(source);
  }
  const options = withAccess(['rbind', 'rprivate', ...mount.options], mount.readOnly);
  return { destination: mount.destination, type: 'bind', source, options };
}

/** Undoes what was prepared, after the container ended. May be called again. @throws SystemError */
export function releaseVolumes(
  world: VolumeWorld,
  container: string,
  state: VolumeState | undefined,
): void {
  for (const place of state?.holds ?? []) unmount(place);
  unmountVolumes(world, container);
}
