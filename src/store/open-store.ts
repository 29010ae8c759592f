// Opens a store: makes its folders and database where they are not there, and holds the lock that keeps a repair away.
import { mkdirSync, statSync } from 'node:fs';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { interrupted } from '../image/interrupted.ts';
import { whyNotOwn } from '../image/own-folder.ts';
import { lockFile } from '../sys/file-lock.ts';
import { openContent } from './content-files.ts';
import { openDatabase, openDatabaseToRead, type StoreDatabase } from './database.ts';
import { imageRecords } from './image-rows.ts';
import { noteBoot } from './power-cut.ts';
import { snapshotRows } from './snapshot-rows.ts';
import type { Store, StoreOptions } from './store.ts';
import { storeFailure } from './store-failure.ts';
import { type StoreLayout, storeLayout } from './store-layout.ts';

/** How long a repair by another process is waited for. */
const repairMs = 60_000;

/**
 * Opens the store at `root`, an absolute path, to read and write.
 * @throws PlimsollError PL0002, PL0701 to PL0704, PL0706
 */
export async function openStore(root: string, options: StoreOptions): Promise<Store> {
  const layout = storeLayout(root);
  makeFolders(layout, options.user);
  const release = await lockShared(layout, options.signal);
  try {
    refuseLostDatabase(layout);
    const database = openDatabase(layout.database);
    noteBoot(database, options.now(), options.bootId);
    return storeOf(layout, database, options, release);
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * Opens the store to look only; undefined where there is none. Works without the right to write.
 * @throws PlimsollError PL0701, PL0703, PL0704, PL0706
 */
export function openStoreToRead(
  root: string,
  options: Pick<StoreOptions, 'now'>,
): Store | undefined {
  const layout = storeLayout(root);
  try {
    if (statSync(root, { throwIfNoEntry: false }) === undefined) return undefined;
    refuseLostDatabase(layout);
  } catch (error) {
    throw storeFailure(error, 'the store could not be read', root);
  }
  const database = openDatabaseToRead(layout.database);
  return database === undefined ? undefined : storeOf(layout, database, options, undefined);
}

/** A store on an open database; `release` is undefined for one that is only looked at. */
export function storeOf(
  layout: StoreLayout,
  database: StoreDatabase,
  { now }: Pick<StoreOptions, 'now'>,
  release: (() => void) | undefined,
): Store {
  const content = openContent(layout);
  return {
    root: layout.root,
    layout,
    content,
    database,
    readOnly: release === undefined,
    images: imageRecords(layout, content, database, now),
    snapshotRows: snapshotRows(database),
    async lease() {
      const { openLease } = await import('./leases.ts');
      return openLease(layout, database, now());
    },
    close() {
      database.close();
      release?.();
    },
  };
}

/** Makes what is not there. @throws PlimsollError PL0701, PL0702 */
export function makeFolders(layout: StoreLayout, user: number | undefined): void {
  const { root } = layout;
  const what = 'the store could not be made';
  let reason: string | undefined;
  try {
    reason = whyNotOwn(root, user);
    const { content, ingest, leases, trash, snapshots } = layout;
    if (reason === undefined) {
      for (const folder of [content, `${content}/sha256`, ingest, leases, trash, snapshots]) {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
      }
    }
  } catch (error) {
    throw storeFailure(error, what, root);
  }
  if (reason === undefined) return;
  throw new PlimsollError('PL0701', `the store is not used: ${reason}`, {
    at: { path: root },
    help: 'name another folder with --root or PLIMSOLL_ROOT, or correct its owner or mode',
  });
}

async function lockShared(layout: StoreLayout, signal: AbortSignal): Promise<() => void> {
  const patience = AbortSignal.timeout(repairMs);
  try {
    const lock = await lockFile(layout.lock, AbortSignal.any([signal, patience]), { shared: true });
    return () => lock.release();
  } catch (error) {
    if (signal.aborted) throw interrupted(signal);
    if (!patience.aborted) throw storeFailure(error, 'the store could not be opened', layout.lock);
    throw new PlimsollError('PL0706', 'the store is being repaired by another process', {
      at: { path: layout.lock },
      help: 'wait until plimsoll store check --repair has ended, and try again',
    });
  }
}

/** A store that had names, whose database is gone: a new one would let the next collection remove everything. */
function refuseLostDatabase(layout: StoreLayout): void {
  const there = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined;
  if (there(layout.database) || !there(layout.names)) return;
  throw new PlimsollError('PL0704', 'the database of the store is missing', {
    at: { path: layout.database },
    help: 'plimsoll store check --repair builds it again from what is there',
  });
}
