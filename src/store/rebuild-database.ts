// A new database for a store whose own cannot be read. What it takes, from the best source to the worst: rows that the
// old file still gives, the copy of the names, and where there is neither, manifests that lie in the content and that no
// other names, which come back without names. The old file stays beside the new one.
import { lstatSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Descriptor, Digest } from '../image/image.ts';
import { parseReferences } from '../image/manifest-references.ts';
import { isFault, parseDescriptors, parseJson } from '../image/oci-json.ts';
import { isJsonObject } from '../lib/json.ts';
import { defaultLimits } from '../lib/limits.ts';
import { openContent } from './content-files.ts';
import { databaseFiles, openDatabase, type Row, type StoreDatabase } from './database.ts';
import { type NamedTarget, readNamesCopy } from './names-copy.ts';
import { storeFailure } from './store-failure.ts';
import type { StoreLayout } from './store-layout.ts';

/** What was found again. */
export interface Rebuilt {
  readonly database: StoreDatabase;
  /** Where the old file is now; undefined when there was none. */
  readonly kept?: string;
  /** What may be put again, if it is whole. */
  readonly targets: readonly NamedTarget[];
}

/** Puts the old database aside and makes a new one with the snapshots that are known. @throws PlimsollError PL0701, PL0702 */
export function rebuildDatabase(layout: StoreLayout, now: number): Rebuilt {
  const kept = putAside(layout, now);
  const old = kept === undefined ? undefined : openOld(kept);
  try {
    const salvaged = old === undefined ? [] : salvageTargets(old);
    const copied = readNamesCopy(layout);
    const database = openDatabase(layout.database);
    if (old !== undefined) salvageSnapshots(old, database);
    const known = [...salvaged, ...copied];
    return {
      database,
      targets: known.length > 0 ? known : topManifests(layout, now),
      ...(kept === undefined ? {} : { kept }),
    };
  } finally {
    old?.close();
  }
}

function putAside(layout: StoreLayout, now: number): string | undefined {
  const to = `${layout.database}.damaged-${now}`;
  const [main = '', ...others] = databaseFiles(layout.database);
  const targets = databaseFiles(to);
  try {
    if (lstatSync(main, { throwIfNoEntry: false }) === undefined) return undefined;
    for (const [at, file] of [main, ...others].entries()) {
      if (lstatSync(file, { throwIfNoEntry: false }) !== undefined) {
        renameSync(file, targets[at] ?? '');
      }
    }
    return to;
  } catch (error) {
    throw storeFailure(error, 'the old database could not be put aside', main);
  }
}

function openOld(path: string): DatabaseSync | undefined {
  try {
    return new DatabaseSync(path);
  } catch {
    return undefined;
  }
}

/** Rows as far as they can be read; what follows damage is lost. */
function rowsOf(old: DatabaseSync, sql: string): readonly Row[] {
  const rows: Row[] = [];
  try {
    for (const row of old.prepare(sql).iterate()) rows.push(row);
  } catch {
    // What came before it is as good as it was.
  }
  return rows;
}

function salvageTargets(old: DatabaseSync): readonly NamedTarget[] {
  const names = rowsOf(old, 'SELECT name, target FROM name');
  return rowsOf(old, 'SELECT descriptor, added_ms FROM target').flatMap((row) => {
    const json = parseJson(Buffer.from(String(row['descriptor'])));
    const parsed = isFault(json) ? json : parseDescriptors([json.value], 'target');
    const target = isFault(parsed) ? undefined : parsed[0];
    if (target === undefined) return [];
    return [
      {
        target,
        names: names
          .filter((name) => name['target'] === target.digest)
          .map((name) => String(name['name'])),
        addedMs: Number(row['added_ms']) || 0,
      },
    ];
  });
}

const snapshotColumns = [
  'id',
  'driver',
  'key',
  'kind',
  'parent',
  'bytes',
  'created_ms',
  'detail',
] as const;

function salvageSnapshots(old: DatabaseSync, database: StoreDatabase): void {
  const columns = snapshotColumns.join(', ');
  const rows = rowsOf(old, `SELECT ${columns} FROM snapshot ORDER BY id`);
  const marks = snapshotColumns.map(() => '?').join(', ');
  database.write(() => {
    for (const row of rows) {
      const values = snapshotColumns.map((column) => row[column] ?? null);
      try {
        database.run(`INSERT INTO snapshot (${columns}) VALUES (${marks})`, ...values);
      } catch {
        // A row that breaks a rule of its table is one of the damaged.
      }
    }
  });
}

/** Manifests and indexes of the content that no other names. */
function topManifests(layout: StoreLayout, now: number): readonly NamedTarget[] {
  const content = openContent(layout);
  const found = new Map<Digest, Descriptor>();
  const named = new Set<Digest>();
  for (const { digest, size } of content.list()) {
    if (size > defaultLimits.jsonBytes) continue;
    const bytes = content.open(digest) === undefined ? undefined : readOrNothing(layout, digest);
    if (bytes?.[0] !== 0x7b) continue;
    const json = parseJson(bytes);
    if (isFault(json) || !isJsonObject(json.value) || json.value['schemaVersion'] !== 2) continue;
    const { mediaType } = json.value;
    const references = parseReferences(json.value);
    if (isFault(references)) continue;
    const { manifests, config, layers } = references;
    for (const child of [...manifests, ...layers]) named.add(child.digest);
    if (config !== undefined) named.add(config.digest);
    found.set(digest, {
      mediaType:
        typeof mediaType === 'string'
          ? mediaType
          : `application/vnd.oci.image.${manifests.length > 0 ? 'index' : 'manifest'}.v1+json`,
      digest,
      size,
    });
  }
  return [...found.values()]
    .filter(({ digest }) => !named.has(digest))
    .map((target) => ({ target, names: [], addedMs: now }));
}

function readOrNothing(layout: StoreLayout, digest: Digest): Buffer | undefined {
  try {
    return openContent(layout).read(digest);
  } catch {
    // Damaged: the check that follows says so.
    return undefined;
  }
}
