// What the reading of code needs from the moment that a target is read: programs and libraries of an image stay at hand
// while its layers pass, so that layers are read once, and threads begin with what the image starts.
import { availableParallelism, tmpdir } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import type { Target } from '../image/image.ts';
import { keptFiles } from '../image/kept-files.ts';
import type { AnalysisCache } from '../needs/cache.ts';
import { earlySummaries } from '../needs/code/early-summaries.ts';
import { type SummaryWorkers, summaryWorkers } from '../needs/code/summary-workers.ts';
import type { ReadNeedsOptions } from '../needs/read-needs.ts';

/**
 * Bytes of programs and libraries whose code `check` reads without --deep: a server with its libraries has 10 to 20 MB,
 * Python with all of its modules 27 MB. Bytes and not time, so that the same target gives the same result.
 */
export const boundedCodeBytes = 32 * 1024 * 1024;

/** Bytes that the temporary file takes at most; what has no room is read from its layer again. */
const keptBytes = 1024 * 1024 * 1024;

/** To be closed when the code has been read. */
export interface CodeReading {
  readonly workers: SummaryWorkers;
  /** What readNeeds is to be given. */
  readonly options: Pick<ReadNeedsOptions, 'kept' | 'onEntry'>;
  close(): Promise<void>;
}

/** Gets ready; no thread and no file is made before there is something for it. */
export function codeReading(
  target: Target,
  cache: AnalysisCache | undefined,
  signal: AbortSignal,
  /** Bytes of code that will be read at most. */
  codeBytes = Number.POSITIVE_INFINITY,
): CodeReading {
  // The optimising compiler costs more than it saves where a thread works for a few seconds: a quarter of the processor
  // time for redis-server and what it loads.
  if (codeBytes <= boundedCodeBytes) setFlagsFromString('--no-opt');
  const workers = summaryWorkers({ threads: availableParallelism(), signal });
  if (!('layers' in target)) return { workers, options: {}, close: () => workers.close() };
  const kept = keptFiles({ folder: tmpdir(), fileBytes: codeBytes, totalBytes: keptBytes });
  const config = 'config' in target ? target.config : undefined;
  const onEntry =
    config === undefined
      ? undefined
      : earlySummaries({ config, workers, kept, ...(cache === undefined ? {} : { cache }) });
  return {
    workers,
    options: { kept, ...(onEntry === undefined ? {} : { onEntry }) },
    async close() {
      await workers.close();
      await kept.close();
    },
  };
}
