// Which files packages own, as their databases list them. rpm's are in its headers (src/formats/rpm.ts).
// Sources: dpkg's info/*.list (one absolute path a line) and *.md5sums ("digest  path" without the first slash), apk's
// F: and R: lines, pacman's local/*/files.
import { decodeText } from './text.ts';

/** Files of one package, absolute; directories may be among them. */
export interface PackageFiles {
  readonly name: string;
  /** Absent where the list does not tell it: dpkg's. */
  readonly version?: string;
  readonly paths: readonly string[];
}

/** Files of one apk database that are read: a longer list is made to keep us busy. */
const maxFiles = 1_000_000;

const lastName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** A file /var/lib/dpkg/info/NAME[:ARCHITECTURE].list. */
export function parseDpkgList(bytes: Uint8Array, database: string): readonly PackageFiles[] {
  const paths = decodeText(bytes)
    .split('\n')
    .filter((line) => line.startsWith('/') && line !== '/.');
  return [{ name: lastName(database).replace(/\.list$/, ''), paths }];
}

/** A file NAME.md5sums beside the package's own in /var/lib/dpkg/status.d. */
export function parseMd5sums(bytes: Uint8Array, database: string): readonly PackageFiles[] {
  const paths = decodeText(bytes)
    .split('\n')
    .flatMap((line) => {
      const path = /^[0-9a-f]{32} [ *](?:\.?\/)?(\S.*)$/.exec(line)?.[1];
      return path === undefined ? [] : [`/${path}`];
    });
  return [{ name: lastName(database).replace(/\.md5sums$/, ''), paths }];
}

/** apk's database: within a stanza F: names a directory and R: a file in it. */
export function parseApkFiles(bytes: Uint8Array): readonly PackageFiles[] {
  const found: PackageFiles[] = [];
  let left = maxFiles;
  for (const stanza of decodeText(bytes).split('\n\n')) {
    let name: string | undefined;
    let version: string | undefined;
    let folder = '';
    const paths: string[] = [];
    for (const line of stanza.split('\n')) {
      const value = line.slice(2);
      if (line.startsWith('P:')) name = value;
      else if (line.startsWith('V:')) version = value;
      else if (line.startsWith('F:')) folder = value === '' ? '' : `/${value}`;
      else if (line.startsWith('R:') && left-- > 0) paths.push(`${folder}/${value}`);
    }
    if (name !== undefined && version !== undefined && paths.length > 0)
      found.push({ name, version, paths });
  }
  return found;
}

/** A file /var/lib/pacman/local/NAME-VERSION-RELEASE/files: directories end in a slash. */
export function parsePacmanFiles(bytes: Uint8Array, database: string): readonly PackageFiles[] {
  const [, name, version] = /\/([^/]+)-([^-/]+-[^-/]+)\/files$/.exec(database) ?? [];
  if (name === undefined || version === undefined) return [];
  const lines = decodeText(bytes).split('\n');
  const from = lines.indexOf('%FILES%') + 1;
  if (from === 0) return [];
  const length = lines.slice(from).indexOf('');
  const paths = lines
    .slice(from, length === -1 ? lines.length : from + length)
    .filter((line) => !line.endsWith('/'))
    .map((line) => `/${line}`);
  return [{ name, version, paths }];
}
