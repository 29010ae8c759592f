import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inUserNamespace } from '../../sys/user-namespace.ts';
import type { Store } from '../store.ts';
import { chooseDriver, type DriverChoice, driverNames } from './choose-driver.ts';
import type { SnapshotDriver } from './driver.ts';
import { openSnapshotter } from './open-snapshotter.ts';
import { overlayDriver } from './overlay-driver.ts';
import { overlayMountOptions, probeDriver } from './probe-drivers.ts';
import type { DriverName, Snapshotter } from './snapshotter.ts';
import { vfsDriver } from './vfs-driver.ts';

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
  store: Pick<Store, 'layout' | 'snapshotRows' | 'database'>,
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
  const folder = join(snapshots, choice.driver);
  const snapshotter = openSnapshotter({
    driver: driverIn(choice.driver, folder),
    rows: store.snapshotRows,
    database: store.database,
    folder,
    now,
  });
  return { snapshotter, choice };
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
        mountOptions: overlayMountOptions(fuse),
      });
    }
    default:
      return vfsDriver(folder);
  }
}
