// Collection of garbage as commands do it: with the snapshotters of this machine.

import type { Collected } from '../store/collect-garbage.ts';
import { namesIn } from '../store/content-files.ts';
import type { Store } from '../store/store.ts';
import type { Context } from './context.ts';

/** Collects what nothing needs any more. @throws PlimsollError as collectGarbage */
export async function collect(
  store: Store,
  context: Context,
  unfinishedMs?: number,
): Promise<Collected> {
  const { collectGarbage } = await import('../store/collect-garbage.ts');
  const now = (): number => context.now().getTime();
  return collectGarbage(store, {
    signal: context.signal,
    now: now(),
    async healSnapshots() {
      // Without snapshots there is no need for the C library.
      const { snapshotRows, layout } = store;
      if (snapshotRows.list().length === 0 && namesIn(layout.snapshots).length === 0) return;
      const { healSnapshots } = await import('../store/snapshots/open-snapshots.ts');
      await healSnapshots(store, now);
    },
    ...(unfinishedMs === undefined ? {} : { unfinishedMs }),
  });
}
