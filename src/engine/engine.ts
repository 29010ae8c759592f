// The engine: records in engine.db, containers in /run, images and snapshots in the store. There is no daemon: every
// command opens it, does its part under the lock of the container that it changes, and ends.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CgroupManager, cgroupManagerOf } from '../runtime/cgroup-manager.ts';
import { findRuntime, type OciRuntime } from '../runtime/oci-runtime.ts';
import { openDatabase, type StoreDatabase } from '../store/database.ts';
import type { Snapshotter } from '../store/snapshots/snapshotter.ts';
import type { Store } from '../store/store.ts';
import { type FileLock, lockFile, tryLockFile } from '../sys/file-lock.ts';
import type { Container } from './container.ts';
import { type ContainerRecords, containerRecords } from './container-records.ts';
import { engineSchema } from './engine-schema.ts';
import { bootIdOf, type ContainerPlaces, makeRunFolder, placesOf } from './state-folder.ts';

/** How this program is started by what outlives it. */
export interface OwnProgram {
  /** Absolute path of Node, and what stands before the command's words. */
  readonly command: string;
  readonly args: readonly string[];
}

/** What an engine is opened with. */
export interface EngineOptions {
  readonly store: Store;
  /** The store's snapshots; asked for once they are needed. */
  readonly snapshotter: () => Promise<Snapshotter>;
  /** See runFolderOf. */
  readonly runFolder: string;
  /** Effective user number. */
  readonly user: number | undefined;
  /** Whether an ordinary user starts containers: in a user namespace, without cgroups. */
  readonly ordinaryUser: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly own: OwnProgram;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  /** Identifies this run of the machine; default: the kernel's boot_id. */
  readonly bootId?: string;
  /** Processor and kernel, as Node tells them. */
  readonly machine: { readonly arch: string; readonly release: string };
  /** What is worth saying, and is no failure. */
  readonly note: (text: string) => void;
}

/** An opened engine. */
export interface Engine extends EngineOptions {
  readonly database: StoreDatabase;
  readonly records: ContainerRecords;
  readonly bootId: string;
  readonly cgroupManager: CgroupManager;
  places(id: string): ContainerPlaces;
  /** @throws PlimsollError PL0823 */
  runtime(name: string | undefined): OciRuntime;
  /** Waits for whoever changes the container, and keeps others from it. @throws the signal's reason */
  lock(id: string): Promise<FileLock>;
  /** Undefined when somebody else has it. */
  tryLock(id: string): FileLock | undefined;
  close(): void;
}

/** Opens the engine of a store. @throws PlimsollError PL0701 to PL0706, PL0825 */
export function openEngine(options: EngineOptions): Engine {
  const { store, runFolder, user, environment, ordinaryUser, signal } = options;
  makeRunFolder(runFolder, user);
  const database = openDatabase(join(store.root, 'engine.db'), engineSchema);
  const lockPath = (id: string): string => placesOf(runFolder, store.root, id).lock;
  const cgroupManager = cgroupManagerOf(environment, ordinaryUser);
  return {
    ...options,
    cgroupManager,
    database,
    records: containerRecords(database),
    bootId: options.bootId ?? bootIdOf(),
    places: (id) => placesOf(runFolder, store.root, id),
    runtime(name) {
      const stateFolder = join(runFolder, 'runtime');
      mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
      return findRuntime(name, { environment, stateFolder, cgroupManager });
    },
    lock: (id) => lockFile(lockPath(id), signal, { temporary: true }),
    tryLock: (id) => tryLockFile(lockPath(id), { temporary: true }),
    close: () => database.close(),
  };
}

/**
 * Does something with a container that nobody else changes meanwhile, with its record as it is then.
 * @throws PlimsollError PL0820 when it was removed
 */
export async function withContainer<T>(
  engine: Engine,
  id: string,
  use: (container: Container) => Promise<T>,
): Promise<T> {
  const lock = await engine.lock(id);
  try {
    return await use(engine.records.find(id));
  } finally {
    lock.release();
  }
}
