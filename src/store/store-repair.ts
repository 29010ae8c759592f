// Puts right what a check finds. It works alone: everyone else who writes holds the store's lock shared. What can be got
// again goes (damaged blobs, images that are not whole, snapshots without files), what cannot stays: names of images that
// are whole, and the old database beside the new one.
import { existsSync } from 'node:fs';
import type { Diagnostic } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor } from '../image/image.ts';
import { parseImageName } from '../image/image-name.ts';
import { interrupted } from '../image/interrupted.ts';
import { lockFile } from '../sys/file-lock.ts';
import { collectGarbage, toTrash } from './collect-garbage.ts';
import { openDatabase, type StoreDatabase } from './database.ts';
import { readTarget } from './image-facts.ts';
import { type NamedTarget, writeNamesCopy } from './names-copy.ts';
import { makeFolders, storeOf } from './open-store.ts';
import { type Rebuilt, rebuildDatabase } from './rebuild-database.ts';
import type { Store, StoreOptions } from './store.ts';
import {
  type CheckStoreOptions,
  checkStore,
  type StoreReport,
  strayFolders,
} from './store-check.ts';
import { storeFailure } from './store-failure.ts';
import { blobPath, type StoreLayout, storeLayout } from './store-layout.ts';

/** What a repair did. */
export interface RepairReport {
  /** What was wrong, once there was a database. */
  readonly before: StoreReport;
  /** What is wrong still. */
  readonly after: StoreReport;
  /** Where the old database is, when a new one was made. */
  readonly keptDatabase?: string;
  /** Whether the database was made anew. */
  readonly rebuilt: boolean;
  /** Names of images that are gone: to be pulled again. */
  readonly lostNames: readonly string[];
}

/** How a store is repaired. */
export interface RepairOptions extends StoreOptions, Omit<CheckStoreOptions, 'quick' | 'signal'> {
  /** Snapshotter.heal of every driver, in the repaired store. */
  readonly healSnapshots?: (store: Store) => Promise<unknown>;
}

/** How long others who use the store are waited for. */
const patienceMs = 30_000;

/** Repairs the store at `root`. @throws PlimsollError PL0002, PL0701 to PL0703, PL0706 */
export async function repairStore(root: string, options: RepairOptions): Promise<RepairReport> {
  const layout = storeLayout(root);
  makeFolders(layout, options.user);
  const release = await lockAlone(layout, options.signal);
  let store: Store | undefined;
  try {
    const sound = soundDatabase(layout);
    const found: Rebuilt =
      sound === undefined
        ? rebuildDatabase(layout, options.now())
        : { database: sound, targets: [] };
    store = storeOf(layout, found.database, options, () => undefined);
    const lost: string[] = [];
    putAgain(store, found.targets, lost);
    const before = await checkStore(store, { ...options, quick: false });
    await putRight(store, before, lost, options);
    const after = await checkStore(store, { ...options, quick: true, layers: false });
    return {
      before,
      after,
      rebuilt: sound === undefined,
      lostNames: lost.toSorted(),
      ...(found.kept === undefined ? {} : { keptDatabase: found.kept }),
    };
  } finally {
    store?.close();
    release();
  }
}

async function lockAlone(layout: StoreLayout, signal: AbortSignal): Promise<() => void> {
  const patience = AbortSignal.timeout(patienceMs);
  try {
    const lock = await lockFile(layout.lock, AbortSignal.any([signal, patience]));
    return () => lock.release();
  } catch (error) {
    if (signal.aborted) throw interrupted(signal);
    if (!patience.aborted) throw storeFailure(error, 'the store could not be opened', layout.lock);
    throw new PlimsollError('PL0706', 'other processes are using the store', {
      at: { path: layout.lock },
      help: 'end them (fuser -v shows them) and try again: a repair works alone',
    });
  }
}

/** The database, if it is what was written. @throws PlimsollError PL0703 and what has nothing to do with damage */
function soundDatabase(layout: StoreLayout): StoreDatabase | undefined {
  let database: StoreDatabase | undefined;
  // One that is lost is not to be replaced by an empty one.
  if (!existsSync(layout.database)) return undefined;
  try {
    database = openDatabase(layout.database);
    const [row, ...more] = database.all('PRAGMA integrity_check(1)');
    if (row?.['integrity_check'] === 'ok' && more.length === 0) return database;
  } catch (error) {
    if (!(error instanceof PlimsollError) || error.code !== 'PL0704') {
      database?.close();
      throw error;
    }
  }
  database?.close();
  return undefined;
}

/** Puts targets with their names, as far as they are whole; names of the others are lost. */
function putAgain({ images }: Store, targets: readonly NamedTarget[], lost: string[]): void {
  const done = new Set<string>();
  for (const { target, names } of targets) {
    const named = names.filter((name) => !done.has(name));
    const parsed = named.flatMap((text) => {
      const name = parseImageName(text);
      return 'fault' in name ? [] : [name];
    });
    try {
      images.put(parsed, target);
      for (const name of named) done.add(name);
    } catch (error) {
      if (!(error instanceof PlimsollError)) throw error;
      lost.push(...named);
    }
  }
}

async function putRight(
  store: Store,
  { damaged, broken, lostSnapshots, problems }: StoreReport,
  lost: string[],
  { signal, now, healSnapshots }: RepairOptions,
): Promise<void> {
  const { layout, database, images, content } = store;
  database.write(() => {
    for (const digest of damaged) toTrash(layout, blobPath(layout, digest));
    for (const { at, severity } of problems.filter(isIntruder)) {
      if (at?.path !== undefined && severity === 'warning') toTrash(layout, at.path);
    }
    const affected = database.all('SELECT digest, descriptor FROM target').filter((row) => {
      const isBroken = broken.some(({ target }) => target === row['digest']);
      return isBroken || damaged.length > 0;
    });
    for (const row of affected) {
      const target = JSON.parse(String(row['descriptor'])) as Descriptor;
      const names = images
        .names()
        .filter((record) => record.target.digest === target.digest)
        .map(({ name }) => name);
      try {
        // Another platform of it may be whole.
        readTarget(layout, content, target);
        images.put(names, target);
      } catch (error) {
        if (!(error instanceof PlimsollError)) throw error;
        const text = database.all('SELECT name FROM name WHERE target = ?', target.digest);
        lost.push(...text.map((name) => String(name['name'])));
        images.removeTarget(target.digest);
      }
    }
    for (const { driver, key } of lostSnapshots) forget(store, driver, key);
    for (const { driver, id } of strayFolders(store)) {
      // As the snapshotter marks what it removes: `heal` does the rest, and the number is not used again.
      database.run(
        "INSERT INTO snapshot (id, driver, key, kind, created_ms, detail) VALUES (?, ?, 'removing ' || ?, 'committed', ?, 'removing')",
        id,
        driver,
        id,
        now(),
      );
    }
    writeNamesCopy(layout, database);
  });
  await collectGarbage(store, {
    signal,
    now: now(),
    ...(healSnapshots === undefined ? {} : { healSnapshots: () => healSnapshots(store) }),
  });
}

/** Something else under a name of the store's own. */
function isIntruder({ code }: Diagnostic): boolean {
  return code === 'PL0705';
}

/**
 * Removes the row of a snapshot and of the layers on it: without what is below they are of no use. What a container wrote
 * stays, for whoever wants to look at it.
 */
function forget(store: Store, driver: string, key: string): void {
  const { database, snapshotRows } = store;
  for (const child of snapshotRows.children(driver, key)) {
    if (child.kind !== 'active') forget(store, driver, child.key);
  }
  database.run(
    "UPDATE snapshot SET key = 'removing ' || id, detail = 'removing', parent = NULL WHERE driver = ? AND key = ?",
    driver,
    key,
  );
}
