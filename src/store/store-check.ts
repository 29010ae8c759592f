// Looks whether a store is what it says: every blob has the bytes of its name, every reference leads somewhere, every
// snapshot has its folder, and nothing else lies about. It can run beside pulls and removals: a lease keeps what it looks
// at, and what another process changes meanwhile is looked at again before it is called a problem.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../diag/diagnostic.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Descriptor, Digest } from '../image/image.ts';
import { isDigest, shortDigest } from '../lib/digest.ts';
import type { LayersReport } from './check-layers.ts';
import { neededDigests } from './collect-garbage.ts';
import { namesIn } from './content-files.ts';
import { hashFiles } from './hash-files.ts';
import { readTarget } from './image-facts.ts';
import { readNamesCopy } from './names-copy.ts';
import type { SnapshotRow } from './snapshot-rows.ts';
import type { Store } from './store.ts';
import { foreignFiles } from './store-files.ts';
import { blobPath } from './store-layout.ts';

/** What a check found. */
export interface StoreReport {
  /** Errors and warnings are what `--repair` puts right; notes are things that the next collection removes. */
  readonly problems: readonly Diagnostic[];
  /** Blobs whose bytes are not those of their names. */
  readonly damaged: readonly Digest[];
  /** Targets that lack a blob, or have a damaged one, with their names. */
  readonly broken: readonly { readonly target: Digest; readonly names: readonly string[] }[];
  /** Finished snapshots without their folder, or that are not what their blob says. */
  readonly lostSnapshots: readonly SnapshotRow[];
  readonly blobs: number;
  /** Bytes that were hashed. */
  readonly bytes: number;
  readonly images: number;
  readonly snapshots: number;
  /** Files of unpacked layers that were compared. */
  readonly files: number;
}

/** How a store is checked. */
export interface CheckStoreOptions {
  readonly signal: AbortSignal;
  /** Does not hash: sizes and references only. */
  readonly quick: boolean;
  readonly threads: number;
  /** Compares unpacked layers with their blobs too, file by file. */
  readonly layers?: boolean;
  readonly onLayer?: (done: number, total: number) => void;
  /** Told of the bytes hashed so far, of all that will be. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Checks the store. @throws PlimsollError PL0002, PL0701, PL0704, PL0706 */
export async function checkStore(store: Store, options: CheckStoreOptions): Promise<StoreReport> {
  const lease = store.readOnly ? undefined : await store.lease();
  try {
    const { content, database } = store;
    const { listed, needed } = database[lease === undefined ? 'read' : 'write'](() => {
      const before = neededDigests(database);
      const all = content.list();
      const layers = store.snapshotRows.list().map(({ key }) => key);
      lease?.protect([...all.map(({ digest }) => digest), ...layers.filter(isDigest)]);
      return { listed: all, needed: before };
    });
    const problems: Diagnostic[] = [...integrity(store)];
    const { damaged, bytes } = await damagedBlobs(store, listed, options, problems);
    const { broken, images } = brokenTargets(store, new Set(damaged), problems);
    const missing = missingSnapshots(store, problems);
    const compared = options.layers ? await compareLayers(store, options) : undefined;
    problems.push(...(compared?.problems ?? []));
    const lostSnapshots = [
      ...missing,
      ...(compared?.torn ?? []).filter(({ id }) => !missing.some((row) => row.id === id)),
    ];
    for (const { digest, size } of listed) {
      if (needed.has(digest)) continue;
      problems.push({
        code: 'PL0705',
        severity: 'note',
        message: `no image needs blob ${shortDigest(digest)} (${size} bytes)`,
        at: { path: blobPath(store.layout, digest) },
        help: 'it goes after a day, or at once with plimsoll image prune --all',
      });
    }
    problems.push(...foreignFiles(store.layout));
    return {
      problems,
      damaged,
      broken,
      lostSnapshots,
      blobs: listed.length,
      bytes,
      images,
      snapshots: store.snapshotRows.list().filter(({ kind }) => kind === 'committed').length,
      files: compared?.files ?? 0,
    };
  } finally {
    lease?.release();
  }
}

/** Loaded when it is asked for: it brings the snapshotters along. */
async function compareLayers(store: Store, options: CheckStoreOptions): Promise<LayersReport> {
  const { checkLayers } = await import('./check-layers.ts');
  return checkLayers(store, options);
}

/** What SQLite finds, and whether the copy of the names is the same. */
function integrity({ database, layout, images }: Store): readonly Diagnostic[] {
  const said = [
    ...database.all('PRAGMA integrity_check(20)').map((row) => String(row['integrity_check'])),
    ...database
      .all('PRAGMA foreign_key_check')
      .map((row) => `a row of ${row['table']} names one of ${row['parent']} that is not there`),
  ].filter((line) => line !== 'ok');
  const problems = said.map(
    (line): Diagnostic => ({
      code: 'PL0704',
      severity: 'error',
      message: `the database is damaged: ${line}`,
      at: { path: layout.database },
      help: 'plimsoll store check --repair builds it again',
    }),
  );
  return database.read(() => {
    const copied = readNamesCopy(layout).flatMap(({ names }) => names);
    const kept = database.all('SELECT name FROM name').map((row) => String(row['name']));
    if (images.names().length === 0 && copied.length === 0) return problems;
    if (kept.sort().join('\n') === copied.sort().join('\n')) return problems;
    // A kill between the copy and the commit: the next change of a name writes it anew.
    return [
      ...problems,
      {
        code: 'PL0705',
        severity: 'note',
        message: 'the copy of the names differs from the database',
        at: { path: layout.names },
      },
    ];
  });
}

async function damagedBlobs(
  { layout, content }: Store,
  listed: readonly { readonly digest: Digest; readonly size: number }[],
  { quick, threads, signal, onProgress }: CheckStoreOptions,
  problems: Diagnostic[],
): Promise<{ damaged: Digest[]; bytes: number }> {
  if (quick) return { damaged: [], bytes: 0 };
  // The largest first: threads end together.
  const files = listed.toSorted((a, b) => b.size - a.size);
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const hashed = await hashFiles(
    files.map(({ digest }) => ({
      path: blobPath(layout, digest),
      algorithm: digest.startsWith('sha512:') ? 'sha512' : 'sha256',
    })),
    { threads, signal, onProgress: (done) => onProgress?.(done, total) },
  );
  const damaged: Digest[] = [];
  for (const [at, { digest }] of files.entries()) {
    const answer = hashed[at];
    if (answer === undefined || ('digest' in answer && answer.digest === digest)) continue;
    // Removed by another process: references tell whether anything misses it.
    if ('unread' in answer && content.stat(digest) === undefined) continue;
    damaged.push(digest);
    const found = 'digest' in answer ? `found ${answer.digest}` : `unread: ${answer.unread}`;
    problems.push({
      code: 'PL0105',
      severity: 'error',
      message: `digest of the blob: expected ${digest}, ${found}`,
      at: { path: blobPath(layout, digest) },
      help: 'plimsoll store check --repair takes it out; then pull again',
    });
  }
  return { damaged, bytes: total };
}

/** Targets that are not what their rows say. */
function brokenTargets(
  store: Store,
  damaged: ReadonlySet<Digest>,
  problems: Diagnostic[],
): { broken: { target: Digest; names: readonly string[] }[]; images: number } {
  const { database, layout, content } = store;
  const broken: { target: Digest; names: readonly string[] }[] = [];
  const targets = database.all('SELECT digest, descriptor FROM target ORDER BY digest');
  for (const row of targets) {
    const problem = database.read(() => {
      const target = String(row['digest']) as Digest;
      // Another process may have removed it meanwhile.
      if (database.get('SELECT 1 FROM target WHERE digest = ?', target) === undefined) {
        return undefined;
      }
      try {
        const descriptor = JSON.parse(String(row['descriptor'])) as Descriptor;
        const { manifests, references } = readTarget(layout, content, descriptor);
        const known = database
          .all('SELECT manifest FROM target_manifest WHERE target = ? ORDER BY position', target)
          .map((one) => String(one['manifest']));
        const found = manifests.map(({ descriptor: { digest } }) => digest);
        const lost = known.find((digest) => !found.some((one) => one === digest));
        if (lost !== undefined) return `the image of manifest ${lost} is not complete any more`;
        const bad = [target, ...references.map(([, child]) => child)].find((digest) =>
          damaged.has(digest),
        );
        if (bad !== undefined) return `blob ${bad} is damaged`;
        const unknown = references.find(
          ([parent, child]) =>
            database.get(
              'SELECT 1 FROM reference WHERE parent = ? AND child = ?',
              parent,
              child,
            ) === undefined,
        );
        return unknown === undefined
          ? undefined
          : `the database does not know that ${unknown[0]} needs ${unknown[1]}`;
      } catch (error) {
        if (error instanceof PlimsollError) return error.message;
        if (error instanceof SyntaxError || error instanceof TypeError) return error.message;
        throw error;
      }
    });
    if (problem === undefined) continue;
    const target = String(row['digest']) as Digest;
    const names = database
      .all('SELECT name FROM name WHERE target = ? ORDER BY name', target)
      .map((one) => String(one['name']));
    broken.push({ target, names });
    problems.push({
      code: 'PL0106',
      severity: 'error',
      message: `image ${names[0] ?? shortDigest(target)} is not whole: ${problem}`,
      at: { path: blobPath(layout, target) },
      help:
        names[0] === undefined
          ? 'plimsoll store check --repair takes it out'
          : `plimsoll pull ${names[0]} completes it, plimsoll store check --repair takes it out`,
    });
  }
  return { broken, images: targets.length };
}

/** Finished snapshots whose folder is gone. */
function missingSnapshots({ layout, snapshotRows }: Store, problems: Diagnostic[]): SnapshotRow[] {
  const isThere = (row: SnapshotRow): boolean =>
    lstatSync(join(layout.snapshots, row.driver, String(row.id)), { throwIfNoEntry: false }) !==
    undefined;
  return snapshotRows.list().filter((row) => {
    // zfs has data sets, not folders.
    if (row.driver === 'zfs' || (row.detail ?? '') !== '' || isThere(row)) return false;
    const now = snapshotRows.get(row.driver, row.key);
    if (now?.id !== row.id) return false;
    problems.push({
      code: 'PL0723',
      severity: 'error',
      message: `the folder of snapshot ${row.key} is missing`,
      at: { path: join(layout.snapshots, row.driver, String(row.id)) },
      help: 'plimsoll store check --repair forgets it; it is unpacked again when it is needed',
    });
    return true;
  });
}

/** Names of numbered folders of snapshots that no row is of, by driver. */
export function strayFolders({
  layout,
  snapshotRows,
}: Pick<Store, 'layout' | 'snapshotRows'>): readonly {
  readonly driver: string;
  readonly id: number;
}[] {
  const rows = new Set(snapshotRows.list().map(({ driver, id }) => `${driver}/${id}`));
  // Beside the drivers' folders there are files, and folders in which overlays are tried.
  const drivers = namesIn(layout.snapshots).filter(
    (name) =>
      !name.startsWith('try-') &&
      lstatSync(join(layout.snapshots, name), { throwIfNoEntry: false })?.isDirectory(),
  );
  return drivers.flatMap((driver) =>
    namesIn(join(layout.snapshots, driver))
      .filter((name) => /^[1-9]\d*$/.test(name) && !rows.has(`${driver}/${name}`))
      .map((name) => ({ driver, id: Number(name) })),
  );
}
