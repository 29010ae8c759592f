// rpm's database of installed packages in all its forms. All three keep one rpm header (src/formats/rpm-header.ts)
// a package; only the container differs:
//   Packages        Berkeley DB hash table  (rpm up to 4.15: RHEL 5-8, Amazon Linux 2, SLES 11-12)
//   Packages.db     NDB, rpm's own          (openSUSE, SLES 15 SP3 and later)
//   rpmdb.sqlite    SQLite                  (Fedora 33, RHEL 9 and later)
import type { Diagnostic, Parsed } from '../diag/diagnostic.ts';
import { berkeleyHashValues, isBerkeleyHash } from './berkeley-db.ts';
import { isNdb, ndbBlobs } from './ndb.ts';
import type { Package } from './package.ts';
import type { PackageFiles } from './package-files.ts';
import { readRpmFiles, readRpmHeader } from './rpm-header.ts';
import { isSqlite, sqliteBlobs } from './sqlite.ts';

/** Where rpm keeps its database, newest place first. */
export const rpmDatabasePaths = [
  '/usr/lib/sysimage/rpm/rpmdb.sqlite',
  '/usr/lib/sysimage/rpm/Packages.db',
  '/usr/lib/sysimage/rpm/Packages',
  '/var/lib/rpm/rpmdb.sqlite',
  '/var/lib/rpm/Packages.db',
  '/var/lib/rpm/Packages',
] as const;

/**
 * Installed packages, in the database's order; the form is told from the bytes. The pseudo-packages "gpg-pubkey" that
 * hold imported keys are left out.
 */
export function parseRpm(bytes: Uint8Array, database: string): Parsed<readonly Package[]> {
  const problems: Diagnostic[] = [];
  const problem = (message: string, offset?: number): void => {
    problems.push({
      code: 'PL0204',
      severity: 'warning',
      message,
      at: { path: database, ...(offset === undefined ? {} : { offset }) },
    });
  };
  const packages: Package[] = [];
  let index = 0;
  for (const blob of headersOf(bytes, problem)) {
    index++;
    const found = readRpmHeader(blob);
    if (!found) {
      problem(`entry ${index} of the rpm database holds no readable header`);
    } else if (found.name !== 'gpg-pubkey') {
      packages.push({ manager: 'rpm', ...found, database });
    }
  }
  return { value: packages, problems };
}

/** The files of each installed package. */
export function parseRpmFiles(bytes: Uint8Array): readonly PackageFiles[] {
  const found: PackageFiles[] = [];
  for (const blob of headersOf(bytes, () => {})) {
    const header = readRpmHeader(blob);
    if (header === undefined) continue;
    found.push({ name: header.name, version: header.version, paths: readRpmFiles(blob) });
  }
  return found;
}

function* headersOf(
  bytes: Uint8Array,
  problem: (message: string, offset?: number) => void,
): Generator<Buffer> {
  // Each entry has bytes of its own; a table that names the same bytes over and over is made to keep us busy.
  let budget = 2 * bytes.length;
  let index = 0;
  for (const blob of blobsOf(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    problem,
  )) {
    budget -= blob.length;
    if (budget < 0) {
      problem(`entries of the rpm database overlap: only the first ${index} are read`);
      return;
    }
    index++;
    yield blob;
  }
}

function blobsOf(
  bytes: Buffer,
  problem: (message: string, offset?: number) => void,
): Iterable<Buffer> {
  if (isSqlite(bytes)) return sqliteBlobs(bytes, 'Packages', 1, problem);
  if (isNdb(bytes)) return ndbBlobs(bytes, problem);
  if (isBerkeleyHash(bytes)) return berkeleyHashValues(bytes, problem);
  problem('rpm database is neither SQLite, NDB nor a Berkeley DB hash', 0);
  return [];
}
