// Leases: a row for what is protected, and a locked file for whether the owner lives (flock: it goes with the process,
// in whatever process namespace that was). The file is locked before the row is written, so that there is never a row
// whose owner lives without a lock.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type FileLock, tryLockFile } from '../sys/file-lock.ts';
import { namesIn } from './content-files.ts';
import type { StoreDatabase } from './database.ts';
import type { Lease } from './store.ts';
import { storeFailure } from './store-failure.ts';
import type { StoreLayout } from './store-layout.ts';

const isLeaseId = (name: string): boolean => /^[0-9a-f]{32}$/.test(name);

function lockOf(layout: StoreLayout, id: string): FileLock | undefined {
  const path = join(layout.leases, id);
  try {
    return tryLockFile(path, { temporary: true });
  } catch (error) {
    throw storeFailure(error, 'a lease of the store could not be made', path);
  }
}

/** Opens a new lease. @throws PlimsollError PL0701, PL0702, PL0706 */
export function openLease(layout: StoreLayout, database: StoreDatabase, now: number): Lease {
  const id = randomBytes(16).toString('hex');
  const lock = lockOf(layout, id);
  try {
    database.writeNew(() =>
      database.run('INSERT INTO lease (id, created_ms) VALUES (?, ?)', id, now),
    );
  } catch (error) {
    lock?.release();
    throw error;
  }
  let released = false;
  return {
    id,
    protect(digests) {
      if (released) throw new TypeError('the lease was released');
      database.write(() => {
        for (const digest of digests) {
          database.run(
            'INSERT OR IGNORE INTO lease_digest (lease, digest) VALUES (?, ?)',
            id,
            digest,
          );
        }
      });
    },
    release() {
      if (released) return;
      released = true;
      try {
        database.write(() => database.run('DELETE FROM lease WHERE id = ?', id));
      } finally {
        lock?.release();
      }
    },
  };
}

/** Removes the leases of processes that are gone, and locked files without a lease; inside of a transaction. */
export function dropDeadLeases(layout: StoreLayout, database: StoreDatabase): void {
  const rows = database.all('SELECT id FROM lease').map((row) => String(row['id']));
  for (const id of new Set([...rows, ...namesIn(layout.leases).filter(isLeaseId)])) {
    const lock = lockOf(layout, id);
    if (lock === undefined) continue;
    database.run('DELETE FROM lease WHERE id = ?', id);
    lock.release();
  }
}
