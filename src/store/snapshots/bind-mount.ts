import type { Mount, SnapshotKind } from './snapshotter.ts';

/** One directory is all that there is to mount. */
export function bindMount(source: string, kind: SnapshotKind): readonly Mount[] {
  return [{ type: 'bind', source, options: [kind === 'active' ? 'rw' : 'ro', 'rbind'] }];
}
