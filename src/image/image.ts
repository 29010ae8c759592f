// The image as the OCI image specification and docker's archives have it, wherever it is kept.
import type { Diagnostic } from '../diag/diagnostic.ts';
import type { WriteAt } from '../formats/tar-body.ts';
import type { FileNode } from './file-tree.ts';

/** A content digest, as algorithm and hex. */
export type Digest = `sha256:${string}` | `sha512:${string}`;

/** What an image says of one of its blobs (OCI image specification, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** os, architecture and variant in the words of Go, as image indexes have them. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
  readonly osFeatures?: readonly string[];
}

/** How an image says that its containers are tested (docker image specification v1.2, Healthcheck). */
export interface ImageHealthcheck {
  /** ['CMD', program, …], ['CMD-SHELL', line], ['NONE']. */
  readonly test: readonly string[];
  /** Milliseconds; absent where the default is meant. */
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly startPeriodMs?: number;
  readonly startIntervalMs?: number;
  readonly retries?: number;
}

/** The parts of the image configuration that are read, with the specification's meaning. */
export interface ImageConfig {
  readonly platform: Platform;
  readonly created?: string;
  readonly author?: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly stopSignal?: string;
  /** docker's HEALTHCHECK: absent where it says nothing, ['NONE'] to switch off that of a base. */
  readonly healthcheck?: ImageHealthcheck;
  readonly shell: readonly string[];
  readonly diffIds: readonly Digest[];
  readonly history: readonly {
    readonly createdBy?: string;
    readonly comment?: string;
    readonly emptyLayer: boolean;
    readonly created?: string;
  }[];
}

/**
 * A file as it streams by. `read` may be called any number of times before the next entry is asked for, each time
 * from the file's start: look at four bytes first, then ask for all.
 */
export interface FileEntry {
  readonly node: FileNode;
  /** The file's bytes up to `limit`; longer files give their first `limit` bytes. The view is only valid until the next entry. */
  read(limit?: number): Promise<Uint8Array>;
  /** As Layer.identity, for a file on disk: "device:inode:size:mtime:ctime". Absent in layers. */
  readonly identity?: string;
}

/** One entry of a layer as it streams by. */
export interface LayerEntry extends FileEntry {
  /** Set for a hard link: the path in the same image whose file this is. */
  readonly hardLinkTo?: string;
  /** Nanoseconds of the time of modification, beyond node.mtime; absent when they are 0. */
  readonly mtimeNanoseconds?: number;
  /** As TarEntry.copy: for unpacking, without holding the file in memory. */
  copy(write: WriteAt): Promise<void> | undefined;
  /** 'whiteout' hides node.path below; 'opaque' hides what lower layers have in the directory node.path. */
  readonly whiteout?: 'whiteout' | 'opaque';
}

/** One layer of an image; its bytes are read as a stream. */
export interface Layer {
  /** Digest of the uncompressed tar: what identifies the content. Absent when the image does not declare it. */
  readonly diffId?: Digest;
  /** Digest of the blob as stored, where the image names one. */
  readonly blob?: Descriptor;
  /** Position, 0 the lowest. */
  readonly index: number;
  /** How people see it: shortened digest, or the directory in an old docker archive. */
  readonly label: string;
  /**
   * What the stored bytes were when the target was opened: "device:inode:size:mtime:ctime@offset+length", times in
   * nanoseconds, of the blob's file or of the archive that holds it. The same identity means the same bytes, as
   * git's index has it, so that a digest verified once need not be verified again. Absent for standard input. The
   * digest itself where bytes are asked for by it and held against it: in registries and in the store.
   */
  readonly identity?: string;
  /**
   * Streams the entries once. Verifies the blob digest and the diffId when the stream has ended.
   * @throws PlimsollError PL0105, PL0107, PL0202, PL0203
   */
  entries(options: LayerReadOptions): AsyncIterable<LayerEntry>;
}

/** How a layer is read. */
export interface LayerReadOptions {
  readonly signal: AbortSignal;
  /** Told of things that do not stop the reading: a path that leads outside, trailing garbage, a wrong media type. */
  readonly onProblem?: (problem: Diagnostic) => void;
  /** Called now and then with the bytes of the blob (as stored) read so far. */
  readonly onProgress?: (bytes: number) => void;
}

/** The JSON of an image as it is stored, byte for byte: what digests are of, and what `inspect` shows. */
export interface ImageDocuments {
  readonly config: Uint8Array;
  /** Absent in what `docker save` wrote before it wrote OCI layouts. */
  readonly manifest?: Uint8Array;
}

/** What a target turned out to be. */
export type TargetKind =
  | 'directory'
  | 'elf'
  | 'root-archive'
  | 'oci-layout'
  | 'oci-archive'
  | 'docker-archive'
  | 'registry'
  | 'stored';

/** An opened target: an image with layers, a root file system (as a directory or a tar archive), or a single ELF file. */
export type Target =
  | { readonly kind: 'directory'; readonly reference: string; readonly root: string }
  | {
      readonly kind: 'elf';
      readonly reference: string;
      /** Where the file is; '-' for standard input. */
      readonly path: string;
      readonly bytes: Uint8Array;
    }
  | {
      /** A root file system packed as tar, as docker export and mmdebstrap write it. */
      readonly kind: 'root-archive';
      readonly reference: string;
      /** One layer. */
      readonly layers: readonly Layer[];
      /** As of images. */
      readonly problems: readonly Diagnostic[];
      close(): Promise<void>;
    }
  | {
      readonly kind: 'oci-layout' | 'oci-archive' | 'docker-archive' | 'registry' | 'stored';
      readonly reference: string;
      /** Manifest digest where there is one. */
      readonly digest?: Digest;
      readonly names: readonly string[];
      readonly config: ImageConfig;
      readonly documents: ImageDocuments;
      readonly layers: readonly Layer[];
      /** Platforms that the index offers, for messages. */
      readonly platforms: readonly Platform[];
      /** What was odd about the image's outer parts and did not stop the opening. */
      readonly problems: readonly Diagnostic[];
      /** Closes files and removes what was spooled; every open target must be closed. */
      close(): Promise<void>;
    };

/** An opened image. */
export type ImageTarget = Extract<Target, { readonly config: ImageConfig }>;

/** A target whose files come from layers. */
export type LayeredTarget = Extract<Target, { readonly layers: readonly Layer[] }>;
