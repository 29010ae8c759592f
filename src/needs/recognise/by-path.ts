// Software by files: paths, commands wherever they lie, jars, libraries.
import type { FileTree } from '../../image/file-tree.ts';
import { type BaseNames, findPaths, nameMatcher } from '../name-pattern.ts';
import type { SoftwareEntry } from '../software-entry.ts';
import { type Found, maximumPaths, rank, type SoftwareSources, versioned } from './signal.ts';

/** Signals of files. */
export function matchPaths(
  { tree }: SoftwareSources,
  entries: readonly SoftwareEntry[],
  baseNames: () => BaseNames,
  found: Found,
): void {
  const commands = nameMatcher<SoftwareEntry>();
  const jars = nameMatcher<SoftwareEntry>();
  const libraries = nameMatcher<SoftwareEntry>();
  for (const entry of entries) {
    for (const pattern of entry.paths ?? []) {
      for (const { path, version } of findPaths(tree, baseNames, pattern, maximumPaths)) {
        found(entry, {
          rank: rank.path,
          ...versioned(version),
          evidence: { path, detail: `${path} is there` },
        });
      }
    }
    for (const name of entry.commands ?? []) commands.add(name, entry);
    for (const name of entry.jars ?? []) if (name.endsWith('.jar')) jars.add(name, entry);
    for (const name of entry.libraries ?? []) libraries.add(name, entry);
  }
  for (const [name, paths] of baseNames()) {
    const hits = [
      ...commands.match(name).map((hit) => ({ ...hit, what: 'command' })),
      ...(name.endsWith('.jar') ? jars.match(name).map((hit) => ({ ...hit, what: 'jar' })) : []),
      ...(name.includes('.so')
        ? libraries.match(name).map((hit) => ({ ...hit, what: 'library' }))
        : []),
    ];
    for (const { value, version, what } of hits) {
      for (const path of paths.slice(0, maximumPaths)) {
        if (what === 'command' && !isCommand(tree, path)) continue;
        found(value, {
          rank: rank.path,
          ...versioned(version),
          evidence: { path, detail: `${what} ${name}` },
        });
      }
    }
  }
}

/** An executable file, or a link in a directory for programs. */
function isCommand(tree: FileTree, path: string): boolean {
  const node = tree.stat(path, { follow: false });
  if (node?.type === 'symlink') return /\/s?bin\/[^/]+$/.test(path);
  return node?.type === 'file' && (node.mode & 0o111) !== 0;
}
