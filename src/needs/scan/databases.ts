// Where package databases and packages' own metadata lie, and who reads them.
import type { Parsed } from '../../diag/diagnostic.ts';
import { parseApk } from '../../formats/apk.ts';
import { parseDpkg } from '../../formats/dpkg.ts';
import type { Package } from '../../formats/package.ts';
import { parsePacman } from '../../formats/pacman.ts';
import { parseRpm, rpmDatabasePaths } from '../../formats/rpm.ts';

const mib = 1024 * 1024;

/** One kind of database. */
export interface Database {
  readonly path: RegExp;
  /** The largest file that is read, in bytes. */
  readonly limit: number;
  parse(bytes: Uint8Array, path: string): Parsed<readonly Package[]>;
}

/** Every kind that is known, the most frequent last. */
const databases: readonly Database[] = [
  {
    path: /^\/var\/lib\/dpkg\/(?:status|status\.d\/[^/]+(?<!\.md5sums))$|^\/opt\/[^/]+\/var\/lib\/dpkg\/status$/,
    limit: 64 * mib,
    parse: parseDpkg,
  },
  { path: /^\/(?:usr\/)?lib\/apk\/db\/installed$/, limit: 64 * mib, parse: parseApk },
  { path: new RegExp(`^(?:${rpmDatabasePaths.join('|')})$`), limit: 512 * mib, parse: parseRpm },
  { path: /^\/var\/lib\/pacman\/local\/[^/]+\/desc$/, limit: mib, parse: parsePacman },
];

/** The database that a path is, if any. */
export function databaseAt(path: string): Database | undefined {
  return databases.find((database) => database.path.test(path));
}
