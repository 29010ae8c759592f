// Blobs by digest, as files. The rule that all safety rests on: a file in content/ is whole and was verified, because
// the only way in is a rename of a file whose size and digest were just found right. Everything else (half a download,
// a name of a killed process) lies in ingest/ and is never taken for content. No database is needed to read or to add a
// blob, so that worker threads can do both.
import type { BlobSource } from '../image/blob-source.ts';
import type { Descriptor, Digest } from '../image/image.ts';

/** Keeps blobs from being collected; what a lease does. Told of a digest before it is looked for or put in place. */
export interface Protection {
  protect(digests: readonly Digest[]): void;
}

/** What is known of a blob that is to be stored. */
export type BlobToStore = Pick<Descriptor, 'digest' | 'size' | 'mediaType'>;

/** A blob that is being written. Exactly one of commit, keep and discard ends it. */
export interface Ingest {
  /** The file that grows. It may be opened to read along; commit renames it. */
  readonly path: string;
  /**
   * Bytes that are there already, from an earlier attempt; they were read and are part of the hash. Writing goes on
   * from here: ask the registry for the rest.
   */
  readonly offset: number;
  /** Bytes so far, `offset` included. */
  readonly size: number;
  /**
   * Adds bytes at the end and hashes them. The chunk may be used again once the promise is settled; waiting for each
   * keeps memory bounded.
   * @throws PlimsollError PL0105 as soon as there are more bytes than the descriptor says; PL0701, PL0702
   */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Starts again from nothing: when the server cannot resume, or what was kept turned out wrong.
   * @throws PlimsollError PL0701, PL0702
   */
  restart(): Promise<void>;
  /**
   * Verifies size and digest and puts the blob in place. Too few bytes are kept for a new attempt; what does not verify is
   * removed, so that a new attempt starts from nothing: with `offset` > 0 that is worth making at once.
   * @throws PlimsollError PL0105, PL0701, PL0702
   */
  commit(): Promise<Descriptor>;
  /** Stops and leaves what has come for a later attempt. Never throws. */
  keep(): Promise<void>;
  /** Stops and removes what has come. Never throws. */
  discard(): Promise<void>;
}

/** How a blob is written. */
export interface IngestOptions {
  /** Stops the waiting for another process that writes the same blob. */
  readonly signal: AbortSignal;
  /** Told of the digest before the blob is in place: see Lease. */
  readonly protection: Protection;
}

/** Blobs by digest. */
export interface ContentStore {
  /** Size in bytes of a blob that is there. */
  stat(digest: Digest): { readonly size: number } | undefined;
  /** The bytes of a blob that is there; its identity lets caches of facts know it again. */
  open(digest: Digest): BlobSource | undefined;
  /**
   * The bytes of a small blob, verified.
   * @throws PlimsollError PL0105 damaged, PL0106 not there, PL0107 larger than `limit`
   */
  read(digest: Digest, limit?: number): Buffer;
  /**
   * As `read`, without hashing it once more: what lies there was verified when it came. Hashing has OpenSSL loaded, which
   * costs a start 4 ms.
   * @throws PlimsollError PL0106 not there, PL0107 larger than `limit`
   */
  readAsKept(digest: Digest, limit?: number): Buffer;
  /**
   * Starts to write a blob. Only one process writes a blob: while another does, this waits. undefined when the blob
   * is there, before or after the waiting. Without a descriptor the digest is found by hashing (sha256).
   * @throws PlimsollError PL0002, PL0701, PL0702
   */
  ingest(blob: BlobToStore | undefined, options: IngestOptions): Promise<Ingest | undefined>;
  /** All blobs that are there, with sizes in bytes. */
  list(): readonly { readonly digest: Digest; readonly size: number }[];
}
