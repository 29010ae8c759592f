// How distributions configure their kernels, on x86-64 and AArch64: the options that rules, gates of calls and engines
// ask for, not all. Readable table: tables/kernel-configs.tsv.
import { compareVersions } from '../lib/version.ts';
import type { Distribution } from './distributions.ts';
import data from './generated/kernel-configs.json' with { type: 'json' };
import { compareReleases } from './release.ts';

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

/** Whose configurations go by the kernel's release, not by the distribution's. */
const byKernel = new Set(['alpine', 'amzn', 'bottlerocket', 'cos', 'flatcar', 'ol', 'pve']);

/** Releases that start another one's kernel, as far as it was read. */
function builtAs({ id, version, base, carries }: Subject): readonly [id: string, version: string] {
  if (id === 'rhcos' && carries !== undefined) return ['rhel', carries.from];
  if (base !== undefined) {
    if (id === 'gke' && !version.endsWith('-ubuntu')) return ['cos', base];
    if (id === 'docker-desktop') return ['linuxkit', base];
    if (id === 'eks') return ['amzn', base];
    if (byKernel.has(id)) return [id, base];
  }
  return [id, version];
}

type Subject = Pick<Distribution, 'id' | 'version' | 'base' | 'carries'>;

/** The configuration of a release's kernel on a machine (uname -m); undefined where none was read. */
export function kernelConfigOf(release: Subject, machine = 'x86_64'): KernelConfig | undefined {
  const [id, version] = builtAs(release);
  const row = data.kernels.findLast(
    (kernel) =>
      kernel.id === id && kernel.machine === machine && compareVersions(kernel.from, version) <= 0,
  );
  if (row === undefined) return undefined;
  // What an older kernel did not have, and what was off in it, a newer one may have on.
  const newer = release.base !== undefined && compareReleases(release.base, row.base) > 0;
  const options: Record<string, string> = {};
  for (const [at, option] of data.options.entries()) {
    const letter = row.values[at];
    if (letter === undefined || !letters.has(letter) || (newer && letter === 'n')) continue;
    options[`CONFIG_${option}`] = letter;
  }
  return { options, read: `${row.id}:${row.read}`, source: row.source };
}

/** How many kernels must have been read before their agreement says something, and what share of them must agree. */
const enough = 8;
const nearlyAll = 0.9;

/** How many of the kernels that were read have an option. */
export interface Share {
  readonly on: number;
  readonly of: number;
}

/**
 * The share of configurations in the tables that have an option on, where that is nearly all of them (nine in ten);
 * undefined otherwise, and for an option that too few of them tell of. Only kernels count that are not older than
 * `since`, the release that brought what the option gates.
 */
export function nearlyAlwaysBuilt(option: string, since: string | undefined): Share | undefined {
  const at = data.options.indexOf(option.replace(/^CONFIG_/, ''));
  if (at < 0) return undefined;
  let on = 0;
  let of = 0;
  for (const { values, base } of data.kernels) {
    const letter = values[at];
    if (letter === undefined || !letters.has(letter)) continue;
    if (since !== undefined && compareReleases(base, since) < 0) continue;
    of++;
    if (letter !== 'n') on++;
  }
  return of >= enough && on >= nearlyAll * of ? { on, of } : undefined;
}
