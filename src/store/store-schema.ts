// The tables of store.db. Every change is one more step at the end of `migrations`; steps that were released never
// change. A database that has more steps than this program knows was written by a newer one and is refused.

/** What tells a database of ours from others, and how it is brought up to date. */
export interface DatabaseSchema {
  /** `PRAGMA application_id`. */
  readonly applicationId: number;
  /** Step i takes a database from version i to i + 1 (`PRAGMA user_version`). */
  readonly migrations: readonly string[];
}

/** `PRAGMA application_id` of store.db: "PLST". */
export const applicationId = 0x504c5354;

/** Step i takes a database from version i to i + 1 (`PRAGMA user_version`). */
export const migrations: readonly string[] = [
  `-- What names point at: manifests and indexes that are kept. descriptor is the OCI descriptor as JSON.
   CREATE TABLE target (
     digest TEXT PRIMARY KEY,
     descriptor TEXT NOT NULL,
     added_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;

   -- domain/path:tag or domain/path@digest.
   CREATE TABLE name (
     name TEXT PRIMARY KEY,
     target TEXT NOT NULL REFERENCES target (digest) ON DELETE CASCADE,
     updated_ms INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX name_target ON name (target);

   -- What is told of image manifests without reading them again.
   CREATE TABLE manifest (
     digest TEXT PRIMARY KEY,
     descriptor TEXT NOT NULL,
     config TEXT NOT NULL,
     platform TEXT NOT NULL,
     created_ms INTEGER,
     labels TEXT NOT NULL,
     content_bytes INTEGER NOT NULL,
     chain_id TEXT
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX manifest_config ON manifest (config);

   -- The manifests of a target that are complete, in the index's order.
   CREATE TABLE target_manifest (
     target TEXT NOT NULL REFERENCES target (digest) ON DELETE CASCADE,
     position INTEGER NOT NULL,
     manifest TEXT NOT NULL REFERENCES manifest (digest) ON DELETE CASCADE,
     PRIMARY KEY (target, position)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX target_manifest_manifest ON target_manifest (manifest);

   -- Which blob names which: index to manifest, manifest to configuration and layers.
   CREATE TABLE reference (
     parent TEXT NOT NULL,
     child TEXT NOT NULL,
     PRIMARY KEY (parent, child)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE lease (id TEXT PRIMARY KEY, created_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE lease_digest (
     lease TEXT NOT NULL REFERENCES lease (id) ON DELETE CASCADE,
     digest TEXT NOT NULL,
     PRIMARY KEY (lease, digest)
   ) STRICT, WITHOUT ROWID;

   -- id names the folder; it is never used twice.
   CREATE TABLE snapshot (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     driver TEXT NOT NULL,
     key TEXT NOT NULL,
     kind TEXT NOT NULL CHECK (kind IN ('active', 'view', 'committed')),
     parent TEXT,
     bytes INTEGER,
     created_ms INTEGER NOT NULL,
     detail TEXT,
     UNIQUE (driver, key)
   ) STRICT;
   CREATE INDEX snapshot_parent ON snapshot (driver, parent);`,

  `-- Small facts about the store itself; see power-cut.ts.
   CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
   -- When it became a committed one.
   ALTER TABLE snapshot ADD COLUMN committed_ms INTEGER;`,
];

/** store.db. */
export const storeSchema: DatabaseSchema = { applicationId, migrations };
