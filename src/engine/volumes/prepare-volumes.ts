import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Engine } from '../engine.ts';
import { plainSpecMount } from './spec-mounts.ts';
import type { PreparedVolumes, VolumeChoices, VolumeRequest, VolumeState } from './volumes.ts';

/** Prepares the volumes and mounts of a container. @throws PlimsollError PL0861 */
export async function prepareVolumes(
  _engine: Engine,
  { choices }: VolumeRequest,
): Promise<PreparedVolumes> {
  return {
    state: { holds: [] },
    mounts: choices.mounts.map((mount) => {
      if (mount.kind !== 'volume') return plainSpecMount(mount);
      throw new PlimsollError('PL0861', 'there are no volumes yet');
    }),
  };
}

/** After a run: gives up what was prepared; may be done twice. */
export async function releaseVolumes(
  _engine: Engine,
  _id: string,
  _state: VolumeState | undefined,
): Promise<void> {}

/** With `rm -v` and --rm: removes the anonymous volumes of a container. */
export async function removeAnonymousVolumes(
  _engine: Engine,
  _id: string,
  _choices: VolumeChoices,
): Promise<void> {}
