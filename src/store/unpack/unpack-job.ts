// What goes between the thread that directs the unpacking and those that do it: plain data only.
import type { Diagnostic } from '../../diag/diagnostic.ts';
import type { Digest } from '../../image/image.ts';
import type { Limits } from '../../lib/limits.ts';
import type { AppliedLayer, LayerRest } from './apply-layer.ts';

/** One layer to be unpacked. */
export interface UnpackJob {
  /** File with the stored bytes, and how many there will be and are. */
  readonly file: string;
  /** See LayerBytes. */
  readonly renamedTo?: string;
  readonly size: number;
  readonly available: number;
  readonly diffId: Digest;
  readonly layer: number;
  readonly label: string;
  readonly target: string;
  readonly limits: Limits;
  /** The directory to unpack into. */
  readonly root: string;
  readonly way: 'alone' | 'onto';
  readonly owners: boolean;
  readonly overlay: boolean;
  readonly opaqueAttributes: readonly string[];
  /** Set when the layer goes through links of lower ones: their directories, the topmost first, and what it hides. */
  readonly below?: { readonly lower: readonly string[]; readonly rest: LayerRest };
}

/** To the thread. */
export type JobMessage =
  | { readonly kind: 'job'; readonly job: UnpackJob }
  | { readonly kind: 'available'; readonly bytes: number }
  | { readonly kind: 'abort' };

/** An error that crosses threads. */
export interface JobError {
  readonly message: string;
  /** Set for a PlimsollError. */
  readonly diagnostic?: Diagnostic;
  readonly stack?: string;
}

/** From the thread. */
export type JobAnswer =
  | { readonly kind: 'more'; readonly beyond: number }
  | { readonly kind: 'progress'; readonly bytes: number }
  | {
      readonly kind: 'done';
      readonly applied: AppliedLayer;
      readonly problems: readonly Diagnostic[];
    }
  | { readonly kind: 'failed'; readonly error: JobError };
