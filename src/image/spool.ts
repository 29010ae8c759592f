// Bytes that come once, kept in a file that can be read at any place. The file has no name from the moment it is made:
// it goes with the last descriptor, however the process ends.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Location } from '../diag/diagnostic.ts';
import { limitError } from '../diag/limit-error.ts';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import type { Limits } from '../lib/limits.ts';
import { systemReason } from '../lib/system-reason.ts';
import { interrupted } from './interrupted.ts';

const { O_CREAT, O_EXCL, O_RDWR, O_NOFOLLOW } = constants;

/** Where and how a stream is kept in a temporary file. */
export interface SpoolOptions {
  readonly folder: string;
  readonly limits: Limits;
  readonly signal: AbortSignal;
  readonly at: Location;
  readonly onProgress?: (bytes: number) => void;
}

/** Bytes between two reports of progress. */
const progressBytes = 4 * 1024 * 1024;

/** Writes all chunks. @throws PlimsollError PL0002, PL0103, PL0107 */
export async function spool(
  chunks: AsyncIterable<Uint8Array>,
  { folder, limits, signal, at, onProgress }: SpoolOptions,
): Promise<FileHandle> {
  const handle = await nameless(folder, at);
  // A read from standard input may never end: the interruption must not wait for it.
  const stop = Promise.withResolvers<never>();
  stop.promise.catch(() => undefined);
  const onAbort = (): void => stop.reject(interrupted(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  const iterator = chunks[Symbol.asyncIterator]();
  let bytes = 0;
  let next = progressBytes;
  try {
    if (signal.aborted) throw interrupted(signal);
    for (;;) {
      const { value, done } = await Promise.race([iterator.next(), stop.promise]);
      if (done) break;
      if (bytes + value.length > limits.spoolBytes) {
        throw limitError(
          'spoolBytes',
          limits,
          'bytes kept in a temporary file',
          bytes + value.length,
          at,
        );
      }
      await writeAll(handle, value, at);
      bytes += value.length;
      if (bytes >= next) {
        next = bytes + progressBytes;
        onProgress?.(bytes);
      }
    }
    return handle;
  } catch (error) {
    await handle.close();
    // Without waiting: a source that hangs would hang this too.
    void iterator.return?.()?.then(undefined, () => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** A new file without a name, to be written and read. @throws PlimsollError PL0103 */
export async function nameless(folder: string, at: Location): Promise<FileHandle> {
  const path = join(folder, `plimsoll-${randomBytes(12).toString('hex')}`);
  try {
    const handle = await open(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, 0o600);
    await unlink(path);
    return handle;
  } catch (cause) {
    throw notWritten(cause, at);
  }
}

/** Writes all of the bytes at a place of the file, or at its current end. @throws PlimsollError PL0103 */
export async function writeAll(
  handle: FileHandle,
  bytes: Uint8Array,
  at: Location,
  offset?: number,
): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) {
      const place = offset === undefined ? null : offset + done;
      done += (await handle.write(bytes, done, bytes.length - done, place)).bytesWritten;
    }
  } catch (cause) {
    throw notWritten(cause, at);
  }
}

function notWritten(cause: unknown, at: Location): PlimsollError {
  return new PlimsollError(
    'PL0103',
    `a temporary file could not be written: ${systemReason(cause)}`,
    {
      at,
      help: 'make room, name another folder with TMPDIR, or give the archive as a file',
      cause,
    },
  );
}
