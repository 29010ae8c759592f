// The history of an image, the newest step first: which steps made which layers (OCI image specification, config.md,
// `history`). A step without `empty_layer` made the next layer.
import type { ImageConfig } from './image.ts';

/** One step. */
export interface HistoryStep {
  /** The layer that the step made, 0 the lowest; absent for one that changed no files. */
  readonly layer?: number;
  /** As the configuration has it; absent where it does not say. */
  readonly created?: string;
  readonly createdBy: string;
  readonly comment: string;
}

/** The steps, the newest first. Layers of which the history does not tell stand as steps without words. */
export function historySteps(
  { history }: Pick<ImageConfig, 'history'>,
  layers: number,
): readonly HistoryStep[] {
  const steps: HistoryStep[] = [];
  let next = 0;
  for (const { createdBy = '', comment = '', created, emptyLayer } of history) {
    const layer = emptyLayer || next >= layers ? undefined : next++;
    steps.push({
      ...(layer === undefined ? {} : { layer }),
      ...(created === undefined ? {} : { created }),
      createdBy,
      comment,
    });
  }
  while (next < layers) steps.push({ layer: next++, createdBy: '', comment: '' });
  return steps.reverse();
}
