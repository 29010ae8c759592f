// What containers and volumes take on disk, for `system df`; loaded where there ever was a container.
import { type Container, isAlive } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { freshContainers } from '../engine/refresh-container.ts';
import { volumeData } from '../engine/volumes/volume-record.ts';
import { listVolumes } from '../engine/volumes/volume-rows.ts';
import { volumeBytes } from '../engine/volumes/volume-size.ts';
import { usersOfVolume } from '../engine/volumes/volume-users.ts';
import { humanSize } from '../lib/human-units.ts';
import { byteSizes, type ContainerRow, containerRow } from './container-listing.ts';
import type { Context } from './context.ts';
import { withEngine } from './open-engine.ts';
import type { StoreOption } from './store-option.ts';

/** A volume on disk. */
export interface VolumeUsage {
  readonly name: string;
  /** Containers that have it. */
  readonly links: number;
  readonly bytes: number;
}

/** A container on disk. */
export interface ContainerUsage {
  readonly imageId: string;
  readonly alive: boolean;
  /** Of what it changed. */
  readonly bytes: number;
  readonly row: ContainerRow;
}

/** What there is beside images. */
export interface EngineUsage {
  readonly containers: readonly ContainerUsage[];
  readonly volumes: readonly VolumeUsage[];
}

/** Adds it up. @throws PlimsollError as withEngine, Snapshotter.usage */
export function engineUsage(option: StoreOption, context: Context): Promise<EngineUsage> {
  return withEngine(option, context, async (engine) => ({
    containers: await containersOn(engine, await freshContainers(engine)),
    volumes: listVolumes(engine.database).map(({ name }) => ({
      name,
      links: usersOfVolume(engine.records, name).length,
      bytes: volumeBytes(volumeData(engine, name)),
    })),
  }));
}

async function containersOn(
  engine: Engine,
  containers: readonly Container[],
): Promise<readonly ContainerUsage[]> {
  const sizes = await byteSizes(engine, containers);
  return containers.map((container) => {
    const bytes = sizes.get(container.id)?.own ?? 0;
    return {
      imageId: container.settings.image.id,
      alive: isAlive(container.state),
      bytes,
      row: {
        ...containerRow(container, { now: engine.now(), trunc: true }),
        Size: humanSize(bytes),
      },
    };
  });
}
