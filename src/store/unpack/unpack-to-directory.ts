// All layers of an image into one plain directory: the root file system of a bundle for people who run it by hand.
import type { Diagnostic } from '../../diag/diagnostic.ts';
import type { LayeredTarget } from '../../image/image.ts';
import { type Limits, withLimits } from '../../lib/limits.ts';
import { applyLayer } from './apply-layer.ts';

/** How an image is unpacked into a directory. */
export interface UnpackToDirectoryOptions {
  readonly signal: AbortSignal;
  /** Whether files get the owners that layers say; an ordinary user's cannot. */
  readonly owners: boolean;
  readonly limits?: Partial<Limits>;
  readonly onProblem?: (problem: Diagnostic) => void;
  /** Position of a layer, and the bytes of it (as stored) that are read. */
  readonly onProgress?: (layer: number, bytes: number) => void;
}

/**
 * Unpacks one layer after the other into the directory `root`, which is there and empty. What a file system cannot keep
 * (an attribute, a device node) is told as a problem.
 * @throws PlimsollError PL0105, PL0107, PL0202, PL0203, PL0720, PL0721, PL0002
 */
export async function unpackToDirectory(
  { layers, reference }: Pick<LayeredTarget, 'layers' | 'reference'>,
  root: string,
  { signal, owners, limits, onProblem = () => {}, onProgress }: UnpackToDirectoryOptions,
): Promise<void> {
  for (const layer of layers) {
    const at = { target: reference, layer: layer.label };
    const entries = layer.entries({
      signal,
      onProblem,
      ...(onProgress ? { onProgress: (bytes) => onProgress(layer.index, bytes) } : {}),
    });
    await applyLayer(entries, root, {
      way: 'onto',
      opaqueAttributes: [],
      owners,
      overlay: false,
      limits: withLimits(limits),
      at,
      signal,
      onLeftOut: (kind, path, reason) =>
        onProblem({
          code: 'PL0721',
          severity: 'warning',
          message: `${kind} left out: ${reason}`,
          at: { ...at, path },
        }),
    });
  }
}
