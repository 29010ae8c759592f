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
    what?: WhatToSummarise,
  ): Promise<Uint8Array | undefined>;
  /** Ends the threads; what still waits has no summary. */
  close(): Promise<void>;
}

/** What is known of a file before its bytes are read. */
export interface WhatToSummarise {
  /** Of the content: the same content is analysed once, however often it is asked for. */
  readonly digest?: string | undefined;
  /** Bytes of the file; a large one where it is not known. */
  readonly size?: number | undefined;
}

export interface SummaryWorkersOptions {
  /** Threads at most. */
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** What one thread may take of the heap, in MiB; the largest library seen (LLVM, 130 MB) takes a third. */
const heapMb = 3072;

/** A larger young generation takes memory and no less time. */
const youngMb = 16;

/**
 * Bytes of files that must wait before another thread is started for them: until its code is compiled, a new thread is
 * slower than the one that is there.
 */
const worthOneThread = 16 * 1024 * 1024;

/** Threads that make summaries until they are closed or the signal ends them. */
export function summaryWorkers({ threads, signal }: SummaryWorkersOptions): SummaryWorkers {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: { readonly size: number; readonly go: () => void }[] = [];
  const byDigest = new Map<string, Promise<Uint8Array | undefined>>();
  let waitingBytes = 0;
  let busy = 0;
  let isClosed = false;
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
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngMb },
    });
    all.add(worker);
    return worker;
  };
  const letIn = (): void => {
    while (busy < Math.max(1, threads) && (busy === 0 || waitingBytes >= worthOneThread)) {
      const next = waiting.shift();
      if (next === undefined) return;
      waitingBytes -= next.size;
      busy++;
      next.go();
    }
  };
  const turn = (size: number): Promise<void> =>
    new Promise((go) => {
      waiting.push({ size, go });
      waitingBytes += size;
      letIn();
    });
  const work: SummaryWorkers['summarise'] = async (read, { size = worthOneThread } = {}) => {
    await turn(size);
    try {
      if (signal.aborted) throw interrupted(signal);
      const bytes = isClosed ? undefined : await read();
      // Whoever began this on a guess waits for nothing: a thread that starts after the end would never be ended.
      if (bytes === undefined || isClosed) return undefined;
      const worker = idle.pop() ?? start();
      const answer = await ask(worker, bytes, signal);
      if (answer !== undefined) idle.push(worker);
      else if (all.delete(worker)) await worker.terminate();
      return answer;
    } finally {
      busy--;
      letIn();
    }
  };
  return {
    summarise(read, what = {}) {
      const { digest } = what;
      const known = digest === undefined ? undefined : byDigest.get(digest);
      if (known !== undefined) return known;
      const made = work(read, what);
      if (digest !== undefined) byDigest.set(digest, made);
      return made;
    },
    async close() {
      isClosed = true;
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
