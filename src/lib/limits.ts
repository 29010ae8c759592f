// Limits against hostile input: every place that reads foreign bytes counts against one of these. They are data, so
// that a user who really has a larger image raises the one that was hit (`--limit entries=5000000`).

/** What may be read from one target. Sizes in bytes. */
export interface Limits {
  /** Uncompressed bytes of all layers together. */
  readonly totalBytes: number;
  /** Uncompressed bytes of one layer. */
  readonly layerBytes: number;
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Uncompressed bytes for each compressed byte, once a stream has given `ratioFromBytes`. */
  readonly ratio: number;
  /** Uncompressed bytes of a stream before `ratio` counts: small streams of zeros compress without end. */
  readonly ratioFromBytes: number;
  /** Entries of all layers, or of a directory, together. */
  readonly entries: number;
  /** Components of a path. */
  readonly depth: number;
  /** Bytes of a path, and of a link's target (PATH_MAX of Linux). */
  readonly pathBytes: number;
  /** Bytes of one component (NAME_MAX of Linux). */
  readonly nameBytes: number;
  /** Bytes of one entry's extended header: PAX records, a GNU long name, a sparse map. */
  readonly headerBytes: number;
  /** Bytes of all names, link targets and extended attributes that are kept in memory. */
  readonly metadataBytes: number;
  /** Layers of an image. */
  readonly layers: number;
  /** Bytes of a manifest, an index or an image configuration. */
  readonly jsonBytes: number;
  /** Indexes within indexes. */
  readonly indexDepth: number;
  /** Bytes of standard input that are kept in a temporary file. */
  readonly spoolBytes: number;
}

const kib = 1024;
const mib = 1024 * kib;
const gib = 1024 * mib;

/** Wide enough for every honest image that we know of, narrow enough for a laptop. */
export const defaultLimits: Limits = {
  totalBytes: 128 * gib,
  layerBytes: 64 * gib,
  fileBytes: 32 * gib,
  ratio: 200,
  ratioFromBytes: gib,
  entries: 1_000_000,
  depth: 256,
  pathBytes: 4096,
  nameBytes: 255,
  headerBytes: mib,
  metadataBytes: 256 * mib,
  layers: 1024,
  jsonBytes: 8 * mib,
  indexDepth: 4,
  spoolBytes: 64 * gib,
};

/** The default limits with some replaced. */
export function withLimits(overrides: Partial<Limits> = {}): Limits {
  return { ...defaultLimits, ...overrides };
}

const units: Readonly<Record<string, number>> = { '': 1, k: kib, m: mib, g: gib, t: 1024 * gib };

/** `NAME=VALUE` with an optional unit (k, m, g, t: powers of 1024); undefined when it is not a limit. */
export function parseLimit(text: string): Partial<Limits> | undefined {
  const match = /^([a-zA-Z]+)=(\d+)([kmgt]?)(?:i?b)?$/i.exec(text);
  const [, name = '', digits = '', unit = ''] = match ?? [];
  if (!Object.hasOwn(defaultLimits, name)) return undefined;
  const value = Number(digits) * (units[unit.toLowerCase()] ?? 1);
  return Number.isSafeInteger(value) ? { [name]: value } : undefined;
}
