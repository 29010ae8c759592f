// The thread that unpack-threads.ts starts: one layer after the other.
import { parentPort } from 'node:worker_threads';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { interrupted } from '../../image/interrupted.ts';
import { runJob } from './run-job.ts';
import type { JobAnswer, JobMessage, UnpackJob } from './unpack-job.ts';

const say = (answer: JobAnswer): void => parentPort?.postMessage(answer);

let abort = new AbortController();
let onAvailable: ((bytes: number) => void) | undefined;

async function work(job: UnpackJob): Promise<void> {
  abort = new AbortController();
  const { signal } = abort;
  try {
    const done = await runJob(job, {
      signal,
      onProgress: (bytes) => say({ kind: 'progress', bytes }),
      more: (beyond) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => reject(interrupted(signal)), { once: true });
          onAvailable = resolve;
          say({ kind: 'more', beyond });
        }),
    });
    say({ kind: 'done', ...done });
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    say({
      kind: 'failed',
      error: {
        message,
        ...(stack === undefined ? {} : { stack }),
        ...(error instanceof PlimsollError ? { diagnostic: error.diagnostic } : {}),
      },
    });
  }
}

parentPort?.on('message', (message: JobMessage) => {
  if (message.kind === 'job') void work(message.job);
  else if (message.kind === 'available') onAvailable?.(message.bytes);
  else abort.abort();
});
