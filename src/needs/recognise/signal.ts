// What recognition of software works with: sources, signals, and how good a source of versions each is.
import type { ElfFacts } from '../../formats/elf-facts.ts';
import type { Package } from '../../formats/package.ts';
import type { FileTree } from '../../image/file-tree.ts';
import type { ImageConfig } from '../../image/image.ts';
import { ownEntry } from '../../lib/own-entry.ts';
import type { SoftwareEntry } from '../software-entry.ts';
import { upstreamVersion } from '../software-version.ts';
import type { Evidence } from '../user-space.ts';

/** What recognition looks at; a UserSpace without its software has all of it. */
export interface SoftwareSources {
  readonly config?: ImageConfig;
  readonly tree: FileTree;
  readonly elves: readonly { readonly path: string; readonly facts: ElfFacts }[];
  readonly packages: readonly Package[];
  readonly texts: readonly string[];
  text(path: string): string | undefined;
}

/** Ranks of version sources: the lowest wins. */
export const rank = {
  text: 0,
  env: 1,
  package: 2,
  language: 3,
  path: 4,
  mark: 5,
  none: 9,
} as const;

/** One reason to believe that an entry's software is there. */
export interface Signal {
  readonly rank: number;
  readonly version?: string;
  readonly evidence: Evidence;
}

/** Takes a signal of an entry. */
export type Found = (entry: SoftwareEntry, signal: Signal) => void;

/** Paths that one pattern may find. */
export const maximumPaths = 64;

/** The upstream version, where there is one. */
export const versioned = (version: string | undefined) => {
  const plain = version === undefined ? undefined : upstreamVersion(version);
  return plain === undefined ? {} : { version: plain };
};

/** "NAME" or "NAME=REGEX" against a table of strings; the version is the first group, or else the value. */
export function matchValue(
  condition: string,
  table: Readonly<Record<string, string>>,
): { name: string; value: string; version?: string } | undefined {
  const at = condition.indexOf('=');
  const name = at < 0 ? condition : condition.slice(0, at);
  const value = ownEntry(table, name);
  if (value === undefined) return undefined;
  const shown = { name, value: value.slice(0, 200) };
  if (at < 0) return { ...shown, version: shown.value };
  const groups = new RegExp(condition.slice(at + 1), 'u').exec(value.slice(0, 4096));
  if (groups === null) return undefined;
  return groups[1] === undefined ? shown : { ...shown, version: groups[1] };
}
