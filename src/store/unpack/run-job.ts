// Unpacks one layer from a file that may still be growing.
import { closeSync, openSync, readSync } from 'node:fs';
import type { Diagnostic, Location } from '../../diag/diagnostic.ts';
import { problemList } from '../../diag/problem-list.ts';
import type { BlobSource } from '../../image/blob-source.ts';
import { budgetOf } from '../../image/budget.ts';
import { interrupted } from '../../image/interrupted.ts';
import { layerOf } from '../../image/layer-stream.ts';
import { type AppliedLayer, applyLayer } from './apply-layer.ts';
import { hiding, lowerLayers } from './lower-layers.ts';
import { hiddenBelow } from './settle-layer.ts';
import type { UnpackJob } from './unpack-job.ts';

const chunkBytes = 256 * 1024;

/** Problems told of one layer, and things left out of one kind. */
const toldProblems = 20;
const toldLeftOut = 3;

/** What a job is done with. */
export interface JobWorld {
  readonly signal: AbortSignal;
  /** Settles when more than `beyond` bytes are in the file, with their number. */
  readonly more: (beyond: number) => Promise<number>;
  readonly onProgress: (bytes: number) => void;
}

/** The file, which may be renamed while it is looked for. */
function openEither({ file, renamedTo }: UnpackJob): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!gone || renamedTo === undefined) throw error;
    return openSync(renamedTo, 'r');
  }
}

/** The bytes of a file while another thread or process still writes it. */
function growingFile(job: UnpackJob, world: JobWorld): BlobSource {
  const { size, available } = job;
  return {
    size,
    async *chunks(signal) {
      const fd = openEither(job);
      try {
        let there = available;
        for (let at = 0; at < size; ) {
          if (signal.aborted) throw interrupted(signal);
          if (at >= there) there = await world.more(at);
          const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, size - at));
          const read = readSync(fd, buffer, 0, Math.min(buffer.length, there - at), at);
          if (read === 0) return;
          at += read;
          yield buffer.subarray(0, read);
        }
      } finally {
        closeSync(fd);
      }
    },
  };
}

/**
 * Does the job: the layer's diffID is verified when this settles.
 * @throws PlimsollError PL0105, PL0107, PL0202, PL0203, PL0720, PL0721, PL0002
 */
export async function runJob(
  job: UnpackJob,
  world: JobWorld,
): Promise<{ readonly applied: AppliedLayer; readonly problems: readonly Diagnostic[] }> {
  const at: Location = { target: job.target, layer: job.label };
  const problems = problemList(toldProblems);
  const layer = layerOf({
    index: 0,
    label: job.label,
    diffId: job.diffId,
    source: growingFile(job, world),
    budget: budgetOf(job.limits),
    target: job.target,
  });
  const { signal } = world;
  const entries = layer.entries({
    signal,
    onProblem: problems.add,
    onProgress: world.onProgress,
  });
  const leftOut = leftOutOf(at);
  const lower = job.below && lowerLayers(job.below.lower, job.opaqueAttributes);
  try {
    const hidden = job.below && lower && hiddenBelow(job.below.rest, lower);
    const applied = await applyLayer(entries, job.root, {
      way: job.way,
      owners: job.owners,
      overlay: job.overlay,
      opaqueAttributes: job.opaqueAttributes,
      limits: job.limits,
      onLeftOut: leftOut.add,
      at,
      signal,
      ...(lower && hidden ? { below: hiding(lower, hidden.has) } : {}),
    });
    return { applied, problems: [...problems.all(), ...leftOut.all()] };
  } finally {
    lower?.close();
  }
}

/** What was left out, by kind: the first by their paths, all as a number. */
function leftOutOf(at: Location): {
  add(kind: string, path: string, reason: string): void;
  all(): readonly Diagnostic[];
} {
  const kinds = new Map<string, { count: number; reason: string; readonly paths: string[] }>();
  return {
    add(kind, path, reason) {
      const known = kinds.get(kind) ?? { count: 0, reason, paths: [] };
      known.count++;
      if (known.paths.length < toldLeftOut) known.paths.push(path);
      kinds.set(kind, known);
    },
    all: () =>
      [...kinds].map(([kind, { count, reason, paths }]) => {
        const more = count > paths.length ? ` and ${count - paths.length} more` : '';
        return {
          code: 'PL0729',
          severity: 'warning',
          message: `left out: ${kind} at ${paths.join(', ')}${more}`,
          at,
          notes: [reason],
        };
      }),
  };
}
