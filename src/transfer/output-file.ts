// A file that is written as a stream and seen whole or not at all. What is no regular file (a pipe, a device) is
// written to as it stands.
import { randomBytes } from 'node:crypto';
import { chmod, type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';

/** Where bytes go, one chunk after the other. */
export interface ByteOutput {
  /** Settles when the next chunk may come. The chunk may then be used again. */
  write(chunk: Uint8Array): Promise<void>;
}

/** A file while it is written. `commit` or `discard` ends it. */
export interface OutputFile extends ByteOutput {
  commit(): Promise<void>;
  /** Leaves what was there before. Never throws. */
  discard(): Promise<void>;
}

/** What a new file may be used as; the umask takes away more. */
const fileMode = 0o666;

/** Opens the file to be written. @throws PlimsollError PL0003 */
export async function openOutputFile(path: string): Promise<OutputFile> {
  const failed = (cause: unknown): PlimsollError =>
    new PlimsollError('PL0003', `output could not be written: ${systemReason(cause)}`, {
      at: { path },
      help: 'name a file in a folder that exists, has room, and that you may write to',
      cause,
    });
  const existing = await stat(path).catch(() => undefined);
  if (existing?.isDirectory()) throw failed(new Error('EISDIR: is a directory'));
  try {
    if (existing !== undefined && !existing.isFile()) {
      const handle = await open(path, 'w');
      const close = (): Promise<void> => handle.close();
      return { ...outputOf(handle, failed), commit: close, discard: close };
    }
    // A symbolic link stays one: the file that it names is replaced.
    const file = existing === undefined ? path : await realpath(path);
    const name = `.${basename(file)}.${randomBytes(8).toString('hex')}.tmp`;
    const beside = join(dirname(file), name);
    const handle = await open(beside, 'wx', fileMode);
    return {
      ...outputOf(handle, failed),
      async commit() {
        try {
          await handle.close();
          if (existing !== undefined) await chmod(beside, existing.mode & 0o7777);
          await rename(beside, file);
        } catch (cause) {
          await rm(beside, { force: true });
          throw failed(cause);
        }
      },
      async discard() {
        await handle.close().catch(() => undefined);
        await rm(beside, { force: true }).catch(() => undefined);
      },
    };
  } catch (cause) {
    throw failed(cause);
  }
}

function outputOf(handle: FileHandle, failed: (cause: unknown) => PlimsollError): ByteOutput {
  return {
    async write(chunk) {
      try {
        for (let done = 0; done < chunk.length; ) {
          done += (await handle.write(chunk, done)).bytesWritten;
        }
      } catch (cause) {
        throw failed(cause);
      }
    },
  };
}
