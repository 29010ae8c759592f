// The tables of engine.db. As in the store's: changes are steps at the end, steps that were released never change.
import type { DatabaseSchema } from '../store/store-schema.ts';
import { networkTables } from './network/network-schema.ts';
import { volumeTables } from './volumes/volume-schema.ts';

/** engine.db; its application id is "PLEN". */
export const engineSchema: DatabaseSchema = {
  applicationId: 0x504c454e,
  migrations: [
    `-- settings and state are JSON (container.ts). status is the state's, to find by.
     CREATE TABLE container (
       id TEXT PRIMARY KEY,
       name TEXT NOT NULL UNIQUE,
       created_ms INTEGER NOT NULL,
       status TEXT NOT NULL,
       image_id TEXT NOT NULL,
       settings TEXT NOT NULL,
       state TEXT NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE INDEX container_image ON container (image_id);

     -- What happened to what, for 'events'; the oldest go.
     CREATE TABLE event (
       number INTEGER PRIMARY KEY AUTOINCREMENT,
       time_ns INTEGER NOT NULL,
       type TEXT NOT NULL,
       action TEXT NOT NULL,
       actor TEXT NOT NULL,
       attributes TEXT NOT NULL
     ) STRICT;`,
    networkTables,
    volumeTables,
  ],
};
