// Overlays: a layer's folder holds what it changes, and the kernel shows them as one (Documentation/filesystems/
// overlayfs.rst). Layers need nothing of each other on disk, so they unpack side by side. fuse-overlayfs does the same
// outside of the kernel, for users of kernels before 5.11 and file systems that cannot carry an overlay.
//
//   ID/fs      the layer's files
//   ID/work    overlayfs's own, of active snapshots
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  closeDescriptor,
  openDirectory,
  setModeAt,
  setOwnerAt,
  statusAt,
} from '../../sys/file-calls.ts';
import { bindMount } from './bind-mount.ts';
import { diskUsage } from './disk-usage.ts';
import type { Placed, SnapshotDriver } from './driver.ts';
import { removeFolder } from './remove-folder.ts';
import type { Mount, MountOptions } from './snapshotter.ts';

/** How overlays are mounted here. */
export interface OverlayOptions {
  readonly folder: string;
  readonly fuse: boolean;
  /** In a user namespace: the kernel keeps its marks in user.overlay.*, not trusted.overlay.*. */
  readonly userAttributes: boolean;
  /** Whether the kernel can leave out writing to the disk (the option volatile, since Linux 5.10). */
  readonly volatile: boolean;
  /** Options that are set where this kernel knows them: 'index=off' … */
  readonly mountOptions: readonly string[];
}

/** Colons and backslashes part the paths of the options, commas the options. */
function escaped(path: string): string {
  return path.replace(/[\\:,]/g, '\\$&');
}

/** The driver. */
export function overlayDriver(options: OverlayOptions): SnapshotDriver {
  const { folder, fuse, userAttributes, volatile, mountOptions } = options;
  const filesOf = (id: number): string => join(folder, String(id), 'fs');
  const workOf = (id: number): string => join(folder, String(id), 'work');

  /** overlayfs leaves a mark that keeps it from being mounted again: something may be missing after a crash. */
  const forgetMark = (id: number): void =>
    rmSync(join(workOf(id), 'work', 'incompat'), { recursive: true, force: true });

  const mounts = (
    { id, kind, parents }: Placed,
    { disposable = false }: MountOptions = {},
  ): readonly Mount[] => {
    const [nearest] = parents;
    if (nearest === undefined || (kind !== 'active' && parents.length === 1)) {
      return bindMount(filesOf(kind === 'active' || nearest === undefined ? id : nearest), kind);
    }
    const lower = `lowerdir=${parents.map((parent) => escaped(filesOf(parent))).join(':')}`;
    const upper =
      kind === 'active'
        ? [`upperdir=${escaped(filesOf(id))}`, `workdir=${escaped(workOf(id))}`]
        : ['ro'];
    const fleeting = volatile && disposable && kind === 'active';
    if (fleeting) forgetMark(id);
    return [
      {
        type: fuse ? 'fuse-overlayfs' : 'overlay',
        source: 'overlay',
        options: [lower, ...upper, ...mountOptions, ...(fleeting ? ['volatile'] : [])],
      },
    ];
  };

  return {
    name: fuse ? 'fuse-overlayfs' : 'overlay',
    independent: true,
    opaqueAttributes: [
      ...(fuse ? ['user.fuseoverlayfs.opaque'] : []),
      userAttributes ? 'user.overlay.opaque' : 'trusted.overlay.opaque',
    ],
    make({ id, kind, parents }) {
      mkdirSync(filesOf(id), { recursive: true });
      if (kind === 'active' && parents.length > 0) mkdirSync(workOf(id), { recursive: true });
      const [nearest] = parents;
      describeRoot(filesOf(id), nearest === undefined ? undefined : filesOf(nearest));
    },
    seal({ id }) {
      rmSync(workOf(id), { recursive: true, force: true });
    },
    remove: (id) => removeFolder(folder, id),
    mounts,
    directory: filesOf,
    usage: ({ id }) => diskUsage(filesOf(id)),
  };
}

/** The topmost layer's root is the root that a container sees. */
function describeRoot(path: string, below: string | undefined): void {
  const directory = openDirectory(path);
  try {
    const lower = below === undefined ? undefined : openDirectory(below);
    const status = lower === undefined ? undefined : statusAt(lower, '');
    if (lower !== undefined) closeDescriptor(lower);
    if (status !== undefined) setOwnerAt(directory, '.', status.uid, status.gid);
    setModeAt(directory, '.', (status?.mode ?? 0o755) & 0o7777);
  } finally {
    closeDescriptor(directory);
  }
}
