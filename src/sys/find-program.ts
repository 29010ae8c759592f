import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

/** Where programs are that a user's PATH often lacks. */
const further = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** Absolute path of a program by PATH, or by where systems keep theirs; undefined where it is not installed. */
export function findProgram(name: string, path: string | undefined): string | undefined {
  for (const folder of [...(path ?? '').split(':'), ...further]) {
    if (!folder.startsWith('/')) continue;
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not here.
    }
  }
  return undefined;
}
