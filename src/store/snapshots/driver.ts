import type {
  DriverName,
  Mount,
  MountOptions,
  SnapshotKind,
  SnapshotUsage,
} from './snapshotter.ts';

/** A snapshot as drivers know it: by the number that names its folder. */
export interface Placed {
  readonly id: number;
  readonly kind: SnapshotKind;
  /** Numbers of those below, the nearest first. */
  readonly parents: readonly number[];
}

/**
 * What one way of stacking layers does on disk. Keys, parents and states are open-snapshotter.ts's concern; every method
 * may be called again after a kill in its middle. Failures are thrown as they come.
 */
export interface SnapshotDriver {
  readonly name: DriverName;
  /** See Snapshotter. */
  readonly independent: boolean;
  readonly opaqueAttributes: readonly string[];
  /** Makes the files of an active snapshot or a view. */
  make(snapshot: Placed, signal?: AbortSignal): Promise<void> | void;
  /** An active snapshot becomes a committed one. */
  seal(snapshot: Placed): Promise<void> | void;
  /** Removes whatever there is of it; nothing when there is nothing. */
  remove(id: number): Promise<void> | void;
  mounts(snapshot: Placed, options?: MountOptions): readonly Mount[];
  /** See Snapshotter.directory. */
  directory(id: number): string;
  usage(snapshot: Placed): Promise<SnapshotUsage> | SnapshotUsage;
}
