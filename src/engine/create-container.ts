import { mkdirSync } from 'node:fs';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { randomHex } from '../sys/random-bytes.ts';
import { type Container, type ContainerSettings, createdState } from './container.ts';
import { checkName } from './container-records.ts';
import type { Engine } from './engine.ts';
import { addEvent } from './events.ts';
import { randomName } from './random-name.ts';
import { planVolumes, removeAnonymousVolumes } from './volumes/plan-volumes.ts';

/** A new container's id: 64 hexadecimal digits, never all decimal in the first 12, as docker has it. */
export function newContainerId(): string {
  for (;;) {
    const id = randomHex(32);
    // A short id that is a number would be taken for one by other programs, as a host name for instance.
    if (!/^\d{12}/.test(id)) return id;
  }
}

/** How often another random name is tried when one is taken. */
const nameTries = 20;

/**
 * Makes a container: its record, and the writable layer on top of its image.
 * @throws PlimsollError PL0001, PL0822 for its name; PL0722 to PL0724 for the layer
 */
export async function createContainer(
  engine: Engine,
  settings: ContainerSettings,
  { id = newContainerId(), name }: { readonly id?: string; readonly name?: string } = {},
): Promise<Container> {
  if (name !== undefined) checkName(name);
  const lock = await engine.lock(id);
  try {
    let container = insert(engine, { id, settings, createdMs: engine.now() }, name);
    try {
      container = withVolumes(engine, container);
      mkdirSync(engine.places(id).kept, { recursive: true, mode: 0o700 });
      await prepareSnapshot(engine, container);
    } catch (error) {
      removeAnonymousVolumes(engine, container.settings.volumes, () => false);
      engine.records.remove(id);
      throw error;
    }
    addEvent(engine, container, 'create');
    return container;
  } finally {
    lock.release();
  }
}

/** With the volumes that it will mount made and named, and written down. @throws PlimsollError PL0820, PL0861 */
function withVolumes(engine: Engine, container: Container): Container {
  const { id, settings } = container;
  const { database, records } = engine;
  return database.writeNew(() => {
    const volumes = planVolumes(engine, {
      id,
      choices: settings.volumes,
      imageVolumes: settings.image.config.volumes,
      mountsOf: (other) => records.find(other).settings.volumes.mounts,
    });
    if (volumes.mounts.length === 0) return container;
    const planned = { ...container, settings: { ...settings, volumes } };
    records.setSettings(id, planned.settings);
    return planned;
  });
}

function insert(
  { records }: Engine,
  made: Pick<Container, 'id' | 'settings' | 'createdMs'>,
  name: string | undefined,
): Container {
  for (let tries = 0; ; tries++) {
    const container = { ...made, name: name ?? randomName(tries), state: createdState };
    try {
      records.insert(container);
      return container;
    } catch (error) {
      const taken = error instanceof PlimsollError && error.code === 'PL0822';
      if (!taken || name !== undefined || tries >= nameTries) throw error;
    }
  }
}

/** Name of a container's writable layer among the snapshots. */
export function snapshotKey(id: string): string {
  return `container ${id}`;
}

/** Makes the writable layer where it is not there yet. @throws PlimsollError PL0722 to PL0724 */
export async function prepareSnapshot(
  engine: Engine,
  { id, settings: { image } }: Pick<Container, 'id' | 'settings'>,
): Promise<void> {
  const snapshotter = await engine.snapshotter();
  if (snapshotter.stat(snapshotKey(id)) === undefined)
    await snapshotter.prepare(snapshotKey(id), image.chainId);
}
