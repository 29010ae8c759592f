// What all drivers have in common: keys, parents, and who may do what when. The database is the truth. A row is written
// first, marked as unfinished, and its folder after it; a removal marks the row first and removes it last. So a killed
// process leaves a row that says what was going on, and never a folder that nobody knows of. Whoever works on a snapshot
// holds a lock that the kernel gives up with the process (src/sys/file-lock.ts): `heal` takes what nobody holds.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { systemReason } from '../../lib/system-reason.ts';
import { type FileLock, lockFile, tryLockFile } from '../../sys/file-lock.ts';
import type { StoreDatabase } from '../database.ts';
import type { SnapshotRow, SnapshotRows } from '../snapshot-rows.ts';
import type { Placed, SnapshotDriver } from './driver.ts';
import type { SnapshotInfo, SnapshotKind, Snapshotter } from './snapshotter.ts';

/** Where the snapshots of a driver are kept and known. */
export interface SnapshotterParts {
  readonly driver: SnapshotDriver;
  readonly rows: SnapshotRows;
  readonly database: Pick<StoreDatabase, 'read' | 'write' | 'writeNew'>;
  /** The driver's own folder, StoreLayout.snapshots/NAME; made when it is not there. */
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What a row's `detail` says of it: '' when it is finished. */
type State = '' | 'making' | 'temporary' | 'removing';

const stateOf = ({ detail = '' }: SnapshotRow): State =>
  detail === 'making' || detail === 'temporary' || detail === 'removing' ? detail : '';

/** A driver's snapshots. */
export function openSnapshotter(parts: SnapshotterParts): Snapshotter {
  const { driver, rows, database, folder, now } = parts;
  const name = driver.name;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  /** Locks of temporary snapshots that this process has. */
  const held = new Map<number, FileLock>();

  const lockOf = (id: number): FileLock | undefined =>
    tryLockFile(join(folder, `${id}.lock`), { temporary: true });

  const release = (id: number): void => {
    held.get(id)?.release();
    held.delete(id);
  };

  const find = (key: string): SnapshotRow | undefined => {
    const row = rows.get(name, key);
    return row === undefined || stateOf(row) === 'removing' ? undefined : row;
  };

  const need = (key: string, ...kinds: readonly SnapshotKind[]): SnapshotRow => {
    const row = find(key);
    if (row !== undefined && kinds.includes(row.kind)) return row;
    throw new PlimsollError('PL0723', `no ${kinds.join(' or ')} snapshot ${key}`, {
      at: { path: folder },
      help: 'pull the image again: plimsoll store check tells what else is missing',
    });
  };

  const placed = (row: SnapshotRow): Placed =>
    database.read(() => {
      const parents: number[] = [];
      for (let at = row.parent; at !== undefined; ) {
        const below = need(at, 'committed');
        parents.push(below.id);
        at = below.parent;
      }
      return { id: row.id, kind: row.kind, parents };
    });

  const failed = (what: string, cause: unknown): unknown =>
    cause instanceof PlimsollError || !(cause instanceof Error) || !('code' in cause)
      ? cause
      : new PlimsollError('PL0724', `${what}: ${systemReason(cause)}`, {
          at: { path: folder },
          notes: [cause.message],
          help: `plimsoll info tells why ${name} was chosen; PLIMSOLL_SNAPSHOT_DRIVER=vfs works everywhere`,
          cause,
        });

  const make = async (
    kind: 'active' | 'view',
    key: string,
    parent: string | undefined,
    temporary = false,
  ): ReturnType<Snapshotter['prepare']> => {
    const { row, lock } = database.writeNew(() => {
      if (parent !== undefined) need(parent, 'committed');
      const id = rows.insert({
        driver: name,
        key,
        kind,
        ...(parent === undefined ? {} : { parent }),
        createdMs: now(),
        detail: temporary ? 'temporary' : 'making',
      });
      const added = id === undefined ? undefined : rows.get(name, key);
      if (added === undefined) {
        throw new PlimsollError('PL0722', `there is a snapshot ${key} already`, {
          at: { path: folder },
        });
      }
      return { row: added, lock: lockOf(added.id) };
    });
    try {
      const place = placed(row);
      await driver.make(place);
      if (temporary && lock !== undefined) held.set(row.id, lock);
      if (!temporary) rows.update(row.id, { detail: '' });
      return driver.mounts(place);
    } catch (cause) {
      await driver.remove(row.id);
      rows.remove(row.id);
      lock?.release();
      throw failed('the snapshot could not be made', cause);
    } finally {
      if (!temporary) lock?.release();
    }
  };

  const discard = async (id: number): Promise<void> => {
    await driver.remove(id);
    rows.remove(id);
    release(id);
  };

  /** Marks a row so that nobody finds it any more; its folder goes next. */
  const mark = (row: SnapshotRow): void => {
    rows.update(row.id, { key: `removing ${row.id}`, detail: 'removing' });
  };

  return {
    driver: name,
    independent: driver.independent,
    opaqueAttributes: driver.opaqueAttributes,
    prepare: (key, parent, options) => make('active', key, parent, options?.temporary),
    view: (key, parent) => make('view', key, parent),
    async mounts(key, options) {
      return driver.mounts(placed(need(key, 'active', 'view')), options);
    },
    async commit(committed, key, { parent, bytes } = {}) {
      const row = need(key, 'active');
      const size = bytes ?? (await driver.usage(placed(row))).bytes;
      try {
        await driver.seal(placed(row));
      } catch (cause) {
        throw failed('the snapshot could not be committed', cause);
      }
      const isNew = database.write(() => {
        const below = parent ?? row.parent;
        if (below !== undefined) need(below, 'committed');
        if (find(committed) !== undefined) {
          mark(row);
          return false;
        }
        rows.update(row.id, {
          key: committed,
          kind: 'committed',
          bytes: size,
          detail: '',
          ...(below === undefined ? {} : { parent: below }),
        });
        return true;
      });
      if (isNew) release(row.id);
      else await discard(row.id);
    },
    async remove(key) {
      const own = find(key);
      // On a full disk the database has no room either, before the files are gone.
      if (own !== undefined && held.has(own.id)) await driver.remove(own.id);
      const marked = database.write(() => {
        const row = find(key);
        if (row === undefined) return undefined;
        const child = rows.children(name, key).find((one) => stateOf(one) !== 'removing');
        if (child !== undefined) {
          throw new PlimsollError('PL0725', `snapshot ${key} is in use by ${child.key}`, {
            at: { path: folder },
            help: 'remove what uses it first',
          });
        }
        mark(row);
        return { id: row.id, lock: held.has(row.id) ? undefined : lockOf(row.id) };
      });
      if (marked === undefined) return;
      try {
        await discard(marked.id);
      } catch (cause) {
        throw failed('the snapshot could not be removed', cause);
      } finally {
        marked.lock?.release();
      }
    },
    stat(key) {
      const row = find(key);
      return row === undefined ? undefined : infoOf(row);
    },
    list: () =>
      rows
        .list(name)
        .filter((row) => stateOf(row) !== 'removing')
        .map(infoOf),
    async usage(key) {
      return driver.usage(placed(need(key, 'active', 'view', 'committed')));
    },
    directory: (key) => driver.directory(need(key, 'active', 'view', 'committed').id),
    lock(key, signal) {
      const file = createHash('sha256').update(key).digest('hex');
      return lockFile(join(folder, `${file}.lock`), signal, { temporary: true });
    },
    async heal() {
      let healed = 0;
      // The newest first: one that others lay on goes after them.
      const unfinished = rows.list(name).filter((row) => stateOf(row) !== '');
      for (const { id, key } of unfinished.toReversed()) {
        if (held.has(id)) continue;
        // Taken in a transaction, as those who make snapshots do: a row without a lock is one that nobody works on.
        const lock = database.write(() => {
          const row = rows.get(name, key);
          return row?.id === id && stateOf(row) !== '' ? lockOf(id) : undefined;
        });
        if (lock === undefined) continue;
        try {
          await discard(id);
          healed++;
        } finally {
          lock.release();
        }
      }
      return healed;
    },
  };
}

function infoOf({ key, kind, parent, createdMs }: SnapshotRow): SnapshotInfo {
  return { name: key, kind, ...(parent === undefined ? {} : { parent }), createdMs };
}
