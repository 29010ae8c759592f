// Snapshots in a folder of their own, and layers unpacked into them by the code that pulls use.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic } from '../../src/diag/diagnostic.ts';
import type { Digest } from '../../src/image/image.ts';
import type { Limits } from '../../src/lib/limits.ts';
import { openDatabase } from '../../src/store/database.ts';
import { snapshotRows } from '../../src/store/snapshot-rows.ts';
import { driverIn } from '../../src/store/snapshots/open-snapshots.ts';
import { openSnapshotter } from '../../src/store/snapshots/open-snapshotter.ts';
import type { DriverName, Snapshotter } from '../../src/store/snapshots/snapshotter.ts';
import { type UnpackLayer, unpackLayers } from '../../src/store/unpack/unpack-layers.ts';
import { mountAt, unmount } from '../../src/sys/mounts.ts';
import { diskTree, type ShownTree } from './disk-tree.ts';

/** Opened snapshots of one driver. */
export interface TestSnapshots extends Disposable {
  readonly snapshotter: Snapshotter;
  /** Where they are. */
  readonly folder: string;
}

/** Opens snapshots in `folder`, which may hold some already. */
export function openTestSnapshots(driver: DriverName, folder: string): TestSnapshots {
  const database = openDatabase(join(folder, 'store.db'));
  const own = join(folder, driver);
  mkdirSync(folder, { recursive: true });
  return {
    folder,
    snapshotter: openSnapshotter({
      driver: driverIn(driver, own),
      rows: snapshotRows(database),
      database,
      folder: own,
      now: () => 1_700_000_000_000,
    }),
    [Symbol.dispose]: () => database.close(),
  };
}

/** A layer as a registry has it. */
export interface StoredLayer {
  readonly tar: Uint8Array;
  /** The same compressed, where it is. */
  readonly stored?: Uint8Array;
}

/** Layers whose blobs lie in new files of `folder`. */
export function layersIn(folder: string, layers: readonly StoredLayer[]): readonly UnpackLayer[] {
  const place = mkdtempSync(join(folder, 'blobs-'));
  return layers.map(({ tar, stored = tar }, at) => {
    const path = join(place, String(at));
    writeFileSync(path, stored);
    const digest = (bytes: Uint8Array): Digest =>
      `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    return {
      diffId: digest(tar),
      blob: {
        mediaType: 'application/vnd.oci.image.layer.v1.tar',
        digest: digest(stored),
        size: stored.length,
      },
      open: async () => ({ path, size: stored.length }),
    };
  });
}

/** Unpacks layers; the name of the top, and what was said. */
export async function unpackInto(
  { snapshotter, folder }: TestSnapshots,
  layers: readonly StoredLayer[],
  limits: Partial<Limits> = {},
): Promise<{ readonly top: Digest; readonly problems: readonly Diagnostic[] }> {
  const problems: Diagnostic[] = [];
  const top = await unpackLayers(snapshotter, layersIn(folder, layers), {
    signal: new AbortController().signal,
    target: 'test',
    limits,
    onProblem: (problem) => problems.push(problem),
  });
  return { top, problems };
}

/** Runs `look` with a snapshot's files mounted. */
export async function withMounted<T>(
  { snapshotter, folder }: TestSnapshots,
  name: string,
  look: (root: string) => T,
): Promise<T> {
  const root = mkdtempSync(join(folder, 'mounted-'));
  const [mount] = await snapshotter.view(`view of ${name}`, name);
  try {
    if (mount === undefined) throw new Error('no mount');
    mountAt(mount, root);
    return look(root);
  } finally {
    unmount(root);
    await snapshotter.remove(`view of ${name}`);
  }
}

/** What a container would see of a snapshot, in lines. */
export function shownSnapshot(
  snapshots: TestSnapshots,
  name: string,
  shown?: ShownTree,
): Promise<readonly string[]> {
  return withMounted(snapshots, name, (root) => diskTree(root, shown));
}
