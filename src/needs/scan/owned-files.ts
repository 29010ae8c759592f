// What is kept of packages' file lists: six bytes a file. A user space owns some hundred thousand files, of which a check
// names some hundred, so the lists themselves are not worth their memory; the hash of a path tells its owner (that two
// paths of a thousand asked for meet by chance among as many has a probability below one in a million).
import type { PackageFiles } from '../../formats/package-files.ts';

/** The files of one package, packed. */
export interface OwnedFiles {
  readonly name: string;
  readonly version?: string;
  /** Hashes of the paths, base64. */
  readonly files: string;
}

/** Bytes of one hash. */
export const hashBytes = 6;

/** PATH_MAX of Linux. */
const maxPath = 4096;

/** Files that no evidence names. */
const unnamed =
  /^\/usr\/(?:share\/(?:doc|man|locale|info|icons|help|zoneinfo|bug|lintian|licenses)|include)\//;

/** A path's hash: FNV-1a of 32 bits, and 16 bits of a second product; of the path's UTF-8 bytes. */
export function hashOfPath(path: string): number {
  const bytes = Buffer.from(path, 'utf8');
  let low = 0x811c9dc5;
  let high = bytes.length;
  for (const byte of bytes) {
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high + byte, 0x9e3779b1) ^ (high >>> 15);
  }
  return (low >>> 0) + (high >>> 16) * 0x1_0000_0000;
}

/** Text of paths that is hashed for one database: no real one comes near. */
const maxText = 64 * 1024 * 1024;

/** Packs the file lists of packages; packages of which nothing is left are dropped. */
export function packOwned(all: readonly PackageFiles[]): readonly OwnedFiles[] {
  let budget = maxText;
  return all.flatMap(({ name, version, paths }) => {
    // In dpkg's lists a directory stands before what is in it.
    const kept = paths.filter(
      (path, at) =>
        path.length <= maxPath &&
        !unnamed.test(path) &&
        paths[at + 1]?.startsWith(`${path}/`) !== true,
    );
    budget -= kept.reduce((sum, path) => sum + path.length, 0);
    if (kept.length === 0 || budget < 0) return [];
    const packed = Buffer.alloc(hashBytes * kept.length);
    for (const [at, path] of kept.entries())
      packed.writeUIntLE(hashOfPath(path), at * hashBytes, hashBytes);
    return [
      { name, ...(version === undefined ? {} : { version }), files: packed.toString('base64') },
    ];
  });
}
