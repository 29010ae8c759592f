import type { ContentStore, Protection } from './content-store.ts';
import type { StoreDatabase } from './database.ts';
import type { ImageRecords } from './image-records.ts';
import type { SnapshotRows } from './snapshot-rows.ts';
import type { StoreLayout } from './store-layout.ts';

/**
 * Keeps what is not part of an image yet. The rule: protect a digest first, then look whether it is there; a collection
 * that ran before has removed it, one that runs after leaves it. chainIDs of snapshots are protected in the same way.
 * A lease ends with `release` or with its process, however that dies.
 */
export interface Lease extends Protection {
  readonly id: string;
  release(): void;
}

/** An opened store. */
export interface Store {
  readonly root: string;
  readonly layout: StoreLayout;
  readonly content: ContentStore;
  readonly images: ImageRecords;
  readonly snapshotRows: SnapshotRows;
  readonly database: StoreDatabase;
  /** Whether it was opened to look only. */
  readonly readOnly: boolean;
  /** @throws PlimsollError PL0701, PL0702 */
  lease(): Promise<Lease>;
  close(): void;
}

/** How a store is opened. */
export interface StoreOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Effective user number of this process: a store of another user is not written to. */
  readonly user?: number;
  readonly signal: AbortSignal;
  /** Identifies this run of the machine; default: the kernel's boot_id. */
  readonly bootId?: string;
}
