// Writes a file whole or not at all. What is not a regular file (a device, a pipe) is written to as it stands: to
// replace /dev/null by a report would cost the machine its /dev/null.
import { randomUUID } from 'node:crypto';
import { chmod, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';

async function write(path: string, content: string): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing !== undefined && !existing.isFile()) return writeFile(path, content);
  // A symbolic link stays one: the file that it names is replaced.
  const file = existing === undefined ? path : await realpath(path);
  const beside = join(dirname(file), `.${basename(file)}.${randomUUID()}.tmp`);
  try {
    await writeFile(beside, content, { flag: 'wx' });
    if (existing !== undefined) await chmod(beside, existing.mode & 0o7777);
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/**
 * Writes beside the file first, so that a reader never sees half of it and a failure leaves the old one.
 * @param given the file as the user named it, for messages
 * @throws PlimsollError PL0003
 */
export async function writeWhole(path: string, content: string, given = path): Promise<void> {
  try {
    await write(path, content);
  } catch (error) {
    throw new PlimsollError('PL0003', `output could not be written: ${systemReason(error)}`, {
      at: { path: given },
      help: 'name a file in a folder that exists and that you may write to',
      cause: error,
    });
  }
}
