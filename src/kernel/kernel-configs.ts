// How distributions configure their x86-64 kernels: the options that rules, gates of calls and engines ask for, not all.
// Readable table: tables/kernel-configs.tsv.
import { compareVersions } from '../lib/version.ts';
import type { Distribution } from './distributions.ts';
import data from './generated/kernel-configs.json' with { type: 'json' };

/** Part of a kernel's configuration. */
export interface KernelConfig {
  /** CONFIG_X → y, m or n (off, or not in that kernel at all). An option that is not here is unknown. */
  readonly options: Readonly<Record<string, string>>;
  /** Release whose configuration it is: "rhel:9.4". The nearest one that was read. */
  readonly read: string;
  /** File that it was read from. */
  readonly source: string;
}

const letters = new Set(['y', 'm', 'n']);

/** Releases that start another one's kernel, as far as it was read. */
function builtAs({ id, version, base, carries }: Subject): readonly [id: string, version: string] {
  if (id === 'rhcos' && carries !== undefined) return ['rhel', carries.from];
  if (id === 'docker-desktop' && base !== undefined) return ['linuxkit', base];
  return [id, version];
}

type Subject = Pick<Distribution, 'id' | 'version' | 'base' | 'carries'>;

/** The configuration of a release's x86-64 kernel; undefined where none was read. */
export function kernelConfigOf(release: Subject): KernelConfig | undefined {
  const [id, version] = builtAs(release);
  const row = data.kernels.findLast(
    (kernel) => kernel.id === id && compareVersions(kernel.from, version) <= 0,
  );
  if (row === undefined) return undefined;
  const options: Record<string, string> = {};
  for (const [at, option] of data.options.entries()) {
    const letter = row.values[at];
    if (letter !== undefined && letters.has(letter)) options[`CONFIG_${option}`] = letter;
  }
  return { options, read: `${row.id}:${row.read}`, source: row.source };
}
