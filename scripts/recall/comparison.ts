// One program, as it was seen and as it was predicted.

/** What tracing and analysis say of one program of one release. */
export interface Comparison {
  readonly path: string;
  /** In which it ran. */
  readonly workloads: readonly string[];
  readonly seen: readonly string[];
  readonly predicted: readonly string[];
  readonly missed: readonly string[];
  /** What the analysis says is open. */
  readonly open: readonly string[];
}

/** How well a prediction fits what was seen. */
export interface Score {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export function scoreOf({ seen, predicted, missed }: Comparison): Score {
  const hit = seen.length - missed.length;
  const precision = predicted.length === 0 ? 0 : hit / predicted.length;
  const recall = seen.length === 0 ? 1 : hit / seen.length;
  const sum = precision + recall;
  return { precision, recall, f1: sum === 0 ? 0 : (2 * precision * recall) / sum };
}
