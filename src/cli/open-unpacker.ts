// What unpacks layers into the store's snapshots. Loaded when a command needs it: it brings the C library along.
import type { Store } from '../store/store.ts';
import type { Unpack } from '../transfer/receive-image.ts';
import type { Context } from './context.ts';

/** The unpacker of a store. @throws PlimsollError PL0001, PL0726, PL0728 */
export async function unpackerFor(store: Store, context: Context): Promise<Unpack | undefined> {
  const { snapshotsOf } = await import('./open-snapshots.ts');
  const { unpackLayers } = await import('../store/unpack/unpack-layers.ts');
  const { snapshotter } = snapshotsOf(store, context);
  return (layers, options) => unpackLayers(snapshotter, layers, options);
}
