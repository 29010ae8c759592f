// node test/fuzz/run.ts [--count N] [--seed S] [--only ITERATION] [NAME…]: mutated inputs for every *.target.ts here.
// The inputs of a target run in a worker; this side watches that each ends in time, so that a hang is a failure too.
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { mutated } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
  /** Run this iteration alone. */
  readonly only?: number;
}

export interface FuzzResult {
  readonly target: string;
  readonly runs: number;
  readonly seconds: number;
  readonly peakMib: number;
  /** What went wrong with which iteration; absent when all went well. */
  readonly failure?: string;
}

interface Job extends FuzzOptions {
  readonly file: string;
  readonly progress: SharedArrayBuffer;
}

/** Names of all targets. */
export function fuzzTargets(): readonly string[] {
  return globSync('*.target.ts', { cwd: import.meta.dirname })
    .map((file) => basename(file, '.target.ts'))
    .sort();
}

/** Runs one target; resolves also when it fails. */
export async function fuzz(name: string, options: FuzzOptions): Promise<FuzzResult> {
  const file = join(import.meta.dirname, `${name}.target.ts`);
  const { target } = (await import(file)) as { readonly target: FuzzTarget };
  const progress = new SharedArrayBuffer(8);
  const iteration = new Int32Array(progress);
  const job: Job = { ...options, file, progress };
  const started = performance.now();
  const worker = new Worker(import.meta.filename, {
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  const timeLimitMs = target.timeLimitMs ?? 2000;
  const memoryLimitMib = target.memoryLimitMib ?? 300;
  const atStart = process.memoryUsage.rss();
  let peak = 0;
  let last = -1;
  let since = performance.now();
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const at = () => `${name}: iteration ${Atomics.load(iteration, 0)} of seed ${options.seed}`;
  const watch = setInterval(() => {
    const now = Atomics.load(iteration, 0);
    peak = Math.max(peak, process.memoryUsage.rss() - atStart);
    if (now !== last) {
      last = now;
      since = performance.now();
      // -1: the seeds are still being made.
    } else if (now >= 0 && performance.now() - since > timeLimitMs) {
      resolve(`${at()} took longer than ${timeLimitMs} ms`);
    }
    if (peak > memoryLimitMib * 2 ** 20)
      resolve(`${at()}: memory grew beyond ${memoryLimitMib} MiB`);
  }, 100);
  worker.on('message', (failure: string | undefined) => resolve(failure));
  worker.on('error', (error) => resolve(`${at()}: ${error.stack ?? error.message}`));
  worker.on('exit', () => resolve(`${at()}: ended the process`));
  const failure = await promise;
  clearInterval(watch);
  await worker.terminate();
  const runs = failure === undefined ? (options.only === undefined ? options.count : 1) : last;
  return {
    target: name,
    runs,
    seconds: (performance.now() - started) / 1000,
    peakMib: Math.round(peak / 2 ** 20),
    ...(failure === undefined ? {} : { failure }),
  };
}

async function work({ file, progress, count, seed, only }: Job): Promise<string | undefined> {
  const iteration = new Int32Array(progress);
  Atomics.store(iteration, 0, -1);
  const { target } = (await import(file)) as { readonly target: FuzzTarget };
  const seeds = await target.seeds();
  if (seeds.length === 0) return `${target.name}: no seeds`;
  for (let at = only ?? 0; at < (only === undefined ? count : only + 1); at++) {
    Atomics.store(iteration, 0, at);
    try {
      // Awaiting every synchronous target would cost more than many of them take.
      const running = target.run(mutated(seeds, seed, at));
      if (running !== undefined) await running;
    } catch (error) {
      const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return `${target.name}: iteration ${at} of seed ${seed}: ${said}`;
    }
  }
  return undefined;
}

if (!isMainThread) {
  parentPort?.postMessage(await work(workerData as Job));
} else if (process.argv[1] === import.meta.filename) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
    },
  });
  const options: FuzzOptions = {
    count: Number(values.count),
    seed: Number(values.seed),
    ...(values.only === undefined ? {} : { only: Number(values.only) }),
  };
  let failed = 0;
  for (const name of positionals.length > 0 ? positionals : fuzzTargets()) {
    const result = await fuzz(name, options);
    const rate = Math.round(result.runs / result.seconds);
    console.log(
      `${result.failure === undefined ? 'ok  ' : 'FAIL'} ${name}: ${result.runs} inputs, ${result.seconds.toFixed(1)} s, ${rate}/s, +${result.peakMib} MiB`,
    );
    if (result.failure !== undefined) {
      failed++;
      console.log(
        `  ${result.failure}\n  again: node test/fuzz/run.ts --seed ${options.seed} --only N ${name}`,
      );
    }
  }
  process.exit(failed === 0 ? 0 : 1);
}
