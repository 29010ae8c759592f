// What a kernel mounts: types of file systems, mount options, features of on-disk formats. Readable table:
// tables/file-systems.tsv.
import data from './generated/file-systems.json' with { type: 'json' };

/** A type of file system. */
export interface FileSystemType {
  readonly name: string;
  /** First mainline release; '': never in mainline. */
  readonly since: string;
  /** First mainline release without it. */
  readonly until?: string;
  /** Kernel option, with CONFIG_, that builds it. */
  readonly option?: string;
}

/** A mount option that came later than its file system. */
export interface MountOption {
  readonly type: string;
  readonly name: string;
  /** What its value begins with; undefined: any value. */
  readonly value?: string;
  readonly since: string;
}

/** Part of an on-disk format that came later than the format. */
export interface FormatFeature {
  readonly type: string;
  /** A field of the superblock, and the bits of it. */
  readonly field: string;
  readonly mask: bigint;
  readonly since: string;
}

type Row = readonly [
  kind: string,
  name: string,
  since: string,
  until: string,
  option: string,
  names: readonly string[],
];
const rows = data as unknown as readonly Row[];

/** The types whose presence depends on release or configuration. */
export const fileSystemTypes: readonly FileSystemType[] = rows
  .filter(([kind]) => kind === 'type')
  .map(([, name, since, until, option]) => ({
    name,
    since,
    ...(until === '' ? {} : { until }),
    ...(option === '' ? {} : { option: `CONFIG_${option}` }),
  }));

/** Mount options by release. */
export const mountOptions: readonly MountOption[] = rows
  .filter(([kind]) => kind === 'option')
  .flatMap(([, type, since, , , names]) =>
    names.map((text) => {
      const at = text.indexOf('=');
      return at < 0
        ? { type, name: text, since }
        : { type, name: text.slice(0, at), value: text.slice(at + 1), since };
    }),
  );

/** Features of formats by release. */
export const formatFeatures: readonly FormatFeature[] = rows
  .filter(([kind]) => kind === 'feature')
  .flatMap(([, type, since, , , names]) =>
    names.map((text) => {
      const [field = '', mask = '0'] = text.split(':');
      return { type, field, mask: BigInt(mask), since };
    }),
  );

/** The release from which on fsconfig(2) refuses an option itself; before, the mount does. Undefined: always. */
export function refusesOptionsSince(type: string): string | undefined {
  return rows.find(([kind, name]) => kind === 'context' && name === type)?.[2];
}
