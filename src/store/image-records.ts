// Which images the store has, and under which names. A *target* is what a name points at: the descriptor of a manifest
// or of a whole index. An *image* is one manifest of a target whose blobs are all there; its id is the digest of its
// configuration, as docker has it. A target whose last tag went or moved stays until it is removed or pruned: docker's
// dangling image, <none>.
import type { Descriptor, Digest, Platform } from '../image/image.ts';
import type { ImageName } from '../image/image-name.ts';

/** A name and what it points at. Names have a tag or a digest, never both. */
export interface ImageRecord {
  readonly name: ImageName;
  readonly target: Descriptor;
  /** When the name was last set, in milliseconds since 1970. */
  readonly updatedMs: number;
}

/** One image: the manifest of one platform. */
export interface StoredImage {
  /** Digest of the configuration: docker's IMAGE ID. */
  readonly id: Digest;
  readonly manifest: Descriptor;
  /** What names point at: the manifest itself, or an index that holds it. */
  readonly target: Descriptor;
  /** Names with a tag (docker's RepoTags), in order. */
  readonly tags: readonly ImageName[];
  /** Names with a digest (RepoDigests): under which repositories a registry has it. */
  readonly digests: readonly ImageName[];
  readonly platform: Platform;
  /** When the image was built, by its configuration, in milliseconds since 1970. */
  readonly createdMs?: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Bytes of the blobs as stored, manifest and configuration included. */
  readonly contentBytes: number;
  /** Bytes of its unpacked layers; undefined while they are not unpacked. */
  readonly unpackedBytes?: number;
  /** chainID of the top layer; undefined without layers or diffIDs. */
  readonly chainId?: Digest;
  /** When the target came to the store, in milliseconds since 1970. */
  readonly addedMs: number;
}

/** What someone named, and how it was found. */
export interface FoundStoredImage {
  readonly image: StoredImage;
  readonly by: 'tag' | 'digest' | 'id';
  /** The name, when it was found by one. */
  readonly name?: ImageName;
}

/** The names and images of a store. */
export interface ImageRecords {
  /** What a name with a tag or a digest points at. */
  get(name: ImageName): ImageRecord | undefined;
  /** All names, in order. */
  names(): readonly ImageRecord[];
  /**
   * Makes all names point at the target, at once; moving a name leaves its old target without it. No name at all makes
   * a dangling image. The blobs must be there, under a lease, for at least one platform of it.
   * @throws PlimsollError PL0106 when no platform is complete, PL0108 when its JSON is damaged
   */
  put(names: readonly ImageName[], target: Descriptor): void;
  /** Removes a name; whether it was there. Blobs stay until they are collected. */
  removeName(name: ImageName): boolean;
  /** Removes a target and all of its names; whether it was there. */
  removeTarget(target: Digest): boolean;
  /** All images, newest first. */
  list(): readonly StoredImage[];
  /** All images with this id or this beginning of it ("sha256:" may be left out). */
  byId(prefix: string): readonly StoredImage[];
  /**
   * What people mean: a name (tag `latest` where none is given), a name with a digest, an id or the beginning of one.
   * Several platforms of one target: the one that fits `platform` best, else this machine's, else the first.
   * @throws PlimsollError PL0708 when the beginning of an id fits several images, PL0104
   */
  find(text: string, platform?: Platform): FoundStoredImage | undefined;
}
