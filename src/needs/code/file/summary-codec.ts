// Summaries as bytes: JSON, compressed, with a checksum, so that what was damaged on disk is told from what is whole.
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { decodeJson, encodeJson } from '../../facts-codec.ts';
import { type CodeSummary, summaryVersion } from './summary.ts';

/** JSON of a larger summary is not unpacked, in bytes. */
const maxUnpacked = 512 * 1024 * 1024;

const compression = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 1,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

/** The summary of a file as bytes of a buffer of their own; none of them for a file that has no summary. */
export function packSummary(summary: CodeSummary | undefined): Uint8Array<ArrayBuffer> {
  return summary === undefined
    ? new Uint8Array()
    : Uint8Array.from(zstdCompressSync(encodeJson(summary), compression));
}

/** What packSummary packed: a summary, or 'none'; undefined for anything else. */
export function unpackSummary(bytes: Uint8Array | undefined): CodeSummary | 'none' | undefined {
  if (bytes === undefined) return undefined;
  if (bytes.length === 0) return 'none';
  try {
    const json = zstdDecompressSync(bytes, { maxOutputLength: maxUnpacked });
    const value = decodeJson<CodeSummary>(json);
    return value?.summary === summaryVersion ? value : undefined;
  } catch {
    return undefined;
  }
}
