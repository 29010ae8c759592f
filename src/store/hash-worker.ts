// The thread that hash-files.ts starts: one file after the other.
import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { FileToHash, HashedFile } from './hash-files.ts';
import { errnoOf } from './store-failure.ts';

const chunk = Buffer.allocUnsafeSlow(1024 * 1024);

function hashFile({ path, algorithm }: FileToHash): HashedFile {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const hash = createHash(algorithm);
      let bytes = 0;
      for (let read = readSync(fd, chunk); read > 0; read = readSync(fd, chunk)) {
        hash.update(chunk.subarray(0, read));
        bytes += read;
      }
      return { digest: `${algorithm}:${hash.digest('hex')}`, bytes };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return { unread: errnoOf(error) ?? String(error) };
  }
}

parentPort?.on('message', (file: FileToHash) => {
  parentPort?.postMessage(hashFile(file));
});
