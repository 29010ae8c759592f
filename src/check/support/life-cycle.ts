// Ends of support of distributions (src/check/support/life-cycles.json), for user spaces and hosts alike. Dates are
// facts published by the distributions, each with its source; where only a major release has dates, minor ones share them.

import { ownEntry } from '../../lib/own-entry.ts';
import { compareVersions } from '../../lib/version.ts';
import table from './life-cycles.json' with { type: 'json' };

interface LifeCycleEntry {
  /** ID of os-release. */
  readonly id: string;
  readonly name: string;
  readonly source: string;
  /** What the extended support is called. */
  readonly extendedBy?: string;
  /** Rolling releases end only with the next update. */
  readonly rolling?: boolean;
  readonly releases: Readonly<
    Record<string, { readonly standard?: string; readonly extended?: string }>
  >;
}

/** The life cycle of one release. Dates as "2026-07-11": the last day. */
export interface LifeCycle {
  readonly name: string;
  readonly release: string;
  readonly source: string;
  readonly standard?: string;
  readonly extended?: string;
  readonly extendedBy?: string;
  /** The newest release that is still in standard support on the day asked for. */
  readonly successor?: string;
}

const entries: readonly LifeCycleEntry[] = table;

/** Other names of the same distribution in os-release files and host names. */
const aliases: Readonly<Record<string, string>> = {
  'amazon-linux': 'amzn',
  'oracle-linux': 'ol',
  oracle: 'ol',
  sle: 'sles',
  'sle-micro': 'sles',
  opensuse: 'opensuse-leap',
  redhat: 'rhel',
  rockylinux: 'rocky',
};

/**
 * The life cycle of a distribution's release; undefined where it has none or is not known.
 * @param prettyName tells CentOS Stream 8 from CentOS Linux 8, which share ID and VERSION_ID
 */
export function lifeCycleOf(
  id: string,
  version: string,
  today: string,
  prettyName = '',
): LifeCycle | undefined {
  const known = ownEntry(aliases, id) ?? id;
  const wanted =
    known === 'centos' && (/stream/i.test(prettyName) || Number(version) >= 9)
      ? 'centos-stream'
      : known;
  const entry = entries.find((one) => one.id === wanted);
  if (entry === undefined) return undefined;
  const release = releaseOf(entry, version);
  const dates = release === undefined ? undefined : entry.releases[release];
  if (release === undefined || dates === undefined) return undefined;
  const successor = Object.entries(entry.releases)
    .filter(([, { standard }]) => standard !== undefined && standard >= today)
    .map(([name]) => name)
    .sort(compareVersions)
    .at(-1);
  return {
    name: entry.name,
    release,
    source: entry.source,
    ...dates,
    ...(entry.extendedBy === undefined ? {} : { extendedBy: entry.extendedBy }),
    ...(successor === undefined ? {} : { successor }),
  };
}

/** "3.19" for Alpine's "3.19.1", "8" for RHEL's "8.10": the longest name in the table that the version begins with. */
function releaseOf(entry: LifeCycleEntry, version: string): string | undefined {
  const parts = version.split('.');
  for (let length = parts.length; length > 0; length--) {
    const name = parts.slice(0, length).join('.');
    if (Object.hasOwn(entry.releases, name)) return name;
  }
  return undefined;
}

/** Where a release stands on a day. */
export type SupportState = 'standard' | 'extended' | 'ended';

/** Where a release stands; undefined where its dates are not known. */
export function supportState(cycle: LifeCycle, today: string): SupportState | undefined {
  if (cycle.standard === undefined) return undefined;
  if (today <= cycle.standard) return 'standard';
  return cycle.extended !== undefined && today <= cycle.extended ? 'extended' : 'ended';
}
