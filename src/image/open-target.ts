import type { Limits } from '../lib/limits.ts';
import type { Platform, Target } from './image.ts';

/** How far a slow part of opening has come. */
export interface OpenProgress {
  readonly phase: 'spool';
  readonly bytes: number;
}

export interface OpenTargetOptions {
  readonly signal: AbortSignal;
  /** What to take from a multi-platform index; default: this machine's. `parsePlatform` reads "linux/arm64/v8". */
  readonly platform?: Platform;
  /** Bytes behind the reference '-'. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  readonly limits?: Partial<Limits>;
  /** Where standard input is spooled; default: the system's folder for temporary files. */
  readonly temporaryFolder?: string;
  readonly onProgress?: (progress: OpenProgress) => void;
}

/**
 * Opens what the user named: a directory, an ELF file, `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]`,
 * `docker-archive:FILE[:NAME:TAG]`, or a path or '-' whose kind is told from its content.
 * @throws PlimsollError PL0101 to PL0108, PL0202, PL0203, PL0205
 */
export async function openTarget(_reference: string, _options: OpenTargetOptions): Promise<Target> {
  throw new Error('not written yet');
}
