// Whole copies: works on every file system, and takes the room of all layers together, unless the file system shares
// the blocks of copies (XFS, btrfs: FICLONE). Layers are unpacked one after the other.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { closeDescriptor, openDirectory, setModeAt } from '../../sys/file-calls.ts';
import { bindMount } from './bind-mount.ts';
import { copyTree } from './copy-tree.ts';
import { diskUsage } from './disk-usage.ts';
import type { SnapshotDriver } from './driver.ts';
import { removeFolder } from './remove-folder.ts';

/** The driver. */
export function vfsDriver(folder: string): SnapshotDriver {
  const filesOf = (id: number): string => join(folder, String(id));
  return {
    name: 'vfs',
    independent: false,
    opaqueAttributes: [],
    make({ id, kind, parents }) {
      const [nearest] = parents;
      // A view is its parent, mounted read-only.
      if (kind === 'view' && nearest !== undefined) return;
      mkdirSync(filesOf(id));
      if (nearest === undefined) {
        const directory = openDirectory(filesOf(id));
        setModeAt(directory, '.', 0o755);
        closeDescriptor(directory);
      } else {
        copyTree(filesOf(nearest), filesOf(id));
      }
    },
    seal: () => undefined,
    remove: (id) => removeFolder(folder, id),
    mounts: ({ id, kind, parents: [nearest] }) =>
      bindMount(filesOf(kind === 'view' && nearest !== undefined ? nearest : id), kind),
    directory: filesOf,
    usage: ({ id }) => (existsSync(filesOf(id)) ? diskUsage(filesOf(id)) : { bytes: 0, inodes: 0 }),
  };
}
