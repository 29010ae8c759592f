// What a power cut, or a machine that hangs and is reset, must not leave behind: names of images whose bytes never came
// to the disk. Blobs are flushed before they are put in place, their folders before a name is set, the name with it.
//
// Unpacked layers are many files and are not flushed: that would make every pull wait for the disk, for what can be
// unpacked again. The kernel writes them within half a minute (vm.dirty_expire_centisecs). So those that were committed
// shortly before the machine was last seen alive are forgotten once it has started anew, and are unpacked again when they
// are needed. containerd trusts them, and its users find empty files in images after a crash (containerd #5854, moby #49784).
import { closeSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import type { StoreDatabase } from './database.ts';
import { storeFailure } from './store-failure.ts';
import type { StoreLayout } from './store-layout.ts';

/** Brings the names of blobs to the disk. @throws PlimsollError PL0701, PL0702 */
export function flushFolders({ content }: StoreLayout): void {
  for (const folder of [content, `${content}/sha256`]) {
    try {
      const fd = openSync(folder, 'r');
      try {
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      throw storeFailure(error, 'the content of the store could not be written', folder);
    }
  }
}

/** By then the kernel has written what was changed before: four times its default. */
const writtenMs = 120_000;
/** How often it is noted that the machine is alive. */
const seenEveryMs = 60_000;

function kernelBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Without /proc nothing can be told: every start counts as the same.
    return '';
  }
}

/**
 * Notes that the machine is alive; when it was started anew since the last time, forgets layers that may not have come to
 * the disk. `now` in milliseconds since 1970.
 */
export function noteBoot(database: StoreDatabase, now: number, bootId = kernelBootId()): void {
  const fact = (name: string): string | undefined => {
    const row = database.get('SELECT value FROM fact WHERE name = ?', name);
    return row === undefined ? undefined : String(row['value']);
  };
  const set = (name: string, value: string) =>
    database.run('INSERT OR REPLACE INTO fact (name, value) VALUES (?, ?)', name, value);
  const seen = Number(fact('seen_ms') ?? 0);
  if (fact('boot') === bootId && Math.abs(now - seen) < seenEveryMs) return;
  database.write(() => {
    const before = fact('boot');
    if (before !== undefined && before !== bootId) {
      forgetLayers(database, Number(fact('seen_ms') ?? 0) - writtenMs);
    }
    set('boot', bootId);
    set('seen_ms', String(now));
  });
}

/** Marks layers that were committed after a moment, and those on them, for removal; but not what a container is on. */
function forgetLayers(database: StoreDatabase, afterMs: number): void {
  database.run(
    `WITH RECURSIVE
       used (driver, key) AS (
         SELECT driver, parent FROM snapshot WHERE kind != 'committed' AND parent IS NOT NULL
         UNION SELECT s.driver, s.parent FROM snapshot s JOIN used u
           ON s.driver = u.driver AND s.key = u.key WHERE s.parent IS NOT NULL
       ),
       torn (driver, key) AS (
         SELECT driver, key FROM snapshot WHERE kind = 'committed' AND coalesce(committed_ms, 0) > ?
         UNION SELECT s.driver, s.key FROM snapshot s JOIN torn t
           ON s.driver = t.driver AND s.parent = t.key WHERE s.kind = 'committed'
       )
     UPDATE snapshot SET key = 'removing ' || id, detail = 'removing', parent = NULL
     WHERE kind = 'committed' AND detail IS NOT 'removing'
       AND (driver, key) IN (SELECT driver, key FROM torn)
       AND (driver, key) NOT IN (SELECT driver, key FROM used)`,
    afterMs,
  );
}
