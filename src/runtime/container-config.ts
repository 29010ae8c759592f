// What a person asks of a container, before image and host are known: the options of `run` and `create`, taken apart.
// Plain data, so that it can be kept beside the container and read again.
import type { ImitatedHost } from './imitated-host.ts';
import type { SpecDevice, SpecIdMapping, SpecMount, SpecResources, SpecRlimit } from './spec.ts';

/** Where a namespace comes from. */
export type NamespaceChoice =
  | { readonly kind: 'private' }
  | { readonly kind: 'host' }
  /** That of a process or a file of /run/netns: entered by its path. */
  | { readonly kind: 'path'; readonly path: string }
  /** That of another container, by name or id: a path once it is started. */
  | { readonly kind: 'container'; readonly container: string }
  /** private, and others may join it: of IPC. */
  | { readonly kind: 'shareable' };

/** The namespaces that can be chosen; the mount namespace is always the container's own. */
export interface NamespaceChoices {
  readonly pid: NamespaceChoice;
  readonly network: NamespaceChoice;
  readonly ipc: NamespaceChoice;
  readonly uts: NamespaceChoice;
  readonly cgroup: NamespaceChoice;
  /** private: with `idMappings`. */
  readonly user: NamespaceChoice;
}

/** A device of the host that the container gets. */
export interface DeviceGrant {
  readonly device: SpecDevice;
  /** Letters of rwm. */
  readonly access: string;
}

/** What confines the container beside namespaces and capabilities. */
export interface SecurityChoices {
  readonly noNewPrivileges: boolean;
  /** 'default', 'unconfined', or a profile as JSON has it. */
  readonly seccomp: 'default' | 'unconfined' | { readonly profile: unknown };
  readonly apparmor?: string;
  readonly selinuxLabel?: string;
  /** Paths that are masked beside the default ones. */
  readonly mask: readonly string[];
  /** Default masked or read-only paths that are left open; 'ALL': every one. */
  readonly unmask: readonly string[];
}

/** A container as it was asked for. */
export interface ContainerConfig {
  /** Another host in front of it. */
  readonly imitatedHost?: ImitatedHost;
  /** As --entrypoint gives it; an empty list takes the image's away. */
  readonly entrypoint?: readonly string[];
  readonly command: readonly string[];
  /** NAME=VALUE, later ones win. */
  readonly env: readonly string[];
  readonly user?: string;
  readonly groupAdd: readonly string[];
  readonly workingDirectory?: string;
  readonly hostname?: string;
  readonly domainname?: string;
  readonly tty: boolean;
  readonly namespaces: NamespaceChoices;
  readonly uidMappings: readonly SpecIdMapping[];
  readonly gidMappings: readonly SpecIdMapping[];
  /** Beside the default ones. A destination that is given here replaces the default mount there. */
  readonly mounts: readonly SpecMount[];
  readonly readOnly: boolean;
  /** Bytes of /dev/shm. */
  readonly shmBytes: number;
  readonly resources: SpecResources;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly privileged: boolean;
  readonly security: SecurityChoices;
  readonly devices: readonly DeviceGrant[];
  /** VENDOR/CLASS=NAME, looked up at each start. */
  readonly cdiDevices?: readonly string[];
  /** Where CDI files are looked for, if not where they usually are. */
  readonly cdiFolders?: readonly string[];
  /** Where files of hooks are looked for, if not where they usually are. */
  readonly hookFolders?: readonly string[];
  readonly deviceRules: readonly NonNullable<SpecResources['devices']>[number][];
  readonly rlimits: readonly SpecRlimit[];
  readonly sysctls: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly oomScoreAdj?: number;
  /** Nothing of the image's environment. */
  readonly withoutImageEnv?: boolean;
  /** personality(2), as LINUX or LINUX32. */
  readonly personality?: string;
  readonly umask?: number;
  readonly cgroupsPath?: string;
}

const own: NamespaceChoice = { kind: 'private' };
const hosts: NamespaceChoice = { kind: 'host' };

/** A container of which nothing was asked: docker's defaults. */
export const plainContainer: ContainerConfig = {
  command: [],
  env: [],
  groupAdd: [],
  tty: false,
  namespaces: { pid: own, network: own, ipc: own, uts: own, cgroup: own, user: hosts },
  uidMappings: [],
  gidMappings: [],
  mounts: [],
  readOnly: false,
  shmBytes: 64 * 1024 * 1024,
  resources: {},
  capAdd: [],
  capDrop: [],
  privileged: false,
  security: { noNewPrivileges: false, seccomp: 'default', mask: [], unmask: [] },
  devices: [],
  deviceRules: [],
  rlimits: [],
  sysctls: {},
  annotations: {},
};
