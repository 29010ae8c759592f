// Files of a layout or of skopeo's directory form, each written beside its place and renamed: what is found under its
// name is whole.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { systemReason } from '../lib/system-reason.ts';

/** A folder that files are written to. */
export interface DirectoryFiles {
  /** Bytes of a file that is there. */
  size(name: string): Promise<number | undefined>;
  read(name: string): Promise<Buffer | undefined>;
  /** @throws PlimsollError PL0003, and what the stream throws */
  write(name: string, body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void>;
}

/** The folder at `root`, made where it is not there. @throws PlimsollError PL0003 */
export async function openDirectoryFiles(root: string): Promise<DirectoryFiles> {
  const failed = (cause: unknown, path: string): PlimsollError =>
    new PlimsollError('PL0003', `output could not be written: ${systemReason(cause)}`, {
      at: { path },
      help: 'name a folder that you may write to, on a file system with room',
      cause,
    });
  const make = async (folder: string): Promise<void> => {
    try {
      await mkdir(folder, { recursive: true });
    } catch (cause) {
      throw failed(cause, folder);
    }
  };
  await make(root);
  return {
    async size(name) {
      const found = await stat(join(root, name)).catch(() => undefined);
      return found?.isFile() ? found.size : undefined;
    },
    async read(name) {
      try {
        return await readFile(join(root, name));
      } catch (cause) {
        if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
        throw failed(cause, join(root, name));
      }
    },
    async write(name, body) {
      const path = join(root, name);
      await make(dirname(path));
      const beside = join(dirname(path), `.${randomBytes(12).toString('hex')}.tmp`);
      const opened = await open(beside, 'wx').catch((cause: unknown) => {
        throw failed(cause, path);
      });
      try {
        for await (const chunk of body) {
          for (let done = 0; done < chunk.length; ) {
            const { bytesWritten } = await opened.write(chunk, done).catch((cause: unknown) => {
              throw failed(cause, path);
            });
            done += bytesWritten;
          }
        }
        await opened.close();
        await rename(beside, path).catch((cause: unknown) => {
          throw failed(cause, path);
        });
      } catch (error) {
        await opened.close().catch(() => undefined);
        await rm(beside, { force: true }).catch(() => undefined);
        throw error;
      }
    },
  };
}
