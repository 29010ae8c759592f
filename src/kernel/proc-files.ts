// Files below /proc that not every kernel has. Readable table: tables/proc-files.tsv.
import data from './generated/proc-files.json' with { type: 'json' };

/** A file below /proc. */
export interface ProcFile {
  /** Absolute. */
  readonly path: string;
  /** First mainline release that has it; undefined: every one, where it is configured. */
  readonly since?: string;
  /** Option of the kernel, with CONFIG_, that makes it. */
  readonly option?: string;
}

const rows = data as unknown as readonly (readonly [
  since: string,
  option: string,
  files: readonly string[],
])[];

/** Every file of the table. */
export const procFiles: readonly ProcFile[] = rows.flatMap(([since, option, files]) =>
  files.map((name) => ({
    path: `/proc/${name}`,
    ...(since === '' ? {} : { since }),
    ...(option === '' ? {} : { option: `CONFIG_${option}` }),
  })),
);
