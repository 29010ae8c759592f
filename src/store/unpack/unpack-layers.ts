import type { Diagnostic } from '../../diag/diagnostic.ts';
import type { Descriptor, Digest } from '../../image/image.ts';
import type { Limits } from '../../lib/limits.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';

/**
 * The stored bytes of a layer in a file that is complete, or that grows while it is read: a download writes it, and
 * unpacking follows close behind without a second copy of the bytes.
 */
export interface LayerBytes {
  /** Opened once, at the start; the file may be renamed or unlinked afterwards. */
  readonly path: string;
  /** Bytes when complete. */
  readonly size: number;
  /**
   * Absent for a complete file. Settles when more than `beyond` bytes are there (not with how many the writer knows to
   * be coming), with their number; rejects when they will never come. A download that starts again from nothing may
   * answer only once it has got beyond that place again: bytes that were read once are not read again.
   */
  readonly more?: (beyond: number) => Promise<number>;
}

/** A layer that is to be unpacked. */
export interface UnpackLayer {
  readonly diffId: Digest;
  readonly blob: Descriptor;
  /** Called once the layer's turn has come, and not for one that is unpacked already. */
  open(signal: AbortSignal): Promise<LayerBytes>;
}

/** What happens to one layer. */
export interface UnpackProgress {
  /** Position in the list, 0 the lowest. */
  readonly layer: number;
  readonly state: 'exists' | 'unpacking' | 'done';
  /** Stored bytes that are unpacked. */
  readonly bytes: number;
}

/** How layers are unpacked. */
export interface UnpackOptions {
  readonly signal: AbortSignal;
  /** Names the image in errors and problems. */
  readonly target: string;
  readonly limits?: Partial<Limits>;
  /** Layers at a time; as many as processors when absent. */
  readonly workers?: number;
  readonly onProgress?: (progress: UnpackProgress) => void;
  /** Told of what was left out or put right; each kind is told a few times and then counted. */
  readonly onProblem?: (problem: Diagnostic) => void;
  /** Told of each chainID before it is looked for: Lease.protect. */
  readonly protect?: (chainIds: readonly Digest[]) => void;
}

/**
 * Unpacks the layers of an image, the lowest first in the list, into committed snapshots named by their chainIDs, and
 * gives the chainID of the top. What is there already is not unpacked again; several processes may do it at once. The
 * diffID of each layer is verified while it streams, and nothing is committed when one fails.
 * @throws PlimsollError PL0105, PL0107, PL0202, PL0203, PL0720, PL0721, PL0724, PL0002; whatever `open` and `more` throw
 */
export declare function unpackLayers(
  snapshots: Snapshotter,
  layers: readonly UnpackLayer[],
  options: UnpackOptions,
): Promise<Digest>;
