/** Tables of volumes in engine.db: one step of its migrations. */
export const volumeTables = `-- definition is JSON (volume-record.ts).
   CREATE TABLE volume (
     name TEXT PRIMARY KEY,
     definition TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;

   -- A running container that needs a volume which is mounted for the time of its use. Void in another run of the machine.
   CREATE TABLE volume_use (
     volume TEXT NOT NULL,
     container TEXT NOT NULL,
     boot_id TEXT NOT NULL,
     PRIMARY KEY (volume, container)
   ) STRICT, WITHOUT ROWID;`;
