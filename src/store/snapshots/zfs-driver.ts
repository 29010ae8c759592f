// Datasets of ZFS: a layer is a clone of a snapshot of the one below. There is no stable call for it but the program zfs,
// which is asked for everything; the datasets lie below the one that holds the store's folder.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bindMount } from './bind-mount.ts';
import type { SnapshotDriver } from './driver.ts';

/** Runs the program zfs and gives what it printed. @throws Error with what it said */
export type RunZfs = (args: readonly string[]) => string;

const runZfs: RunZfs = (args) => execFileSync('zfs', args, { encoding: 'utf8' });

/** What a snapshot of a committed layer is called. */
const sealed = 'layer';

/** The driver; `run` is another than the program in tests. */
export function zfsDriver(folder: string, run: RunZfs = runZfs): SnapshotDriver {
  const pathOf = (id: number): string => join(folder, String(id));
  let parent: string | undefined;
  /** The dataset that the folder lies in, and below it the layer's. */
  const datasetOf = (id: number): string => {
    if (parent === undefined) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      parent = run(['list', '-H', '-o', 'name', folder]).trim();
    }
    return `${parent}/plimsoll-${id}`;
  };
  const exists = (dataset: string): boolean => {
    try {
      run(['list', '-H', '-o', 'name', dataset]);
      return true;
    } catch {
      return false;
    }
  };
  return {
    name: 'zfs',
    independent: false,
    opaqueAttributes: [],
    make({ id, kind, parents: [nearest] }) {
      if (kind === 'view' && nearest !== undefined) return;
      const mountpoint = ['-o', `mountpoint=${pathOf(id)}`];
      if (nearest === undefined) run(['create', ...mountpoint, datasetOf(id)]);
      else run(['clone', ...mountpoint, `${datasetOf(nearest)}@${sealed}`, datasetOf(id)]);
    },
    seal({ id }) {
      const dataset = datasetOf(id);
      if (!exists(`${dataset}@${sealed}`)) run(['snapshot', `${dataset}@${sealed}`]);
      run(['set', 'readonly=on', dataset]);
    },
    remove(id) {
      // With the snapshot by which it was a parent.
      if (exists(datasetOf(id))) run(['destroy', '-r', datasetOf(id)]);
    },
    mounts: ({ id, kind, parents: [nearest] }) =>
      bindMount(pathOf(kind === 'view' && nearest !== undefined ? nearest : id), kind),
    directory: pathOf,
    usage({ id }) {
      const dataset = datasetOf(id);
      if (!exists(dataset)) return { bytes: 0, inodes: 0 };
      const bytes = Number(run(['get', '-Hp', '-o', 'value', 'usedbydataset', dataset]));
      // ZFS does not count files.
      return { bytes, inodes: 0 };
    },
  };
}
