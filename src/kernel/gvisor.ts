// gVisor serves system calls itself, in user space, from a table of its own on amd64 and arm64; a number without an
// entry gets ENOSYS. Readable table: tables/gvisor.tsv. No 32-bit program runs in it.

import { ownEntry } from '../lib/own-entry.ts';
import type { Abi } from './abi.ts';
import data from './generated/gvisor.json' with { type: 'json' };

export interface GvisorCall {
  readonly support: 'full' | 'partial' | 'none';
  /** First release tag that serves it, as "20190722.1" (the oldest that was read). */
  readonly since?: string;
  /** With support 'none': what the call gets. */
  readonly errno?: string;
  /** With support 'none': EPERM comes first for those who lack this. */
  readonly capability?: string;
  readonly note?: string;
}

const table: Readonly<Record<string, readonly string[]>> = data;
const supports: Readonly<Record<string, GvisorCall['support']>> = {
  f: 'full',
  p: 'partial',
  n: 'none',
};

/** The release that gVisor shows in uname: 4.4.0 until the tags of April 2026, then 4.19.0-gvisor. */
export function gvisorRelease(tag?: string): string {
  return tag !== undefined && tag < '20260427' ? '4.4.0' : '4.19.0-gvisor';
}

/**
 * What gVisor makes of a call; undefined for an ABI that it does not run. `tag` is its release ("20230925.0"): a call
 * that came later is 'none' there; absent: the newest that is known.
 */
export function gvisorCall(name: string, abi: Abi, tag?: string): GvisorCall | undefined {
  if (abi !== 'x86_64' && abi !== 'aarch64') return undefined;
  const [marks = '', since = '', errno = '', capability = '', note = ''] =
    ownEntry(table, name) ?? [];
  const support = supports[marks[abi === 'x86_64' ? 0 : 1] ?? ''] ?? 'none';
  const given = {
    ...(since === '' ? {} : { since }),
    ...(note === '' ? {} : { note }),
  };
  if (support === 'none') {
    return {
      support,
      errno: errno === '' ? 'ENOSYS' : errno,
      ...(capability === '' ? {} : { capability }),
      ...given,
    };
  }
  // Release tags are dates, so that their order is that of their texts.
  if (tag !== undefined && since !== '' && tag < since)
    return { support: 'none', errno: 'ENOSYS', ...given };
  return { support, ...given };
}
