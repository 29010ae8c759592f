// A folder that what is kept may come from: ours, and nobody else can write to it. Code and facts from a folder that
// another user made under a name that can be guessed would be as bad as running that user's program.
import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Node's own `recursive` never comes back where the parent is there and mkdir says ENOENT all the same, as in /proc.
 * @throws what mkdir(2) says
 */
function makeFolder(directory: string): void {
  if (existsSync(directory)) return;
  const parent = dirname(directory);
  if (parent !== directory) makeFolder(parent);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    // Another process may have been quicker.
    if (!existsSync(directory)) throw error;
  }
}

/**
 * Makes the folder where it is not there. What speaks against using it; undefined for a good one.
 * @param user effective user number of this process; undefined where there are none
 * @throws what mkdir(2) says
 */
export function whyNotOwn(directory: string, user: number | undefined): string | undefined {
  makeFolder(directory);
  const { uid, mode } = lstatSync(directory);
  if (user !== undefined && uid !== user) return `${directory} belongs to user ${uid}, not to us`;
  // A link has all bits set; it is ours here, and only we can change it.
  if ((mode & 0o170000) === 0o120000 || (mode & 0o002) === 0) return undefined;
  return `everybody can write to ${directory}`;
}
