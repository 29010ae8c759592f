// Threads that unpack layers: inflating, hashing and making files are work for a processor each, and a layer needs
// nothing of another.
import { Worker } from 'node:worker_threads';
import type { Diagnostic } from '../../diag/diagnostic.ts';
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { interrupted } from '../../image/interrupted.ts';
import { workerModule } from '../../image/worker-module.ts';
import type { AppliedLayer } from './apply-layer.ts';
import { runJob } from './run-job.ts';
import type { JobAnswer, JobError, JobMessage, UnpackJob } from './unpack-job.ts';

/** What one thread may take of the heap, in MiB: names and attributes of a layer are bounded by limits, bodies pass through. */
const heapMb = 2048;

/** What a thread is told while it works. */
export interface JobFeed {
  readonly signal: AbortSignal;
  /** See LayerBytes.more. */
  readonly more?: (beyond: number) => Promise<number>;
  readonly onProgress: (bytes: number) => void;
}

/** Threads for one image. */
export interface UnpackThreads {
  /** Unpacks a layer on a free thread; waits for one. @throws what runJob throws, what `more` rejects with */
  run(
    job: UnpackJob,
    feed: JobFeed,
  ): Promise<{ readonly applied: AppliedLayer; readonly problems: readonly Diagnostic[] }>;
  close(): Promise<void>;
}

/** A layer of so few stored bytes is unpacked before a thread would have started. */
const inlineBytes = 512 * 1024;

/** At most `count` threads, each started when there is work for it. */
export function unpackThreads(count: number): UnpackThreads {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: (() => void)[] = [];
  let free = Math.max(1, count);
  const start = (): Worker => {
    const worker = new Worker(workerModule(import.meta.dirname, 'unpack-worker'), {
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    all.add(worker);
    return worker;
  };
  return {
    async run(job, feed) {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        if (feed.signal.aborted) throw interrupted(feed.signal);
        if (job.size <= inlineBytes && idle.length === 0) return await runHere(job, feed);
        const worker = idle.pop() ?? start();
        const answer = await ask(worker, job, feed);
        idle.push(worker);
        if ('error' in answer) throw errorOf(answer.error, feed.signal);
        return answer;
      } finally {
        const next = waiting.shift();
        if (next === undefined) free++;
        else next();
      }
    },
    async close() {
      await Promise.all([...all].map((worker) => worker.terminate()));
      all.clear();
    },
  };
}

/** On this thread; when the source of bytes fails, it is with the source's error as it is. */
async function runHere(job: UnpackJob, feed: JobFeed): ReturnType<UnpackThreads['run']> {
  const { signal, onProgress } = feed;
  let failure: { readonly error: unknown } | undefined;
  const more = async (beyond: number): Promise<number> => {
    try {
      return (await feed.more?.(beyond)) ?? job.size;
    } catch (error) {
      failure = { error };
      throw error;
    }
  };
  try {
    return await runJob(job, { signal, onProgress, more });
  } catch (error) {
    throw failure === undefined ? error : failure.error;
  }
}

function errorOf({ diagnostic, message, stack }: JobError, signal: AbortSignal): Error {
  if (diagnostic?.code === 'PL0002') return interrupted(signal);
  if (diagnostic !== undefined) {
    const { code, severity: _, message: said, ...details } = diagnostic;
    return new PlimsollError(code, said, details);
  }
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

type Answer = Extract<JobAnswer, { readonly kind: 'done' | 'failed' }>;

/** The thread's answer; rejects when the thread or the source of bytes fails. */
function ask(worker: Worker, job: UnpackJob, feed: JobFeed): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const tell = (message: JobMessage): void => worker.postMessage(message);
    let failure: unknown;
    const onMessage = (answer: JobAnswer): void => {
      if (answer.kind === 'progress') {
        feed.onProgress(answer.bytes);
      } else if (answer.kind === 'more') {
        const more = feed.more?.(answer.beyond) ?? Promise.resolve(job.size);
        more.then(
          (bytes) => tell({ kind: 'available', bytes }),
          (error: unknown) => {
            failure = error;
            tell({ kind: 'abort' });
          },
        );
      } else {
        finish();
        if (failure === undefined) resolve(answer);
        else reject(failure);
      }
    };
    const onError = (error: Error): void => {
      finish();
      worker.on('error', () => undefined);
      reject(error);
    };
    const onExit = (): void => {
      finish();
      reject(
        feed.signal.aborted
          ? interrupted(feed.signal)
          : new PlimsollError('PL0004', 'a thread that unpacked a layer ended'),
      );
    };
    const onAbort = (): void => tell({ kind: 'abort' });
    const finish = (): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
      feed.signal.removeEventListener('abort', onAbort);
    };
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    feed.signal.addEventListener('abort', onAbort, { once: true });
    tell({ kind: 'job', job });
  });
}
