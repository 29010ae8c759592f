// Where things lie in a store. One file names all places, so that `store check` can tell a foreign file.
//
//   store.db                 SQLite, write-ahead log: names, images, references, leases, snapshots
//   names.json               copy of the names, for `store check --repair` when store.db is lost
//   lock                     held shared by everyone who writes, alone by a repair
//   content/sha256/<hex>     complete, verified blobs; they come here by rename only
//   ingest/sha256-<hex>      what has come of a blob so far; its writer holds a lock on it
//   ingest/new-<random>      the same for bytes whose digest is not known yet
//   leases/<id>              locked by the process that holds the lease
//   trash/<random>           what a collection took out, before it is unlinked
//   snapshots/<driver>/…     see snapshots/
import { join } from 'node:path';
import type { Digest } from '../image/image.ts';

/** Absolute paths of a store's parts. */
export interface StoreLayout {
  readonly root: string;
  readonly database: string;
  readonly names: string;
  readonly lock: string;
  readonly content: string;
  readonly ingest: string;
  readonly leases: string;
  readonly trash: string;
  readonly snapshots: string;
}

/** The parts of the store at `root`, an absolute path. */
export function storeLayout(root: string): StoreLayout {
  return {
    root,
    database: join(root, 'store.db'),
    names: join(root, 'names.json'),
    lock: join(root, 'lock'),
    content: join(root, 'content'),
    ingest: join(root, 'ingest'),
    leases: join(root, 'leases'),
    trash: join(root, 'trash'),
    snapshots: join(root, 'snapshots'),
  };
}

/** Where the blob lies. A Digest is hex of a registered algorithm (isDigest), so nothing else becomes part of a path. */
export function blobPath({ content }: StoreLayout, digest: Digest): string {
  return join(content, digest.replace(':', '/'));
}

/** Where the blob lies while it comes in. */
export function ingestPath({ ingest }: StoreLayout, digest: Digest): string {
  return join(ingest, digest.replace(':', '-'));
}
