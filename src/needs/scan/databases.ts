// Where package databases and packages' own metadata lie, and who reads them.
import type { Parsed } from '../../diag/diagnostic.ts';
import { parseApk } from '../../formats/apk.ts';
import { parseDpkg } from '../../formats/dpkg.ts';
import { languagePackageKind, parseLanguagePackage } from '../../formats/language-packages.ts';
import type { Package } from '../../formats/package.ts';
import {
  type PackageFiles,
  parseApkFiles,
  parseDpkgList,
  parseMd5sums,
  parsePacmanFiles,
} from '../../formats/package-files.ts';
import { parsePacman } from '../../formats/pacman.ts';
import { parseRpm, parseRpmFiles, rpmDatabasePaths } from '../../formats/rpm.ts';

const mib = 1024 * 1024;

/** One kind of database. */
export interface Database {
  readonly path: RegExp;
  /** The largest file that is read, in bytes. */
  readonly limit: number;
  parse(bytes: Uint8Array, path: string): Parsed<readonly Package[]>;
  /** The files of its packages, where it lists them. */
  files?(bytes: Uint8Array, path: string): readonly PackageFiles[];
}

const noPackages = (): Parsed<readonly Package[]> => ({ value: [], problems: [] });

/** Every kind that is known. */
const databases: readonly Database[] = [
  {
    path: /^\/var\/lib\/dpkg\/(?:status|status\.d\/[^/]+(?<!\.md5sums))$|^\/opt\/[^/]+\/var\/lib\/dpkg\/status$/,
    limit: 64 * mib,
    parse: parseDpkg,
  },
  {
    path: /^\/(?:usr\/)?lib\/apk\/db\/installed$/,
    limit: 64 * mib,
    parse: parseApk,
    files: parseApkFiles,
  },
  {
    path: new RegExp(`^(?:${rpmDatabasePaths.join('|')})$`),
    limit: 512 * mib,
    parse: parseRpm,
    files: parseRpmFiles,
  },
  { path: /^\/var\/lib\/pacman\/local\/[^/]+\/desc$/, limit: mib, parse: parsePacman },
  {
    path: /^\/var\/lib\/dpkg\/info\/[^/]+\.list$/,
    limit: 16 * mib,
    parse: noPackages,
    files: parseDpkgList,
  },
  {
    path: /^\/var\/lib\/dpkg\/status\.d\/[^/]+\.md5sums$/,
    limit: 16 * mib,
    parse: noPackages,
    files: parseMd5sums,
  },
  {
    path: /^\/var\/lib\/pacman\/local\/[^/]+\/files$/,
    limit: 16 * mib,
    parse: noPackages,
    files: parsePacmanFiles,
  },
];

/** Metadata of one language package: a few kilobytes, but for a jar that holds others. */
const metadata = { limit: 4 * mib, parse: parseLanguagePackage };
const archive = { limit: 256 * mib, parse: parseLanguagePackage };

/** The database that a path is, or the language package; undefined for any other file. */
export function databaseAt(path: string): Omit<Database, 'path'> | undefined {
  const database = databases.find((each) => each.path.test(path));
  if (database !== undefined) return database;
  const kind = languagePackageKind(path);
  return kind === undefined ? undefined : kind === 'jar' ? archive : metadata;
}
