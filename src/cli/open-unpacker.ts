// What unpacks layers into the store's snapshots. Loaded when a command needs it: it brings the C library along.

import type { Snapshotter } from '../store/snapshots/snapshotter.ts';
import type { Store } from '../store/store.ts';
import type { Unpack } from '../transfer/receive-image.ts';
import type { Context } from './context.ts';

/** The snapshots of a store, and what unpacks into them. */
export interface OpenedUnpacker {
  readonly snapshotter: Snapshotter;
  readonly unpack: Unpack;
}

/** Opens both. @throws PlimsollError PL0001, PL0726, PL0728 */
export async function openUnpacker(store: Store, context: Context): Promise<OpenedUnpacker> {
  const { snapshotsOf } = await import('./open-snapshots.ts');
  const { unpackLayers } = await import('../store/unpack/unpack-layers.ts');
  const { snapshotter } = snapshotsOf(store, context);
  return {
    snapshotter,
    unpack: (layers, options) => unpackLayers(snapshotter, layers, options),
  };
}
