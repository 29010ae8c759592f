// What unpacks layers into the store's snapshots. Loaded when a command needs it: it brings the C library along.
import type { Store } from '../store/store.ts';
import type { Unpack } from '../transfer/receive-image.ts';
import type { Context } from './context.ts';

/** The unpacker of a store. @throws PlimsollError PL0726, PL0728 */
export async function unpackerFor(store: Store, context: Context): Promise<Unpack | undefined> {
  const { openSnapshots } = await import('../store/snapshots/open-snapshots.ts');
  const { unpackLayers } = await import('../store/unpack/unpack-layers.ts');
  const { snapshotter } = openSnapshots(store, {
    now: () => context.now().getTime(),
    path: context.environment['PATH'],
  });
  return (layers, options) => unpackLayers(snapshotter, layers, options);
}
