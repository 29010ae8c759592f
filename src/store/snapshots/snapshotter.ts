// Snapshots after containerd's contract (core/snapshots/snapshotter.go), which has proven itself with many drivers: a
// layer is *prepared* on top of a *committed* parent, filled, and committed under a name. Names of unpacked layers are
// chainIDs (OCI image specification, config.md "Layer ChainID").

/** How layers are put on top of each other. */
export type DriverName = 'overlay' | 'fuse-overlayfs' | 'btrfs' | 'zfs' | 'vfs';

/** One mount, as mount(2) takes it; `mountAll` of src/sys/mounts.ts makes it. */
export interface Mount {
  /** File system type, 'bind', or 'fuse-overlayfs'. */
  readonly type: string;
  readonly source: string;
  /** In the words of mount(8): 'ro', 'rbind', 'lowerdir=…'. */
  readonly options: readonly string[];
}

/** active: can be written to. view: a read-only look at its parent. committed: can be a parent. */
export type SnapshotKind = 'active' | 'view' | 'committed';

/** What is known of one snapshot. */
export interface SnapshotInfo {
  /** The key of an active snapshot or a view, the name of a committed one. */
  readonly name: string;
  readonly kind: SnapshotKind;
  /** Name of the committed snapshot below. */
  readonly parent?: string;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
}

/** What a snapshot takes on disk, its parents not counted. */
export interface SnapshotUsage {
  readonly bytes: number;
  readonly inodes: number;
}

/** How a snapshot is prepared. */
export interface PrepareOptions {
  /** It goes with this process, however that ends, unless it is committed: `heal` of any process removes it. */
  readonly temporary?: boolean;
}

/** How a snapshot will be mounted. */
export interface MountOptions {
  /**
   * Nobody minds when what is written is lost with the machine: unmounting does not wait for the disk. Once mounted so, it
   * is mounted so again.
   */
  readonly disposable?: boolean;
}

/** How a snapshot is committed. */
export interface CommitOptions {
  /** Bytes of its files, where they are known; else they are counted. */
  readonly bytes?: number;
  /**
   * Puts what was prepared without a parent on top of this one: how layers that are unpacked side by side become a
   * chain. Only for drivers with `independent`.
   */
  readonly parent?: string;
}

/** A place where snapshots are. Every method is safe with several processes at once. */
export interface Snapshotter {
  readonly driver: DriverName;
  /** Whether a layer can be unpacked before its parent is there: see `CommitOptions.parent` and `directory`. */
  readonly independent: boolean;
  /** Where layers are differences: the attributes that mark a directory in them as opaque. */
  readonly opaqueAttributes: readonly string[];
  /** @throws PlimsollError PL0722 where the key is taken, PL0723 where the parent is not there, PL0724 */
  prepare(key: string, parent?: string, options?: PrepareOptions): Promise<readonly Mount[]>;
  /** @throws PlimsollError as `prepare` */
  view(key: string, parent?: string): Promise<readonly Mount[]>;
  /** Mounts of an active snapshot or a view. @throws PlimsollError PL0723 */
  mounts(key: string, options?: MountOptions): Promise<readonly Mount[]>;
  /**
   * Makes an active snapshot a committed one. When `name` is there already, what was prepared is removed: another
   * process was faster with the same layer.
   * @throws PlimsollError PL0723, PL0724
   */
  commit(name: string, key: string, options?: CommitOptions): Promise<void>;
  /** Removes one that no other has as its parent; nothing when it is not there. @throws PlimsollError PL0725, PL0724 */
  remove(keyOrName: string): Promise<void>;
  stat(keyOrName: string): SnapshotInfo | undefined;
  list(): readonly SnapshotInfo[];
  /** @throws PlimsollError PL0723, PL0724 */
  usage(keyOrName: string): Promise<SnapshotUsage>;
  /** Where the files of this snapshot alone are: all of them without a parent, else what it changes. @throws PlimsollError PL0723 */
  directory(keyOrName: string): string;
  /**
   * Waits until nobody else makes the snapshot of this name, and keeps others from it until it is released or the
   * process ends. @throws the signal's reason
   */
  lock(name: string, signal: AbortSignal): Promise<{ release(): void }>;
  /**
   * Finishes what killed processes left: half-made snapshots, half-removed ones, and temporary ones. How many there
   * were.
   */
  heal(): Promise<number>;
}
