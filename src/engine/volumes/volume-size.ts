import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes on disk of a folder and all below it; what goes away meanwhile counts nothing. */
export function volumeBytes(path: string): number {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return 0;
  const own = status.isDirectory() ? 0 : status.blocks * 512;
  if (!status.isDirectory()) return own;
  let names: readonly string[] = [];
  try {
    names = readdirSync(path);
  } catch {
    // Gone, or not ours to read.
  }
  return names.reduce((sum, name) => sum + volumeBytes(join(path, name)), own);
}
