// Digests of many files, on a thread for each core: hashing is all that `store check` waits for.
import { Worker } from 'node:worker_threads';
import { interrupted } from '../image/interrupted.ts';
import { workerModule } from '../image/worker-module.ts';

/** A file to hash. */
export interface FileToHash {
  readonly path: string;
  readonly algorithm: 'sha256' | 'sha512';
}

/** What came of it. */
export type HashedFile =
  | { readonly digest: string; readonly bytes: number }
  /** Why it could not be read: "ENOENT", or what the system said. */
  | { readonly unread: string };

/** How files are hashed. */
export interface HashOptions {
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (bytes: number) => void;
}

/** Hashes the files; answers in their order. @throws PlimsollError PL0002 */
export async function hashFiles(
  files: readonly FileToHash[],
  { threads, signal, onProgress }: HashOptions,
): Promise<readonly HashedFile[]> {
  const answers: HashedFile[] = [];
  let next = 0;
  let bytes = 0;
  const worker = async (): Promise<void> => {
    if (files.length === 0) return;
    const thread = new Worker(workerModule(import.meta.dirname, 'hash-worker'), {
      execArgv: [],
      env: {},
    });
    try {
      for (let at = next++; at < files.length; at = next++) {
        const file = files[at];
        if (file === undefined) return;
        const answer = await ask(thread, file, signal);
        answers[at] = answer;
        if ('bytes' in answer) bytes += answer.bytes;
        onProgress?.(bytes);
      }
    } finally {
      await thread.terminate();
    }
  };
  const count = Math.max(1, Math.min(threads, files.length));
  await Promise.all(Array.from({ length: count }, worker));
  return answers;
}

function ask(thread: Worker, file: FileToHash, signal: AbortSignal): Promise<HashedFile> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      thread.off('message', onMessage);
      thread.off('error', onError);
      signal.removeEventListener('abort', onAbort);
    };
    const onMessage = (answer: HashedFile): void => {
      finish();
      resolve(answer);
    };
    const onError = (error: unknown): void => {
      finish();
      reject(error);
    };
    const onAbort = (): void => onError(interrupted(signal));
    thread.on('message', onMessage);
    thread.on('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else thread.postMessage(file);
  });
}
