// Completes what was asked of a new container's mounts: volumes of its image, volumes of other containers, names for those
// that have none. What was asked for at a destination goes before --volumes-from, and that before the image's (docker's order).
import { posix } from 'node:path';
import type { VolumeWorld } from './volume-record.ts';
import { ensureVolume, removeVolume, volumeNamed } from './volume-rows.ts';
import type { RequestedMount, VolumeChoices, VolumePlanRequest } from './volumes.ts';

/** The mounts of another container, as --volumes-from takes them: not its memory. */
function mountsFrom(text: string, request: VolumePlanRequest): readonly RequestedMount[] {
  const [container = '', words = ''] = text.split(':');
  const asked = words.split(',');
  return request
    .mountsOf(container)
    .filter(({ kind }) => kind !== 'tmpfs')
    .map((mount) => ({
      ...mount,
      readOnly: asked.includes('ro') || (mount.readOnly && !asked.includes('rw')),
      // It goes with the container that it was made for.
      ...(mount.kind === 'volume' ? { anonymous: false, copy: false } : {}),
    }));
}

/** All mounts by destination, before volumes have names. */
export function completeMounts(request: VolumePlanRequest): readonly RequestedMount[] {
  const byPath = new Map<string, RequestedMount>();
  const add = (mount: RequestedMount): void => {
    if (!byPath.has(mount.destination)) byPath.set(mount.destination, mount);
  };
  for (const mount of request.choices.mounts) add(mount);
  for (const text of request.choices.volumesFrom)
    for (const mount of mountsFrom(text, request)) add(mount);
  for (const path of request.imageVolumes) {
    const destination = posix.resolve('/', path);
    if (destination === '/') continue;
    add({
      kind: 'volume',
      anonymous: true,
      destination,
      readOnly: false,
      copy: true,
      options: [],
    });
  }
  return [...byPath.values()];
}

/**
 * What a new container mounts, with volumes made that are not there.
 * @throws PlimsollError PL0820, PL0861, PL0701, PL0702; nothing new is left then
 */
export function planVolumes(world: VolumeWorld, request: VolumePlanRequest): VolumeChoices {
  return world.database.write(() => {
    const made: string[] = [];
    const ensure = (mount: RequestedMount): RequestedMount => {
      if (mount.kind !== 'volume') return mount;
      const { name, driver, driverOptions: options, labels } = mount;
      const isNew = name === undefined || volumeNamed(world.database, name) === undefined;
      const record = ensureVolume(world, {
        ...(name === undefined ? {} : { name }),
        ...(driver === undefined ? {} : { driver }),
        ...(options === undefined ? {} : { options }),
        ...(labels === undefined ? {} : { labels }),
      });
      if (isNew) made.push(record.name);
      return { ...mount, name: record.name };
    };
    try {
      return { mounts: completeMounts(request).map(ensure), volumesFrom: [] };
    } catch (error) {
      for (const name of made) removeVolume(world, name);
      throw error;
    }
  });
}

/** Names of the volumes that a container was made with. */
export function volumesOf({ mounts }: VolumeChoices): readonly string[] {
  return mounts.flatMap((mount) =>
    mount.kind === 'volume' && mount.name !== undefined ? [mount.name] : [],
  );
}

/** Of those, the ones that nobody named, which go with it. */
export function anonymousVolumesOf(choices: VolumeChoices): readonly string[] {
  const mounts = choices.mounts.filter((mount) => mount.kind === 'volume' && mount.anonymous);
  return volumesOf({ ...choices, mounts });
}

/**
 * Removes the anonymous volumes of a container that is removed, unless `isUsed` says that another has them
 * (--volumes-from).
 * @throws PlimsollError PL0701
 */
export function removeAnonymousVolumes(
  world: VolumeWorld,
  choices: VolumeChoices,
  isUsed: (volume: string) => boolean,
): void {
  for (const name of anonymousVolumesOf(choices)) if (!isUsed(name)) removeVolume(world, name);
}
