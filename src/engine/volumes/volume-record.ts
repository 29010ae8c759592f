import { join } from 'node:path';
import type { StoreDatabase } from '../../store/database.ts';

/** A volume. */
export interface VolumeRecord {
  readonly name: string;
  readonly driver: 'local';
  /** docker's options of the local driver: type, device, o. */
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Made because a container asked for one without a name. */
  readonly anonymous: boolean;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
}

/** What volumes need of the engine: an Engine is one. */
export interface VolumeWorld {
  /** engine.db. */
  readonly database: StoreDatabase;
  readonly store: { readonly root: string };
  readonly runFolder: string;
  /** PATH. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of this run of the machine. */
  readonly bootId: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The folder of a volume. */
export function volumeFolder({ store }: Pick<VolumeWorld, 'store'>, name: string): string {
  return join(store.root, 'volumes', name);
}

/** The folder of its content, which containers see. */
export function volumeData(world: Pick<VolumeWorld, 'store'>, name: string): string {
  return join(volumeFolder(world, name), '_data');
}
