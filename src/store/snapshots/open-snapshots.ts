import { mkdirSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { compareVersions } from '../../lib/version.ts';
import { inUserNamespace } from '../../sys/user-namespace.ts';
import type { Store } from '../store.ts';
import { btrfsDriver } from './btrfs-driver.ts';
import { chooseDriver, type DriverChoice, driverNames } from './choose-driver.ts';
import type { SnapshotDriver } from './driver.ts';
import { openSnapshotter } from './open-snapshotter.ts';
import { overlayDriver } from './overlay-driver.ts';
import { overlayMountOptions, probeDriver, removeTries } from './probe-drivers.ts';
import type { DriverName, Snapshotter } from './snapshotter.ts';
import { vfsDriver } from './vfs-driver.ts';
import { zfsDriver } from './zfs-driver.ts';

/** What choosing a driver depends on beside the store. */
export interface SnapshotsOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** PATH, to find fuse-overlayfs and zfs by. */
  readonly path: string | undefined;
  /** Named by the user. */
  readonly driver?: DriverName;
}

/** A store's snapshots, and how they came to be kept so. */
export interface OpenedSnapshots {
  readonly snapshotter: Snapshotter;
  readonly choice: DriverChoice;
}

/**
 * Opens the snapshots of a store.
 * @throws PlimsollError PL0726 where the driver that was asked for does not work
 */
export function openSnapshots(
  store: SnapshotStore,
  { now, path, driver: asked }: SnapshotsOptions,
): OpenedSnapshots {
  const { snapshots } = store.layout;
  mkdirSync(snapshots, { recursive: true, mode: 0o700 });
  const [first] = store.snapshotRows.list();
  const used = driverNames.find((name) => name === first?.driver);
  const choice = chooseDriver(snapshots, {
    probe: (driver) => probeDriver(driver, snapshots, path),
    ...(used === undefined ? {} : { used }),
    ...(asked === undefined ? {} : { asked }),
  });
  return { snapshotter: snapshotterOf(store, choice.driver, now), choice };
}

type SnapshotStore = Pick<Store, 'layout' | 'snapshotRows' | 'database'>;

function snapshotterOf(store: SnapshotStore, driver: DriverName, now: () => number): Snapshotter {
  const folder = join(store.layout.snapshots, driver);
  return openSnapshotter({
    driver: driverIn(driver, folder),
    rows: store.snapshotRows,
    database: store.database,
    folder,
    now,
  });
}

/** Snapshotter.heal of every driver that the store has snapshots of; how many were removed. @throws SystemError */
export async function healSnapshots(store: SnapshotStore, now: () => number): Promise<number> {
  removeTries(store.layout.snapshots);
  const used = new Set(store.snapshotRows.list().map(({ driver }) => driver));
  let healed = 0;
  for (const driver of driverNames.filter((name) => used.has(name)))
    healed += await snapshotterOf(store, driver, now).heal();
  return healed;
}

/** A driver with its files in `folder`. */
export function driverIn(driver: DriverName, folder: string): SnapshotDriver {
  switch (driver) {
    case 'overlay':
    case 'fuse-overlayfs': {
      const fuse = driver === 'fuse-overlayfs';
      return overlayDriver({
        folder,
        fuse,
        userAttributes: inUserNamespace(),
        volatile: !fuse && compareVersions(release(), '5.10') >= 0,
        mountOptions: overlayMountOptions(fuse),
      });
    }
    case 'btrfs':
      return btrfsDriver(folder);
    case 'zfs':
      return zfsDriver(folder);
    case 'vfs':
      return vfsDriver(folder);
  }
}
