// Volumes and mounts of a container as the engine uses them. Order of a container's life: `planVolumes` once, when it is
// made (names anonymous volumes, takes those of the image and of other containers); `prepareVolumes` before each start;
// `releaseVolumes` after it ended; `removeAnonymousVolumes` with `rm -v` and --rm.
import type { Owner } from '../../lib/owner.ts';
import type { SpecMount } from '../../runtime/spec.ts';

interface Common {
  /** Absolute path in the container. */
  readonly destination: string;
  readonly readOnly: boolean;
}

/** A file or directory of the host. */
export interface BindMount extends Common {
  readonly kind: 'bind';
  /** Absolute path. */
  readonly source: string;
  /** -v makes a source that is not there, --mount refuses. */
  readonly createSource: boolean;
  /** In the words of mount(8): rbind, rprivate, noexec …; z, Z and U are not among them. */
  readonly options: readonly string[];
  /** Z: a label of the container's own; z: one that containers share. */
  readonly relabel?: 'shared' | 'private';
  /** Hand the source to the user of the container's first process (podman's U). */
  readonly chown?: boolean;
}

/** A volume. */
export interface VolumeMount extends Common {
  readonly kind: 'volume';
  /** Absent until planned: an anonymous one. */
  readonly name?: string;
  /** Goes with its container when that is removed with its volumes. */
  readonly anonymous: boolean;
  /** What the image has at the destination is copied into an empty volume. */
  readonly copy: boolean;
  /** A folder or file below the volume. */
  readonly subpath?: string;
  readonly options: readonly string[];
  readonly relabel?: 'shared' | 'private';
  readonly chown?: boolean;
  /** With what the volume is made, where it is not there. */
  readonly driver?: string;
  readonly driverOptions?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Memory. */
export interface TmpfsMount extends Common {
  readonly kind: 'tmpfs';
  /** In the words of mount(8): size=64m, mode=1777, noexec … */
  readonly options: readonly string[];
}

/** A mount that was asked for: -v, --mount, --tmpfs, --volumes-from, VOLUME of the image. */
export type RequestedMount = BindMount | VolumeMount | TmpfsMount;

/** What was asked for; plain mounts of the runtime are in ContainerConfig.mounts. */
export interface VolumeChoices {
  readonly mounts: readonly RequestedMount[];
  /** CONTAINER[:ro|rw] of --volumes-from; empty once planned. */
  readonly volumesFrom: readonly string[];
}

/** A container without any. */
export const noVolumes: VolumeChoices = { mounts: [], volumesFrom: [] };

/** What the choices of a new container are completed with. */
export interface VolumePlanRequest {
  readonly id: string;
  readonly choices: VolumeChoices;
  /** VOLUME of the image: absolute paths. */
  readonly imageVolumes: readonly string[];
  /** The planned mounts of a container that --volumes-from names. @throws PlimsollError PL0820 */
  mountsOf(container: string): readonly RequestedMount[];
}

/** What was prepared, as it is kept with the state of a container. */
export interface VolumeState {
  /** Mounts of our own that hold folders and volumes for the container, to be undone in this order. */
  readonly holds: readonly string[];
}

/** What mounts are prepared for. */
export interface VolumeRequest {
  readonly id: string;
  /** As planned. */
  readonly choices: VolumeChoices;
  /** The mounted root file system. Its links are not followed out of it. */
  readonly rootfs: string;
  /** The container's folder in /run. */
  readonly stateFolder: string;
  /** Who the container's first process is, asked for U alone. @throws PlimsollError PL0801 */
  owner(): Owner;
  /** Who the container's root is: whose a new volume is that the image has nothing for. */
  readonly root: Owner;
  readonly signal: AbortSignal;
}

/** What config.json gets. */
export interface PreparedVolumes {
  readonly state: VolumeState;
  /** In the place of default mounts at the same destinations. */
  readonly mounts: readonly SpecMount[];
}
