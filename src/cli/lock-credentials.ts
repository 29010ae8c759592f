// One login or logout at a time changes a file of credentials.
import type { FileLock } from '../sys/file-lock.ts';

/** Waits for the lock; its file goes with it. @throws SystemError; the signal's reason */
export async function lockCredentials(path: string, signal: AbortSignal): Promise<FileLock> {
  const { lockFile } = await import('../sys/file-lock.ts');
  return lockFile(path, signal, { temporary: true });
}
