// Summaries of a target's files by path: each made once, on threads, and kept by the digest of the file's content, so
// that a library which a thousand images share is analysed once.

import type { AnalysisCache } from '../cache.ts';
import { decodeJson, encodeJson } from '../facts-codec.ts';
import analyser from '../generated/analyser-version.json' with { type: 'json' };
import type { DerivedValues } from '../need.ts';
import type { CodeSummary } from './file/summary.ts';
import { summaryVersion } from './file/summary.ts';
import { unpackSummary } from './file/summary-codec.ts';
import type { ProgramBytes } from './program/program-bytes.ts';
import type { SummaryWorkers } from './summary-workers.ts';

/** Summaries by path, kept over the programs of one target. */
export interface SummarySource {
  of(path: string): Promise<CodeSummary | undefined>;
  /** Whether a file was asked for whose code is not read because there is too much of it; absent: none is left out. */
  isLeftOut?(path: string): boolean;
  /** Begins with those that are not known yet, so that threads work on all of them at a time. */
  prepare(paths: Iterable<string>): void;
}

export interface SummarySourceOptions {
  readonly files: ProgramBytes;
  readonly workers: SummaryWorkers;
  readonly cache?: AnalysisCache;
  /** Bytes of files whose code is read at most, in the order in which they are asked for. */
  readonly codeBytes?: number;
  /** Told of each file whose code is to be read. */
  readonly onFile?: (path: string) => void;
}

const version = `${summaryVersion}.${analyser.version}`;

const summaryKey = (digest: string) => `code/${version}/${digest}`;

/** The summary of a content by its digest; 'none' where it has none, undefined where that is not known. */
export function keptSummary(
  cache: AnalysisCache | undefined,
  digest: string,
): CodeSummary | 'none' | undefined {
  return unpackSummary(cache?.get(summaryKey(digest)));
}

/** Keeps a packed summary. */
export function keepSummary(
  cache: AnalysisCache | undefined,
  digest: string,
  packed: Uint8Array | undefined,
): void {
  if (packed !== undefined) cache?.put([[summaryKey(digest), packed]]);
}

/** Makes the summaries of files, or takes them from the cache. */
export function summarySource({
  files,
  workers,
  cache,
  codeBytes = Number.POSITIVE_INFINITY,
  onFile,
}: SummarySourceOptions): SummarySource {
  let left = codeBytes;
  const leftOut = new Set<string>();
  const known = new Map<string, Promise<CodeSummary | undefined>>();
  const make = async (path: string): Promise<CodeSummary | undefined> => {
    const digest = await files.digest(path);
    const kept = digest === undefined ? undefined : keptSummary(cache, digest);
    if (kept !== undefined) return kept === 'none' ? undefined : kept;
    const packed = await workers.summarise(
      () => {
        onFile?.(path);
        return files.read(path);
      },
      { digest, size: files.size(path) },
    );
    if (packed === undefined) return undefined;
    if (digest !== undefined) keepSummary(cache, digest, packed);
    const summary = unpackSummary(packed);
    return summary === 'none' ? undefined : summary;
  };
  const of = (path: string): Promise<CodeSummary | undefined> => {
    const before = known.get(path);
    if (before !== undefined) return before;
    // What is kept counts as well: the same target gives the same result.
    const size = files.size(path) ?? 0;
    const isTooMuch = size > left;
    if (isTooMuch) leftOut.add(path);
    else left -= size;
    const summary = isTooMuch ? Promise.resolve(undefined) : make(path);
    known.set(path, summary);
    return summary;
  };
  return {
    of,
    isLeftOut: (path) => leftOut.has(path),
    prepare(paths) {
      // Whoever asks for it is told of its failure.
      for (const path of paths) of(path).catch(() => undefined);
    },
  };
}

const digestsName = 'program-digests';

/** Digests of a target's files from an earlier run on the same content. */
export function keptDigests(
  derived: DerivedValues | undefined,
): readonly (readonly [string, string])[] {
  return decodeJson(derived?.get(digestsName)) ?? [];
}

/** Keeps the digests of a target's files, when there are more than before. */
export function keepDigests(
  derived: DerivedValues | undefined,
  files: ProgramBytes,
  before: number,
): void {
  const digests = [...files.known()];
  if (digests.length > before) derived?.put(digestsName, encodeJson(digests));
}
