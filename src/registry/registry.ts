// What is asked of registries (OCI distribution specification 1.1), without how it is done.
import type { Descriptor, Digest } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';

/** How a blob is fetched. */
export interface FetchBlobOptions {
  readonly signal: AbortSignal;
  /** Bytes that are there already: the stream begins behind them. Size and digest are then left to the caller. */
  readonly from?: number;
  /** Called with the bytes of the blob so far, `from` included. */
  readonly onProgress?: (bytes: number) => void;
  /** Whether the digest is verified here; false for who hashes the bytes anyway. Default: true. */
  readonly verify?: boolean;
}

/** A blob's bytes, to be sent; they may be asked for again, from any offset, when an upload is resumed. */
export interface BlobContent {
  readonly size: number;
  chunks(from: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** How a blob is pushed. */
export interface PushBlobOptions {
  readonly signal: AbortSignal;
  /** A repository of the same registry that has the blob: its path. */
  readonly mountFrom?: string;
  /** Called with the bytes sent so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** How a pushed blob came to be there. */
export type PushedBlob = 'pushed' | 'exists' | 'mounted';

/** A manifest with the bytes that its digest is of. */
export interface FetchedManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** A manifest that refers to another one. */
export interface Referrer extends Descriptor {
  /** What it is: a signature, a bill of materials. */
  readonly artifactType?: string;
}

/** What a registry answered to a check. */
export interface RegistryCheck {
  /** Where it was reached: https://registry-1.docker.io */
  readonly url: string;
  /** The user that it was reached as; absent when nobody had to log in. */
  readonly user?: string;
}

/**
 * Registries of images. Every method throws PlimsollError: PL0002 (interrupted), PL0601 (not reached), PL0602 (refused:
 * who asks is unknown, or may not), PL0603 (not found), PL0604 (too many requests), PL0605 (an answer that is not the
 * protocol's), PL0606 (a failure of the registry's own), PL0607 (configuration), PL0105 (digest), PL0107 (limits).
 */
export interface Registry {
  /** The descriptor of a manifest or index by tag or digest: asked for with HEAD, fetched where that does not tell. */
  resolve(name: ImageName, signal: AbortSignal): Promise<Descriptor>;
  /** A manifest or index, its digest verified. `reference` is a tag or a digest. */
  fetchManifest(name: ImageName, reference: string, signal: AbortSignal): Promise<FetchedManifest>;
  /**
   * The bytes of a blob. A broken connection is resumed where it broke; size and digest are verified at the end, so that
   * bytes may only be used for good when the stream has ended.
   */
  fetchBlob(name: ImageName, blob: Descriptor, options: FetchBlobOptions): AsyncGenerator<Buffer>;
  blobExists(name: ImageName, digest: Digest, signal: AbortSignal): Promise<boolean>;
  /** Makes the blob be there: it is looked for, mounted from another repository, or sent. */
  pushBlob(
    name: ImageName,
    blob: Descriptor,
    content: BlobContent,
    options: PushBlobOptions,
  ): Promise<PushedBlob>;
  /** Puts a manifest under a tag or its digest; lists it among the referrers of its subject where the registry does not. */
  pushManifest(
    name: ImageName,
    reference: string,
    manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
    signal: AbortSignal,
  ): Promise<Descriptor>;
  /** The tags of a repository, page after page, in the registry's order. */
  tags(name: ImageName, signal: AbortSignal): AsyncGenerator<string>;
  /** Manifests whose subject is this digest, by the referrers API or the fallback tag. */
  referrers(
    name: ImageName,
    digest: Digest,
    options: { readonly signal: AbortSignal; readonly artifactType?: string },
  ): Promise<readonly Referrer[]>;
  /** Deletes a manifest by its digest, or a tag alone where the registry can do that. */
  deleteManifest(name: ImageName, reference: string, signal: AbortSignal): Promise<void>;
  /** Whether the registry speaks the protocol and takes the credentials. */
  check(domain: string, signal: AbortSignal): Promise<RegistryCheck>;
  /** Ends connections that are kept open. */
  close(): void;
}
