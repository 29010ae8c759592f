// The image as the OCI image specification and docker's archives have it, wherever it is kept.
import type { FileNode } from './file-tree.ts';

export type Digest = `sha256:${string}` | `sha512:${string}`;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
  readonly osFeatures?: readonly string[];
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
  readonly shell: readonly string[];
  readonly diffIds: readonly Digest[];
  readonly history: readonly {
    readonly createdBy?: string;
    readonly comment?: string;
    readonly emptyLayer: boolean;
    readonly created?: string;
  }[];
}

/** One entry of a layer as it streams by. `read` must be called before the next entry is asked for, or not at all. */
export interface LayerEntry {
  readonly node: FileNode;
  /** Set for a hard link: the path in the same image whose file this is. */
  readonly hardLinkTo?: string;
  /** 'whiteout' hides node.path below; 'opaque' hides what lower layers have in the directory node.path. */
  readonly whiteout?: 'whiteout' | 'opaque';
  /** The file's bytes up to `limit`; longer files give their first `limit` bytes. The view is only valid until the next entry. */
  read(limit?: number): Promise<Uint8Array>;
}

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
   * Streams the entries once. Verifies the blob digest and the diffId when the stream has ended.
   * @throws PlimsollError PL0105, PL0107, PL0202, PL0203
   */
  entries(options: { readonly signal: AbortSignal }): AsyncIterable<LayerEntry>;
}

/** What a target turned out to be. */
export type TargetKind = 'directory' | 'elf' | 'oci-layout' | 'oci-archive' | 'docker-archive';

/** An opened target: an image with layers, a directory, or a single ELF file. */
export type Target =
  | { readonly kind: 'directory'; readonly reference: string; readonly root: string }
  | {
      readonly kind: 'elf';
      readonly reference: string;
      readonly path: string;
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: 'oci-layout' | 'oci-archive' | 'docker-archive';
      readonly reference: string;
      /** Manifest digest where there is one. */
      readonly digest?: Digest;
      readonly names: readonly string[];
      readonly config: ImageConfig;
      readonly layers: readonly Layer[];
      /** Platforms that the index offers, for messages. */
      readonly platforms: readonly Platform[];
      close(): Promise<void>;
    };
