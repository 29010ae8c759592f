// What the database keeps of snapshots; the snapshotters (snapshots/) keep the files. A row is the truth: a folder
// without one is left over from a kill and may be removed, a row is only written when its folder is whole. Folders are
// named by id: a collection changes the key of what is to go, so that nobody finds it any more, and removes it after that.
import type { Row, StoreDatabase } from './database.ts';

/** One snapshot. */
export interface SnapshotRow {
  /** Names its folder; never used twice. */
  readonly id: number;
  readonly driver: string;
  /** Key of an active snapshot or a view; name (chainID) of a committed one. Unique for a driver. */
  readonly key: string;
  readonly kind: 'active' | 'view' | 'committed';
  /** Name of the committed snapshot below. */
  readonly parent?: string;
  /** What it adds to its parent, in bytes, as far as known. */
  readonly bytes?: number;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  /** What the driver wants to remember. */
  readonly detail?: string;
}

/** The rows. Group several calls with `StoreDatabase.write`. */
export interface SnapshotRows {
  get(driver: string, key: string): SnapshotRow | undefined;
  /** Rows of a driver, or of all, oldest first. */
  list(driver?: string): readonly SnapshotRow[];
  /** Those that lie directly on it. */
  children(driver: string, key: string): readonly SnapshotRow[];
  /** Adds a row; its id. undefined when the key is taken. */
  insert(row: Omit<SnapshotRow, 'id'>): number | undefined;
  /** Changes a row: commit gives it another key, kind and size. undefined when it is not there or the new key is taken. */
  update(
    id: number,
    change: Partial<Pick<SnapshotRow, 'key' | 'kind' | 'parent' | 'bytes' | 'detail'>>,
  ): SnapshotRow | undefined;
  /** Removes a row; whether it was there and nothing lay on it. */
  remove(id: number): boolean;
}

/** SQLite's clock, in milliseconds since 1970. */
const nowMs = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

/** The rows in a database. */
export function snapshotRows(database: StoreDatabase): SnapshotRows {
  const byId = (id: number): SnapshotRow | undefined =>
    optional(database.get('SELECT * FROM snapshot WHERE id = ?', id));
  const get = (driver: string, key: string): SnapshotRow | undefined =>
    optional(database.get('SELECT * FROM snapshot WHERE driver = ? AND key = ?', driver, key));
  const children = (driver: string, key: string): readonly SnapshotRow[] =>
    database
      .all('SELECT * FROM snapshot WHERE driver = ? AND parent = ? ORDER BY id', driver, key)
      .map(rowOf);
  return {
    get,
    children,
    list: (driver) =>
      (driver === undefined
        ? database.all('SELECT * FROM snapshot ORDER BY id')
        : database.all('SELECT * FROM snapshot WHERE driver = ? ORDER BY id', driver)
      ).map(rowOf),
    insert: ({ driver, key, kind, parent, bytes, createdMs, detail }) =>
      database.write(() => {
        if (get(driver, key) !== undefined) return undefined;
        database.run(
          'INSERT INTO snapshot (driver, key, kind, parent, bytes, created_ms, detail) VALUES (?, ?, ?, ?, ?, ?, ?)',
          driver,
          key,
          kind,
          parent ?? null,
          bytes ?? null,
          createdMs,
          detail ?? null,
        );
        return get(driver, key)?.id;
      }),
    update: (id, change) =>
      database.write(() => {
        const row = byId(id);
        if (row === undefined) return undefined;
        const { driver, key, kind, parent, bytes, detail } = { ...row, ...change };
        if (key !== row.key && get(driver, key) !== undefined) return undefined;
        database.run(
          `UPDATE snapshot SET key = ?, kind = ?, parent = ?, bytes = ?, detail = ?,
           committed_ms = CASE WHEN kind = 'committed' THEN committed_ms ELSE ${nowMs} END
           WHERE id = ?`,
          key,
          kind,
          parent ?? null,
          bytes ?? null,
          detail ?? null,
          id,
        );
        return byId(id);
      }),
    remove: (id) =>
      database.write(() => {
        const row = byId(id);
        if (row === undefined || children(row.driver, row.key).length > 0) return false;
        return database.run('DELETE FROM snapshot WHERE id = ?', id) === 1;
      }),
  };
}

const optional = (row: Row | undefined): SnapshotRow | undefined =>
  row === undefined ? undefined : rowOf(row);

function rowOf(row: Row): SnapshotRow {
  const { id, driver, key, kind, parent, bytes, created_ms: createdMs, detail } = row;
  return {
    id: Number(id),
    driver: String(driver),
    key: String(key),
    kind: kind === 'committed' || kind === 'view' ? kind : 'active',
    ...(parent === null ? {} : { parent: String(parent) }),
    ...(bytes === null ? {} : { bytes: Number(bytes) }),
    createdMs: Number(createdMs),
    ...(detail === null ? {} : { detail: String(detail) }),
  };
}
