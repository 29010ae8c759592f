// A tree copied with all that file systems keep of it: owners, modes, attributes, times to the nanosecond, devices, hard
// links, holes. Blocks are shared with the original where the file system can.
import {
  closeDescriptor,
  fileTypes,
  linkAt,
  makeDirectoryAt,
  openDirectory,
  openDirectoryAt,
  statusAt,
} from '../../sys/file-calls.ts';
import { copyDescription, copyUp } from '../unpack/copy-up.ts';
import { namesIn } from '../unpack/remove-tree.ts';

/** Copies what is in `from`, and what `from` itself is, to the empty directory `to`. @throws SystemError */
export function copyTree(from: string, to: string): void {
  /** Where the first name of a file with several was put. */
  const linked = new Map<string, readonly string[]>();
  const target = openDirectory(to);
  const copy = (source: number, destination: number, path: readonly string[]): void => {
    for (const name of namesIn(source)) {
      const status = statusAt(source, name);
      if (status === undefined) continue;
      const lower = { status, directory: source, name };
      if ((status.mode & fileTypes.mask) === fileTypes.directory) {
        makeDirectoryAt(destination, name, 0o700);
        const inner = openDirectoryAt(source, name);
        const made = openDirectoryAt(destination, name);
        try {
          copy(inner, made, [...path, name]);
          copyDescription(lower, destination, name);
        } finally {
          closeDescriptor(inner);
          closeDescriptor(made);
        }
        continue;
      }
      const key = `${status.device}:${status.inode}`;
      const first = status.links > 1 ? linked.get(key) : undefined;
      if (first !== undefined) {
        linkFrom(target, first, destination, name);
        continue;
      }
      copyUp(lower, destination, name);
      if (status.links > 1) linked.set(key, [...path, name]);
    }
  };
  const source = openDirectory(from);
  try {
    copy(source, target, []);
    const status = statusAt(source, '');
    if (status !== undefined)
      copyDescription({ status, directory: source, name: '.' }, target, '.');
  } finally {
    closeDescriptor(source);
    closeDescriptor(target);
  }
}

/** Links a file that lies at `path` below `root`, going down by names. */
function linkFrom(root: number, path: readonly string[], directory: number, name: string): void {
  const open: number[] = [];
  try {
    for (const part of path.slice(0, -1)) open.push(openDirectoryAt(open.at(-1) ?? root, part));
    linkAt(open.at(-1) ?? root, path.at(-1) ?? '', directory, name);
  } finally {
    for (const fd of open) closeDescriptor(fd);
  }
}
