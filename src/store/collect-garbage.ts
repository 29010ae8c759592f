// Takes out what nothing needs. One transaction decides: nobody can put a name on an image, protect a digest or look
// for a snapshot beside it. In it blobs only move to trash/ and snapshots only lose their names, which is quick however
// large they are; the slow part, giving room back, comes after it. A kill between the two leaves things that the next
// collection finds.
//
// Needed is: what targets and living leases name, and all that those name in turn; snapshots of the images that are
// kept, those that leases name, those under a container's, and all below them.
import { randomBytes } from 'node:crypto';
import { lstatSync, renameSync, unlinkSync } from 'node:fs';
import { rm, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Digest } from '../image/image.ts';
import { interrupted } from '../image/interrupted.ts';
import { tryLockFile } from '../sys/file-lock.ts';
import { namesIn } from './content-files.ts';
import type { StoreDatabase } from './database.ts';
import { dropDeadLeases } from './leases.ts';
import type { Store } from './store.ts';
import { errnoOf, storeFailure } from './store-failure.ts';
import { blobPath, type StoreLayout } from './store-layout.ts';

/** What was taken out. */
export interface Collected {
  readonly blobs: readonly { readonly digest: Digest; readonly size: number }[];
  /** Names (chainIDs) of snapshots, the upper ones first. */
  readonly snapshots: readonly string[];
  /** Bytes of blobs, snapshots and partial downloads together. */
  readonly bytes: number;
}

/** How a collection is done. */
export interface CollectOptions {
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: number;
  /**
   * What pulls that were given up have left, to be gone on with: partial downloads that nobody writes, and blobs that no
   * image ever had. They go when they are older than this; default: a day.
   */
  readonly unfinishedMs?: number;
  /** Snapshotter.heal of every driver that has snapshots: gives the room back. Without it snapshots stay. */
  readonly healSnapshots?: () => Promise<unknown>;
}

const dayMs = 24 * 3600 * 1000;

/**
 * Takes out everything that nothing needs.
 * @throws PlimsollError PL0002, PL0701, PL0702, PL0706; those of the snapshotter
 */
export async function collectGarbage(store: Store, options: CollectOptions): Promise<Collected> {
  const { layout, database } = store;
  const { now, signal, unfinishedMs = dayMs, healSnapshots } = options;
  const decided = database.write(() => {
    dropDeadLeases(layout, database);
    const needed = neededDigests(database);
    return {
      blobs: takeOutBlobs(store, needed, now - unfinishedMs),
      snapshots: healSnapshots === undefined ? [] : takeOutSnapshots(database, needed),
    };
  });
  await emptyTrash(layout, signal);
  const partialBytes = dropPartials(layout, now - unfinishedMs);
  await healSnapshots?.();
  const freed = [...decided.blobs, ...decided.snapshots];
  return {
    blobs: decided.blobs,
    snapshots: decided.snapshots.map(({ key }) => key),
    bytes: freed.reduce((sum, { size }) => sum + size, partialBytes),
  };
}

/** Everything that targets and leases lead to. */
export function neededDigests(database: StoreDatabase): ReadonlySet<string> {
  const rows = database.all(`
    WITH RECURSIVE needed (digest) AS (
      SELECT digest FROM target
      UNION SELECT digest FROM lease_digest
      UNION SELECT r.child FROM reference r JOIN needed n ON n.digest = r.parent
    )
    SELECT digest FROM needed`);
  return new Set(rows.map((row) => String(row['digest'])));
}

function takeOutBlobs(
  { layout, content, database }: Store,
  needed: ReadonlySet<string>,
  olderThanMs: number,
): { digest: Digest; size: number }[] {
  const known = new Set(
    database
      .all('SELECT parent AS digest FROM reference UNION SELECT child FROM reference')
      .map((row) => String(row['digest'])),
  );
  const isYoung = (digest: Digest): boolean =>
    (lstatSync(blobPath(layout, digest), { throwIfNoEntry: false })?.ctimeMs ?? 0) > olderThanMs;
  const out = content
    .list()
    .filter(({ digest }) => !needed.has(digest) && (known.has(digest) || !isYoung(digest)));
  for (const { digest } of out) toTrash(layout, blobPath(layout, digest));
  for (const table of ['manifest', 'reference'] as const) {
    const column = table === 'manifest' ? 'digest' : 'parent';
    for (const row of database.all(`SELECT DISTINCT ${column} AS digest FROM ${table}`)) {
      const digest = String(row['digest']);
      if (!needed.has(digest)) database.run(`DELETE FROM ${table} WHERE ${column} = ?`, digest);
    }
  }
  return out;
}

/** Moves a file or folder of the store where the next step removes it; nothing when it is not there. */
export function toTrash(layout: StoreLayout, path: string): void {
  const to = join(layout.trash, `${basename(path).slice(0, 64)}-${randomBytes(8).toString('hex')}`);
  try {
    renameSync(path, to);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') {
      throw storeFailure(error, 'a blob could not be taken out of the store', path);
    }
  }
}

/**
 * Takes the names of snapshots that nothing needs, in the way in which the snapshotter marks what it removes
 * (snapshots/open-snapshotter.ts), so that `heal` goes on from there. What they were called, the upper ones first.
 */
function takeOutSnapshots(
  database: StoreDatabase,
  needed: ReadonlySet<string>,
): readonly { readonly key: string; readonly size: number }[] {
  const rows = database.all(
    "SELECT id, driver, key, kind, parent, bytes FROM snapshot WHERE detail IS NOT 'removing' ORDER BY id",
  );
  const roots = database
    .all(
      'SELECT DISTINCT m.chain_id FROM manifest m JOIN target_manifest tm ON tm.manifest = m.digest',
    )
    .map((row) => String(row['chain_id']));
  const keep = new Set([...roots, ...needed]);
  const byKey = new Map(rows.map((row) => [`${row['driver']} ${row['key']}`, row]));
  const kept = new Set<unknown>();
  for (const row of rows) {
    if (row['kind'] === 'committed' && !keep.has(String(row['key']))) continue;
    for (let at: typeof row | undefined = row; at !== undefined && !kept.has(at['id']); ) {
      kept.add(at['id']);
      at = byKey.get(`${at['driver']} ${at['parent']}`);
    }
  }
  // A parent has always been there before its child.
  const out = rows.filter(({ id }) => !kept.has(id)).reverse();
  for (const { id } of out) {
    database.run(
      "UPDATE snapshot SET key = 'removing ' || id, detail = 'removing', parent = NULL WHERE id = ?",
      id ?? null,
    );
  }
  return out.map(({ key, bytes }) => ({ key: String(key), size: Number(bytes ?? 0) }));
}

/** Removes what lies in trash/, from this collection or one that was killed. */
async function emptyTrash(layout: StoreLayout, signal: AbortSignal): Promise<void> {
  const names = namesIn(layout.trash)[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const name of names) {
      if (signal.aborted) throw interrupted(signal);
      const path = join(layout.trash, name);
      try {
        await unlink(path);
      } catch (error) {
        // Another collection was faster; or a folder, that something else put here.
        if (errnoOf(error) !== 'ENOENT') await rm(path, { recursive: true, force: true });
      }
    }
  };
  await Promise.all(Array.from({ length: unlinkAtOnce }, work));
}

/** A file system gives back the room of several files at a time; Node has four threads for that. */
const unlinkAtOnce = 4;

/**
 * Removes partial downloads that nobody writes and that are older, and temporary names; bytes that this freed. What has
 * no digest (new-…) is of no use to anybody once its writer is gone.
 */
function dropPartials(layout: StoreLayout, olderThanMs: number): number {
  let freed = 0;
  for (const name of namesIn(layout.ingest)) {
    const path = join(layout.ingest, name);
    try {
      const stats = lstatSync(path);
      if (!stats.isFile()) continue;
      if (!name.startsWith('new-') && stats.mtimeMs > olderThanMs) continue;
      const lock = tryLockFile(path);
      if (lock === undefined) continue;
      try {
        unlinkSync(path);
        freed += stats.size;
      } finally {
        lock.release();
      }
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') {
        throw storeFailure(error, 'a partial download could not be removed', path);
      }
    }
  }
  return freed;
}
