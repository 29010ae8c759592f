// The store's snapshots as commands open them. Loads what brings the C library along, so it is imported when needed.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { driverNames } from '../store/snapshots/choose-driver.ts';
import { type OpenedSnapshots, openSnapshots } from '../store/snapshots/open-snapshots.ts';
import type { DriverName } from '../store/snapshots/snapshotter.ts';
import type { Store } from '../store/store.ts';
import type { Context } from './context.ts';

/** Names the driver that a user wants, as podman's STORAGE_DRIVER does. */
const driverVariable = 'PLIMSOLL_SNAPSHOT_DRIVER';

/** @throws PlimsollError PL0001, PL0726, PL0728 */
export function snapshotsOf(store: Store, { environment, now }: Context): OpenedSnapshots {
  const driver = driverAsked(environment[driverVariable]);
  return openSnapshots(store, {
    now: () => now().getTime(),
    path: environment['PATH'],
    ...(driver === undefined ? {} : { driver }),
  });
}

function driverAsked(name: string | undefined): DriverName | undefined {
  if (!name) return undefined;
  const driver = driverNames.find((one) => one === name);
  if (driver !== undefined) return driver;
  throw new PlimsollError('PL0001', `${driverVariable}: there is no snapshot driver ${name}`, {
    help: `one of: ${driverNames.join(', ')}`,
  });
}
