// Which driver a store uses: the one that it was begun with, as long as that works; else the best that works here.
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { fileSystemOf, type Probe } from './probe-drivers.ts';
import type { DriverName } from './snapshotter.ts';

/** All drivers, the best first. */
export const driverNames: readonly DriverName[] = [
  'overlay',
  'btrfs',
  'zfs',
  'fuse-overlayfs',
  'vfs',
];

/** What a choice rests on. */
export interface DriverFacts {
  /** Whether a driver works in the folder. */
  readonly probe: (driver: DriverName) => Probe;
  /** The driver of the snapshots that the store has. */
  readonly used?: DriverName;
  /** What the user asked for. */
  readonly asked?: DriverName;
}

/** A driver, why it was chosen, and why no better one was. */
export interface DriverChoice {
  readonly driver: DriverName;
  readonly why: string;
  /** Drivers before it in the order, with the reason why they do not work. */
  readonly others: readonly { readonly driver: DriverName; readonly reason: string }[];
}

/**
 * Chooses the driver for the snapshots in `folder`.
 * @throws PlimsollError PL0726 where the one that was asked for does not work
 */
export function chooseDriver(folder: string, { probe, used, asked }: DriverFacts): DriverChoice {
  if (asked !== undefined) {
    const found = probe(asked);
    if (found.works) return { driver: asked, why: 'it was asked for', others: [] };
    throw new PlimsollError('PL0726', `the snapshot driver ${asked} cannot be used here`, {
      at: { path: folder },
      notes: [found.reason],
      help: 'leave out PLIMSOLL_SNAPSHOT_DRIVER: the best one that works is taken',
    });
  }
  const others: { driver: DriverName; reason: string }[] = [];
  if (used !== undefined) {
    const found = probe(used);
    if (found.works) return { driver: used, why: 'the store was begun with it', others };
    others.push({ driver: used, reason: found.reason });
  }
  for (const driver of driverNames) {
    if (driver === used) continue;
    const found = probe(driver);
    if (found.works) return { driver, why: `it works on ${fileSystemOf(folder)}`, others };
    others.push({ driver, reason: found.reason });
  }
  return { driver: 'vfs', why: 'it works everywhere', others };
}
