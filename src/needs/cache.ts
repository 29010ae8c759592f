/** Facts of layers and files that were read before, kept in one SQLite file. */
export interface AnalysisCache {
  close(): void;
}
