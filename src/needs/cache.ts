// Facts of layers and files that were read before, in one SQLite file. Two tables: `facts`, values by key with the time
// of their last use, so that the least recently used go first when the file grows past its bound; and `verified`,
// which digest was verified for which stored bytes. Write-ahead logging makes it safe with several processes and with
// kill -9. It is a cache: whatever is wrong with it, it is dropped and built again, and the check goes on.
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { Diagnostic } from '../diag/diagnostic.ts';
import type { Digest } from '../image/image.ts';
import { whyNotOwn } from '../image/own-folder.ts';

/** Facts kept between runs. No method throws: a value that cannot be read is absent, one that cannot be written is lost. */
export interface AnalysisCache {
  get(key: string): Uint8Array | undefined;
  has(key: string): boolean;
  /** Stores several values at once: all or none. */
  put(values: Iterable<readonly [key: string, value: Uint8Array]>): void;
  /** The digest that was verified for stored bytes (Layer.identity). */
  verified(identity: string): Digest | undefined;
  rememberVerified(identity: string, digest: Digest): void;
  /** What went wrong with the cache so far. */
  readonly problems: readonly Diagnostic[];
  close(): void;
}

/** How the cache lies on disk. */
export interface CacheInfo {
  readonly path: string;
  /** Bytes on disk, of the file and its log. */
  readonly bytes: number;
  readonly entries: number;
  readonly limit: number;
}

/** How a cache is opened. */
export interface CacheOptions {
  /** Bytes of values beyond which the least recently used are dropped. */
  readonly limit?: number;
  /** Effective user number of this process: a folder of another user is not used. */
  readonly user?: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const defaultCacheLimit = 1024 * 1024 * 1024;
const fileName = 'analysis.db';
const application = 0x504c494d;
const layout = 2;
const maximumVerified = 100_000;
/** How long another process's write is waited for. */
const busyMs = 2000;
/** Uses within this time are not written down again: a warm run writes nothing. */
const sameUseMs = 24 * 3600 * 1000;

const pathOf = (directory: string) => join(directory, fileName);

/** Opens the cache in a directory, which is made when it is not there. A damaged file is replaced. */
export function openCache(
  directory: string,
  { limit = defaultCacheLimit, now, user }: CacheOptions,
): AnalysisCache {
  const problems: Diagnostic[] = [];
  const path = pathOf(directory);
  const report = (cause: unknown, message: string) => {
    if (problems.length >= 5) return;
    problems.push({
      code: 'PL0005',
      severity: 'note',
      message: `${message}: ${cause instanceof Error ? cause.message : String(cause)}`,
      at: { path },
    });
  };
  let database: DatabaseSync | undefined;
  const statements = new Map<string, StatementSync>();
  const drop = (cause: unknown) => {
    statements.clear();
    try {
      database?.close();
    } catch {
      // A handle that cannot be closed is of no more use either way.
    }
    database = undefined;
    if (!isDamage(cause)) {
      report(cause, 'the cache is not used');
      return;
    }
    report(cause, 'the cache was damaged and is built again');
    try {
      removeFiles(path);
      database = openDatabase(path);
    } catch (error) {
      report(error, 'the cache is not used');
    }
  };
  try {
    const reason = whyNotOwn(directory, user);
    if (reason !== undefined) throw new Error(reason);
    database = openDatabase(path);
  } catch (error) {
    drop(error);
  }
  const statement = (sql: string): StatementSync | undefined => {
    const known = statements.get(sql) ?? database?.prepare(sql);
    if (known !== undefined) statements.set(sql, known);
    return known;
  };
  const guarded = <T>(run: () => T): T | undefined => {
    if (database === undefined) return undefined;
    try {
      return run();
    } catch (error) {
      // Busy for longer than we wait: somebody else is writing; go on without.
      if (isBusy(error)) report(error, 'the cache is busy');
      else drop(error);
      return undefined;
    }
  };
  return {
    problems,
    get: (key) =>
      guarded(() => {
        const row = statement('SELECT value, sum, used FROM facts WHERE key = ?')?.get(key);
        if (row === undefined || !(row['value'] instanceof Uint8Array)) return undefined;
        // SQLite has no checksums of its own: a page that the disk gave back changed would read like any other.
        if (crc32(row['value']) !== row['sum']) {
          statement('DELETE FROM facts WHERE key = ?')?.run(key);
          report(
            'its checksum is wrong',
            `a value of the cache was damaged and is dropped (${key})`,
          );
          return undefined;
        }
        if (now() - Number(row['used']) > sameUseMs) {
          statement('UPDATE facts SET used = ? WHERE key = ?')?.run(now(), key);
        }
        return row['value'];
      }),
    has: (key) =>
      guarded(() => statement('SELECT 1 FROM facts WHERE key = ?')?.get(key) !== undefined) ===
      true,
    put(values) {
      guarded(() => {
        database?.exec('BEGIN IMMEDIATE');
        try {
          const insert = statement(
            'INSERT OR REPLACE INTO facts (key, value, sum, used) VALUES (?, ?, ?, ?)',
          );
          for (const [key, value] of values)
            if (value.length <= limit / 4) insert?.run(key, value, crc32(value), now());
          evict(statement, limit);
          database?.exec('COMMIT');
        } catch (error) {
          if (database?.isTransaction) database.exec('ROLLBACK');
          throw error;
        }
      });
    },
    verified: (identity) =>
      guarded(() => {
        const digest = statement('SELECT digest FROM verified WHERE identity = ?')?.get(identity)?.[
          'digest'
        ];
        return typeof digest === 'string' && isDigest(digest) ? digest : undefined;
      }),
    rememberVerified(identity, digest) {
      guarded(() => {
        statement('INSERT OR REPLACE INTO verified (identity, digest) VALUES (?, ?)')?.run(
          identity,
          digest,
        );
        statement('DELETE FROM verified WHERE rowid <= (SELECT max(rowid) FROM verified) - ?')?.run(
          maximumVerified,
        );
      });
    },
    close() {
      statements.clear();
      guarded(() => database?.close());
      database = undefined;
    },
  };
}

const isDigest = (text: string): text is Digest =>
  /^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/.test(text);

function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: busyMs });
  try {
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA mmap_size = 268435456',
    );
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    if (version !== layout) {
      if (version !== 0)
        throw new Error(`layout ${version} of the cache file is not database layout ${layout}`);
      database.exec(
        `BEGIN IMMEDIATE;
         CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, used INTEGER NOT NULL, sum INTEGER NOT NULL, value BLOB NOT NULL);
         CREATE INDEX IF NOT EXISTS facts_used ON facts (used);
         CREATE TABLE IF NOT EXISTS verified (identity TEXT PRIMARY KEY, digest TEXT NOT NULL);
         PRAGMA application_id = ${application};
         PRAGMA user_version = ${layout};
         COMMIT`,
      );
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** SQLite's result codes (sqlite.org/rescode.html): 5 BUSY, 6 LOCKED; 11 CORRUPT, 26 NOTADB, 1 ERROR (no such table). */
const codeOf = (error: unknown): number =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : -1;
const isBusy = (error: unknown) => codeOf(error) === 5 || codeOf(error) === 6;
const isDamage = (error: unknown) =>
  [1, 11, 26].includes(codeOf(error)) ||
  (error instanceof Error && error.message.startsWith('layout '));

function evict(statement: (sql: string) => StatementSync | undefined, limit: number): void {
  const total = Number(
    statement('SELECT sum(length(value)) AS total FROM facts')?.get()?.['total'] ?? 0,
  );
  let over = total - limit;
  if (over <= 0) return;
  const oldest =
    statement('SELECT key, length(value) AS size FROM facts ORDER BY used')?.all() ?? [];
  for (const row of oldest) {
    if (over <= 0) break;
    statement('DELETE FROM facts WHERE key = ?')?.run(String(row['key']));
    over -= Number(row['size']);
  }
}

const suffixes = ['', '-wal', '-shm', '-journal'];

function removeFiles(path: string): void {
  for (const suffix of suffixes) rmSync(`${path}${suffix}`, { force: true });
}

/** Removes the cache of a directory; the bytes that this freed. */
export function clearCache(directory: string): number {
  const { bytes } = cacheInfo(directory);
  removeFiles(pathOf(directory));
  return bytes;
}

/** What lies in the cache of a directory; zeros where there is none, or one that cannot be read. */
export function cacheInfo(directory: string): CacheInfo {
  const path = pathOf(directory);
  let bytes = 0;
  for (const suffix of suffixes)
    bytes += statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0;
  return { path, bytes, entries: bytes === 0 ? 0 : countEntries(path), limit: defaultCacheLimit };
}

function countEntries(path: string): number {
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: busyMs });
    try {
      return Number(database.prepare('SELECT count(*) AS count FROM facts').get()?.['count'] ?? 0);
    } finally {
      database.close();
    }
  } catch {
    return 0;
  }
}
