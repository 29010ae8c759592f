// Which package owns a file, looked up for the few paths that a report names.
import type { Package } from '../formats/package.ts';
import type { FileTree } from '../image/file-tree.ts';
import { hashBytes, hashOfPath, type OwnedFiles } from './scan/owned-files.ts';

/** What owners are looked up in: JSON-safe, for the cache. */
export interface OwnerIndex {
  /** Owners as "name version", with the packed hashes of their files. */
  readonly packages: readonly (readonly [owner: string, files: string])[];
  /** Links to directories, as "/lib" to "/usr/lib": packages may list their files by either name. */
  readonly aliases: readonly (readonly [link: string, directory: string])[];
}

/** The index of a tree without packages. */
export const noOwners: OwnerIndex = { packages: [], aliases: [] };

/** The index of a tree's packages. */
export function ownerIndex(
  owned: readonly OwnedFiles[],
  packages: readonly Package[],
  tree: FileTree,
): OwnerIndex {
  const versions = new Map<string, string>();
  for (const { manager, name, version, architecture, database } of packages) {
    if (manager !== 'dpkg') continue;
    const full = `${name} ${version}`;
    versions.set(name, full).set(`${name}:${architecture}`, full);
    versions.set(database.slice(database.lastIndexOf('/') + 1), full);
  }
  return {
    packages: owned.map(({ name, version, files }) => [
      version === undefined ? (versions.get(name) ?? name) : `${name} ${version}`,
      files,
    ]),
    aliases: owned.length === 0 ? [] : directoryLinks(tree),
  };
}

function directoryLinks(tree: FileTree): [string, string][] {
  return ['', '/usr'].flatMap((folder) =>
    tree.list(folder === '' ? '/' : folder).flatMap((name): [string, string][] => {
      const link = `${folder}/${name}`;
      if (tree.stat(link, { follow: false })?.type !== 'symlink') return [];
      const target = tree.stat(link);
      return target?.type === 'directory' && target.path !== '/' ? [[link, target.path]] : [];
    }),
  );
}

/** Owners of files by path, "name version"; a path that no package owns is absent. */
export function ownersOf(
  { packages, aliases }: OwnerIndex,
  paths: Iterable<string>,
): ReadonlyMap<string, string> {
  const wanted = new Map<number, string[]>();
  const want = (name: string, path: string): void => {
    const hash = hashOfPath(name);
    const known = wanted.get(hash);
    if (known === undefined) wanted.set(hash, [path]);
    else if (!known.includes(path)) known.push(path);
  };
  for (const path of new Set(paths)) {
    want(path, path);
    for (const [link, directory] of aliases) {
      if (path.startsWith(`${directory}/`)) want(link + path.slice(directory.length), path);
      if (path.startsWith(`${link}/`)) want(directory + path.slice(link.length), path);
    }
  }
  const owners = new Map<string, string>();
  if (wanted.size === 0) return owners;
  // Nearly all of the tens of thousands of hashes are nobody's: a look at their lowest 16 bits tells.
  const low = new Uint8Array(0x1_0000);
  for (const hash of wanted.keys()) low[hash & 0xffff] = 1;
  for (const [owner, files] of packages) {
    const packed = Buffer.from(files, 'base64');
    for (let at = 0; at + hashBytes <= packed.length; at += hashBytes) {
      if (low[(packed[at] ?? 0) | ((packed[at + 1] ?? 0) << 8)] === 0) continue;
      const hash = packed.readUIntLE(at, hashBytes);
      for (const path of wanted.get(hash) ?? []) owners.set(path, owner);
    }
  }
  return owners;
}
