// store.db: one SQLite file in write-ahead logging, so that readers never wait and a kill -9 leaves whole transactions.
// Most commits are not flushed to the disk one by one (synchronous=NORMAL): after a power cut the last ones may be missing,
// never half there. Those that change names are (docs/adr/0012-what-survives-a-power-cut.md).
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  linkSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import {
  DatabaseSync,
  type SQLInputValue,
  type SQLOutputValue,
  type StatementSync,
} from 'node:sqlite';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { errnoOf, isFull, sqliteCode, storeFailure } from './store-failure.ts';
import { type DatabaseSchema, storeSchema } from './store-schema.ts';

/** One row, by column. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** The open database. Statements are prepared once. Every method throws PlimsollError PL0701, PL0702, PL0704, PL0706. */
export interface StoreDatabase {
  get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined;
  all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[];
  /** Changes rows, inside of `write` only; how many it changed. */
  run(sql: string, ...values: readonly SQLInputValue[]): number;
  /**
   * Runs the work as one transaction that nobody else writes beside: all or nothing. Waits for others. The work must not
   * wait for anything itself. Inside of another `write` it is part of that.
   */
  write<T>(work: () => T): T;
  /** As `write`, for something new: what is kept for a full disk is not taken for it. */
  writeNew<T>(work: () => T): T;
  /** As `write`; when it returns, this and all before it survive a power cut. */
  writeDurably<T>(work: () => T): T;
  /**
   * Inside of `write`: work to be done once before the outermost transaction is committed, however often it is asked for
   * under this name.
   */
  atCommit(name: string, work: () => void): void;
  /** Reads of one point in time: what others write meanwhile is not seen. */
  read<T>(work: () => T): T;
  close(): void;
}

/** How long another process's transaction is waited for. They are short; this is for a machine that hangs. */
const busyMs = 20_000;

const suffixes = ['', '-wal', '-shm', '-journal', '.reserve'] as const;

/** The files of a database. */
export function databaseFiles(path: string): readonly string[] {
  return suffixes.map((suffix) => `${path}${suffix}`);
}

/**
 * Opens the database, making it where it is not there and bringing it to this program's tables.
 * @throws PlimsollError PL0701, PL0702, PL0703 written by a newer program, PL0704 damaged, PL0706
 */
export function openDatabase(path: string, schema: DatabaseSchema = storeSchema): StoreDatabase {
  return guarded(path, 'the store could not be opened', () => {
    if (!existsSync(path)) createDatabase(path, schema);
    let database: DatabaseSync;
    try {
      database = openToWrite(path, schema);
    } catch (error) {
      if (!isFull(error) || !dropReserve(path)) throw error;
      database = openToWrite(path, schema);
    }
    keepReserve(path);
    return wrap(database, path);
  });
}

function openToWrite(path: string, schema: DatabaseSchema): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyMs });
  try {
    configure(database);
    if (versionOf(database, path, schema) < schema.migrations.length)
      migrate(database, path, schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens the database to read only; undefined where there is none. It works where nothing may be written: on a read-only
 * file system, in a folder of somebody else.
 * @throws PlimsollError PL0701, PL0703, PL0704, PL0706
 */
export function openDatabaseToRead(
  path: string,
  schema: DatabaseSchema = storeSchema,
): StoreDatabase | undefined {
  return guarded(path, 'the store could not be opened', () => {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
    const database = openReadOnly(path);
    try {
      if (versionOf(database, path, schema) === schema.migrations.length)
        return wrap(database, path);
    } catch (error) {
      database.close();
      throw error;
    }
    database.close();
    broughtUpToDate(path, schema);
    return wrap(openReadOnly(path), path);
  });
}

/** An older database, by who may write to it. @throws PlimsollError PL0703 for who may not */
function broughtUpToDate(path: string, schema: DatabaseSchema): void {
  try {
    openDatabase(path, schema).close();
  } catch (cause) {
    throw new PlimsollError('PL0703', 'the store was written by an older plimsoll', {
      at: { path },
      notes: cause instanceof Error ? [cause.message] : [],
      help: 'run a command, such as plimsoll images, as its owner: that brings it up to date',
      cause,
    });
  }
}

/** SQLite's result codes of a database whose shared memory file cannot be made: READONLY, CANTOPEN. */
const cannotShare = new Set([8, 14]);

function openReadOnly(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return database;
  } catch (error) {
    database.close();
    // Without a log there is nothing but the file itself, which nobody who could write would be able to change here.
    const log = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    if (!cannotShare.has(sqliteCode(error)) || log > 0) throw error;
    const url = new URL('file:///');
    url.pathname = path.replaceAll('%', '%25').replaceAll('?', '%3f').replaceAll('#', '%23');
    url.search = 'immutable=1';
    return new DatabaseSync(url, { readOnly: true });
  }
}

/**
 * A new database comes under its name whole, tables and write-ahead logging included: two processes that make it at
 * once find one of the two, and a kill leaves a name that the next collection removes.
 */
function createDatabase(path: string, schema: DatabaseSchema): void {
  const folder = mkdtempSync(`${path}.new-`);
  const temporary = join(folder, 'store.db');
  try {
    // The log and the shared memory take the mode of the file.
    closeSync(openSync(temporary, 'wx', 0o600));
    const database = new DatabaseSync(temporary, { timeout: busyMs });
    try {
      configure(database);
      database.exec(`PRAGMA application_id = ${schema.applicationId}`);
      migrate(database, path, schema);
    } finally {
      database.close();
    }
    try {
      linkSync(temporary, path);
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function configure(database: DatabaseSync): void {
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF',
  );
}

const numberOf = (database: DatabaseSync, pragma: string): number =>
  Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);

function versionOf(
  database: DatabaseSync,
  path: string,
  { applicationId, migrations }: DatabaseSchema,
): number {
  const application = numberOf(database, 'application_id');
  const version = numberOf(database, 'user_version');
  if (application !== applicationId) {
    throw new PlimsollError('PL0704', `${basename(path)} is a database of another program`, {
      at: { path },
      help: 'name the folder of a store, or an empty one, with --root or PLIMSOLL_ROOT',
    });
  }
  if (version > migrations.length) {
    throw new PlimsollError(
      'PL0703',
      `the store was written by a newer plimsoll: version ${version} of its tables, this program knows ${migrations.length}`,
      { at: { path }, help: 'use that plimsoll, or another store: --root or PLIMSOLL_ROOT' },
    );
  }
  return version;
}

function migrate(database: DatabaseSync, path: string, schema: DatabaseSchema): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have been first.
    const version = versionOf(database, path, schema);
    for (const step of schema.migrations.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${schema.migrations.length}; COMMIT`);
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function guarded<T>(path: string, what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw storeFailure(error, what, path);
  }
}

/** Bytes that are kept for when the disk is full: room for some twenty changes. */
const reserveBytes = 256 * 1024;

/**
 * Keeps room beside the database: who removes something, or stops a container, has to write that down before there is
 * more. Not there where even that does not fit.
 */
function keepReserve(path: string): void {
  const reserve = `${path}.reserve`;
  if (existsSync(reserve)) return;
  try {
    // Not zeros: file systems may leave those out.
    writeFileSync(reserve, randomBytes(reserveBytes), { mode: 0o600, flag: 'wx' });
  } catch {
    rmSync(reserve, { force: true });
  }
}

/** False where there is none. */
function dropReserve(path: string): boolean {
  const reserve = `${path}.reserve`;
  if (!existsSync(reserve)) return false;
  rmSync(reserve, { force: true });
  return true;
}

/** Gives the kept room to the database, whose log begins anew where it can; false where there is none. */
function makeRoom(database: DatabaseSync, path: string): boolean {
  const had = dropReserve(path);
  try {
    return database.prepare('PRAGMA wal_checkpoint(RESTART)').get()?.['busy'] === 0 || had;
  } catch {
    return had;
  }
}

function wrap(database: DatabaseSync, path: string): StoreDatabase {
  const statements = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    const known = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  const before = new Map<string, () => void>();
  const transaction = <T>(begin: string, what: string, work: () => T, isNew = false): T => {
    if (database.isTransaction) return work();
    const attempt = (): T => {
      database.exec(begin);
      try {
        const result = work();
        for (const last of before.values()) last();
        database.exec('COMMIT');
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      } finally {
        before.clear();
      }
    };
    return guarded(path, what, () => {
      try {
        return attempt();
      } catch (error) {
        if (isNew || !isFull(error) || !makeRoom(database, path)) throw error;
        return attempt();
      }
    });
  };
  const reading = 'the store could not be read';
  const writing = 'the store could not be written';
  return {
    get: (sql, ...values) => guarded(path, reading, () => statement(sql).get(...values)),
    all: (sql, ...values) => guarded(path, reading, () => statement(sql).all(...values)),
    run: (sql, ...values) =>
      guarded(path, writing, () => Number(statement(sql).run(...values).changes)),
    write: (work) => transaction('BEGIN IMMEDIATE', writing, work),
    writeNew: (work) => transaction('BEGIN IMMEDIATE', writing, work, true),
    writeDurably(work) {
      if (database.isTransaction) return work();
      database.exec('PRAGMA synchronous = FULL');
      try {
        return transaction('BEGIN IMMEDIATE', writing, work);
      } finally {
        database.exec('PRAGMA synchronous = NORMAL');
      }
    },
    atCommit(name, work) {
      before.set(name, work);
    },
    read: (work) => transaction('BEGIN', reading, work),
    close() {
      statements.clear();
      if (database.isOpen) database.close();
    },
  };
}
