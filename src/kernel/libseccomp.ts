// What libseccomp knows. A runtime asks it for the number of each name in a profile; a name that it does not know is
// left out with a warning, so that the call gets the filter's default action: EPERM with docker, where a profile from
// the same year would have allowed it. That is why `statx` failed under an old libseccomp though docker allowed it.

import { ownEntry } from '../lib/own-entry.ts';
import { compareVersions } from '../lib/version.ts';
import type { Abi } from './abi.ts';
import data from './generated/libseccomp.json' with { type: 'json' };

const names: Readonly<Record<string, string>> = data.names;

/** First libseccomp release that has the call's number on that ABI; undefined when none has. */
export function libseccompSince(name: string, abi: Abi): string | undefined {
  // x32 has no table of its own before 2.2, and shares x86-64's since.
  const at = data.abis.indexOf(abi === 'x32' ? 'x86_64' : abi);
  const [since = '', ...columns] = ownEntry(names, name)?.split(' ') ?? [];
  const column = columns[at];
  if (column === undefined || column === '-') return undefined;
  return column === '=' ? since : column;
}

/** Whether that libseccomp release can put the call into a filter for that ABI. */
export function libseccompKnows(version: string, name: string, abi: Abi): boolean {
  const since = libseccompSince(name, abi);
  return since !== undefined && compareVersions(version, since) >= 0;
}
