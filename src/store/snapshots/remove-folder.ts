import { existsSync } from 'node:fs';
import { closeDescriptor, openDirectory } from '../../sys/file-calls.ts';
import { removeTreeAt } from '../unpack/remove-tree.ts';

/** Removes ID in the folder with all that is in it. */
export function removeFolder(folder: string, id: number): void {
  if (!existsSync(folder)) return;
  const directory = openDirectory(folder);
  try {
    removeTreeAt(directory, String(id));
  } finally {
    closeDescriptor(directory);
  }
}
