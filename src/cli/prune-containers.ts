// Removing what the engine has and nobody uses, as `container prune`, `network prune`, `volume prune` and `system prune` do it.
import { type Engine, withContainer } from '../engine/engine.ts';
import { addEngineEvent } from '../engine/events.ts';
import { networkRows } from '../engine/network/network-rows.ts';
import { removeNetwork } from '../engine/network/remove-network.ts';
import { freshContainers } from '../engine/refresh-container.ts';
import { removeContainer } from '../engine/remove-container.ts';
import { volumeData } from '../engine/volumes/volume-record.ts';
import { listVolumes, removeVolume } from '../engine/volumes/volume-rows.ts';
import { volumeBytes } from '../engine/volumes/volume-size.ts';
import type { ContainerFilter } from './container-filters.ts';
import { byteSizes } from './container-listing.ts';
import type { Context } from './context.ts';
import { filteredNetwork } from './network-listing.ts';
import type { Filtered } from './object-filters.ts';
import { filteredVolume } from './volume-listing.ts';

/** What was removed. */
export interface PrunedObjects {
  readonly names: readonly string[];
  readonly bytes: number;
}

/** Removes containers that do not run; a failure of one is told and does not keep the others. */
export async function pruneContainers(
  engine: Engine,
  filter: Pick<ContainerFilter, 'keeps'>,
  context: Context,
): Promise<PrunedObjects> {
  const ended = ['created', 'exited', 'dead', 'removing'];
  const out = (await freshContainers(engine)).filter(
    (one) => ended.includes(one.state.status) && filter.keeps(one),
  );
  const sizes = await byteSizes(engine, out);
  let bytes = 0;
  const names: string[] = [];
  for (const { id } of out) {
    try {
      await withContainer(engine, id, (one) => removeContainer(engine, one));
      names.push(id);
      bytes += sizes.get(id)?.own ?? 0;
    } catch (error) {
      context.fail(error);
    }
  }
  return { names, bytes };
}

/** Removes networks that no container has, running or not. */
export function pruneNetworks(
  engine: Engine,
  keeps: (network: Filtered) => boolean,
): readonly string[] {
  return engine.database.write(() =>
    networkRows(engine.database)
      .list()
      .filter((network) => {
        const filtered = filteredNetwork(engine, network);
        return filtered.custom && filtered.dangling && keeps(filtered);
      })
      .map((network) => {
        const { id, name, driver } = removeNetwork(engine, network.id);
        addEngineEvent(engine, 'network', 'destroy', id, { name, type: driver });
        return name;
      }),
  );
}

/** Removes volumes that no container has. */
export function pruneVolumes(engine: Engine, keeps: (volume: Filtered) => boolean): PrunedObjects {
  let bytes = 0;
  const names: string[] = [];
  for (const { name } of listVolumes(engine.database)) {
    const size = volumeBytes(volumeData(engine, name));
    engine.database.write(() => {
      const now = listVolumes(engine.database).find((one) => one.name === name);
      const filtered = now === undefined ? undefined : filteredVolume(engine, now);
      if (filtered === undefined || !filtered.dangling || !keeps(filtered)) return;
      removeVolume(engine, name);
      addEngineEvent(engine, 'volume', 'destroy', name, { driver: filtered.driver });
      names.push(name);
      bytes += size;
    });
  }
  return { names, bytes };
}
