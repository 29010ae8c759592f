// Volumes in engine.db, and their folders in the store: made and removed.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import type { Row, StoreDatabase } from '../../store/database.ts';
import { storeFailure } from '../../store/store-failure.ts';
import { hasCode } from '../../sys/errno.ts';
import { unmount } from '../../sys/mounts.ts';
import { isVolumeName, volumeNameForm } from './volume-name.ts';
import { type VolumeRecord, type VolumeWorld, volumeData, volumeFolder } from './volume-record.ts';

/** What a volume is asked for. */
export interface VolumeOrder {
  /** Absent: an anonymous one. */
  readonly name?: string;
  readonly driver?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

function recordOf(row: Row): VolumeRecord {
  const definition = JSON.parse(String(row['definition'])) as Omit<VolumeRecord, 'name'>;
  return { name: String(row['name']), ...definition };
}

/** By name. */
export function listVolumes(database: StoreDatabase): readonly VolumeRecord[] {
  return database.all('SELECT * FROM volume ORDER BY name').map(recordOf);
}

/** A volume by its name. */
export function volumeNamed(database: StoreDatabase, name: string): VolumeRecord | undefined {
  const row = database.get('SELECT * FROM volume WHERE name = ?', name);
  return row === undefined ? undefined : recordOf(row);
}

/** @throws PlimsollError PL0860 */
export function findVolume(database: StoreDatabase, name: string): VolumeRecord {
  const found = volumeNamed(database, name);
  if (found !== undefined) return found;
  throw new PlimsollError('PL0860', `get ${name}: no such volume`, {
    help: 'plimsoll volume ls lists the volumes',
  });
}

function cannotBeMade(message: string, help: string): PlimsollError {
  return new PlimsollError('PL0861', message, { help });
}

const knownOptions = new Set(['type', 'device', 'o', 'size']);

function checkOrder({ name, driver, options }: VolumeOrder): void {
  if (name !== undefined && !isVolumeName(name))
    throw cannotBeMade(
      `create ${name}: ${JSON.stringify(name)} includes invalid characters for a local volume name`,
      `names are ${volumeNameForm}; for a directory of this machine give an absolute path`,
    );
  if (driver !== undefined && driver !== 'local' && driver !== '')
    throw cannotBeMade(
      `error looking up volume plugin ${driver}: plugin "${driver}" not found`,
      'the one driver is local; it mounts what the options type, device and o say',
    );
  for (const key of Object.keys(options ?? {})) {
    if (!knownOptions.has(key))
      throw cannotBeMade(
        `create ${name ?? ''}: invalid option: "${key}"`,
        'options of the driver local are type, device and o',
      );
  }
  const { type, device, o } = options ?? {};
  if (o !== undefined && type === undefined && device === undefined)
    throw cannotBeMade(
      'missing device in volume options',
      "give type and device beside o, as mount(8)'s -t and SOURCE",
    );
  if (type !== undefined && device === undefined)
    throw cannotBeMade('missing device in volume options', 'give device: what is mounted');
}

function sameOptions(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}

/** Makes the folders; a volume whose folders were half made is made whole. */
function makeFolders(world: Pick<VolumeWorld, 'store'>, name: string): void {
  const data = volumeData(world, name);
  try {
    mkdirSync(join(world.store.root, 'volumes'), { recursive: true, mode: 0o701 });
    mkdirSync(data, { recursive: true, mode: 0o755 });
    // Whatever the umask is: programs of every user are to get in.
    chmodSync(data, 0o755);
  } catch (cause) {
    throw storeFailure(cause, `volume ${name} could not be made`, data);
  }
}

/**
 * The volume of that name, made where there is none; an anonymous one without a name.
 * @throws PlimsollError PL0861 where one of that name is another kind, PL0701, PL0702
 */
export function ensureVolume(world: VolumeWorld, order: VolumeOrder): VolumeRecord {
  checkOrder(order);
  const name = order.name ?? randomBytes(32).toString('hex');
  const { database } = world;
  const record: VolumeRecord = {
    name,
    driver: 'local',
    options: order.options ?? {},
    labels: order.labels ?? {},
    anonymous: order.name === undefined,
    createdMs: world.now(),
  };
  return database.write(() => {
    const known = volumeNamed(database, name);
    if (known !== undefined) {
      if (order.options === undefined || sameOptions(known.options, order.options)) return known;
      throw cannotBeMade(
        `a volume named ${name} already exists with other options`,
        `remove it first (plimsoll volume rm ${name}), or take another name`,
      );
    }
    makeFolders(world, name);
    const { name: _, ...definition } = record;
    database.run(
      'INSERT INTO volume (name, definition) VALUES (?, ?)',
      name,
      JSON.stringify(definition),
    );
    return record;
  });
}

/**
 * Removes a volume and what is in it. Whether a container has it is the caller's to know.
 * @throws PlimsollError PL0701
 */
export function removeVolume(world: VolumeWorld, name: string): void {
  const { database } = world;
  const folder = volumeFolder(world, name);
  // Out of sight first: a kill on the way leaves nothing that looks like a volume.
  const trash = join(world.store.root, 'trash', `volume-${name}-${randomBytes(4).toString('hex')}`);
  try {
    unmount(volumeData(world, name));
    mkdirSync(join(world.store.root, 'trash'), { recursive: true, mode: 0o700 });
    database.write(() => {
      database.run('DELETE FROM volume WHERE name = ?', name);
      try {
        renameSync(folder, trash);
      } catch (error) {
        if (!hasCode(error, 'ENOENT')) throw error;
      }
    });
    rmSync(trash, { recursive: true, force: true });
  } catch (cause) {
    throw storeFailure(cause, `volume ${name} could not be removed`, folder);
  }
}
