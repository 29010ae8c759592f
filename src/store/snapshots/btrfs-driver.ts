// A subvolume for each layer, a snapshot of the one below: made at once whatever is in it, and sharing all that is the
// same. Layers are unpacked one after the other.
import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import {
  createSubvolume,
  destroySubvolume,
  sealSubvolume,
  snapshotSubvolume,
} from '../../sys/btrfs.ts';
import { closeDescriptor, openDirectory, setModeAt } from '../../sys/file-calls.ts';
import { bindMount } from './bind-mount.ts';
import { diskUsage } from './disk-usage.ts';
import type { SnapshotDriver } from './driver.ts';
import { removeFolder } from './remove-folder.ts';

/** Inode number of a subvolume's root (BTRFS_FIRST_FREE_OBJECTID). */
const subvolumeInode = 256;

/** The driver. */
export function btrfsDriver(folder: string): SnapshotDriver {
  const filesOf = (id: number): string => join(folder, String(id));
  return {
    name: 'btrfs',
    independent: false,
    opaqueAttributes: [],
    make({ id, kind, parents: [nearest] }) {
      if (kind === 'view' && nearest !== undefined) return;
      if (nearest !== undefined) {
        snapshotSubvolume(filesOf(nearest), folder, String(id));
        return;
      }
      createSubvolume(folder, String(id));
      const directory = openDirectory(filesOf(id));
      setModeAt(directory, '.', 0o755);
      closeDescriptor(directory);
    },
    seal: ({ id }) => sealSubvolume(filesOf(id)),
    remove(id) {
      if (!existsSync(filesOf(id))) return;
      if (lstatSync(filesOf(id)).ino === subvolumeInode) destroySubvolume(folder, String(id));
      else removeFolder(folder, id);
    },
    mounts: ({ id, kind, parents: [nearest] }) =>
      bindMount(filesOf(kind === 'view' && nearest !== undefined ? nearest : id), kind),
    directory: filesOf,
    usage: ({ id }) => (existsSync(filesOf(id)) ? diskUsage(filesOf(id)) : { bytes: 0, inodes: 0 }),
  };
}
