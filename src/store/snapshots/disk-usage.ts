import {
  closeDescriptor,
  fileTypes,
  openDirectory,
  openDirectoryAt,
  statusAt,
} from '../../sys/file-calls.ts';
import { namesIn } from '../unpack/remove-tree.ts';
import type { SnapshotUsage } from './snapshotter.ts';

/** What a tree takes on disk; a file with several names counts once. @throws SystemError */
export function diskUsage(root: string): SnapshotUsage {
  let bytes = 0;
  let inodes = 0;
  const linked = new Set<string>();
  const add = (directory: number, name: string): void => {
    const status = statusAt(directory, name);
    if (status === undefined) return;
    const isDirectory = (status.mode & fileTypes.mask) === fileTypes.directory;
    if (!isDirectory && status.links > 1) {
      const key = `${status.device}:${status.inode}`;
      if (linked.has(key)) return;
      linked.add(key);
    }
    bytes += status.blocks * 512;
    inodes++;
    if (!isDirectory) return;
    const inner = openDirectoryAt(directory, name);
    try {
      for (const child of namesIn(inner)) add(inner, child);
    } finally {
      closeDescriptor(inner);
    }
  };
  const top = openDirectory(root);
  try {
    add(top, '.');
  } finally {
    closeDescriptor(top);
  }
  return { bytes, inodes };
}
