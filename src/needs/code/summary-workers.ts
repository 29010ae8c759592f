// Summaries made on threads, one for each core: the analysis of a file is a pure function of its bytes, so files share
// nothing. A thread is started when there is work for it, and given up when the work it had was too much for it.
import { Worker } from 'node:worker_threads';
import { interrupted } from '../../image/interrupted.ts';
import { workerModule } from '../../image/worker-module.ts';

/** Makes summaries. */
export interface SummaryWorkers {
  /**
   * The packed summary of the bytes that `read` gives, which is called when a thread is free for them: what waits is
   * not in memory. Undefined where there are no bytes, or their analysis took more memory than a thread may have.
   * @throws PlimsollError PL0002, and what `read` throws
   */
  summarise(
    read: () => Promise<Uint8Array<ArrayBuffer> | undefined>,
  ): Promise<Uint8Array | undefined>;
  /** Ends the threads. */
  close(): Promise<void>;
}

export interface SummaryWorkersOptions {
  /** Threads at most. */
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** What one thread may take of the heap, in MiB; the largest library seen (LLVM, 130 MB) takes a third. */
const heapMb = 3072;

/** Threads that make summaries until they are closed or the signal ends them. */
export function summaryWorkers({ threads, signal }: SummaryWorkersOptions): SummaryWorkers {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: (() => void)[] = [];
  let places = Math.max(1, threads);
  const end = (): Promise<unknown> => {
    const ending = Promise.all([...all].map((worker) => worker.terminate()));
    all.clear();
    idle.length = 0;
    return ending;
  };
  signal.addEventListener('abort', end, { once: true });
  const start = (): Worker => {
    const worker = new Worker(workerModule(import.meta.dirname, 'summary-worker'), {
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    all.add(worker);
    return worker;
  };
  const turn = (): Promise<void> => {
    if (places > 0) {
      places--;
      return Promise.resolve();
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
  const leave = (): void => {
    const next = waiting.shift();
    if (next === undefined) places++;
    else next();
  };
  return {
    async summarise(read) {
      await turn();
      try {
        if (signal.aborted) throw interrupted(signal);
        const bytes = await read();
        if (bytes === undefined) return undefined;
        const worker = idle.pop() ?? start();
        const answer = await ask(worker, bytes, signal);
        if (answer !== undefined) idle.push(worker);
        else if (all.delete(worker)) await worker.terminate();
        return answer;
      } finally {
        leave();
      }
    },
    async close() {
      signal.removeEventListener('abort', end);
      await end();
    },
  };
}

/** The thread's answer; undefined when it ended over the question. */
function ask(
  worker: Worker,
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const onMessage = (answer: Uint8Array): void => {
      finish();
      resolve(answer);
    };
    const onError = (): void => {
      finish();
      // What it says after it was given up concerns nobody.
      worker.on('error', () => undefined);
      resolve(undefined);
    };
    const onExit = (): void => {
      finish();
      if (signal.aborted) reject(interrupted(signal));
      else resolve(undefined);
    };
    const finish = (): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
    };
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    worker.postMessage(bytes, [bytes.buffer]);
  });
}
