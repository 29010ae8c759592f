// Where package databases and packages' own metadata lie, and who reads them.
import type { Parsed } from '../../diag/diagnostic.ts';
import type { Package } from '../../formats/package.ts';

/** One kind of database. */
export interface Database {
  readonly path: RegExp;
  /** The largest file that is read, in bytes. */
  readonly limit: number;
  parse(bytes: Uint8Array, path: string): Parsed<readonly Package[]>;
}

/** Every kind that is known, the most frequent last. */
export const databases: readonly Database[] = [];

/** The database that a path is, if any. */
export function databaseAt(path: string): Database | undefined {
  return databases.find((database) => database.path.test(path));
}
