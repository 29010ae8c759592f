// The configuration of a container as an OCI runtime takes it: the parts of config.json (OCI runtime specification 1.1,
// config.md and config-linux.md) that this program writes, with the specification's own names.

/** A mount, in the words of mount(8). */
export interface SpecMount {
  readonly destination: string;
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
}

/** A resource limit of the process (setrlimit(2)). */
export interface SpecRlimit {
  /** RLIMIT_NOFILE … */
  readonly type: string;
  /** Infinity: no limit. */
  readonly soft: number;
  readonly hard: number;
}

/** The sets of capabilities(7), CAP_ names. */
export interface SpecCapabilities {
  readonly bounding: readonly string[];
  readonly effective: readonly string[];
  readonly permitted: readonly string[];
  readonly inheritable: readonly string[];
  readonly ambient: readonly string[];
}

/** Who a process is. */
export interface SpecUser {
  readonly uid: number;
  readonly gid: number;
  readonly umask?: number;
  readonly additionalGids?: readonly number[];
}

/** What is started. */
export interface SpecProcess {
  readonly terminal: boolean;
  readonly user: SpecUser;
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly capabilities: SpecCapabilities;
  readonly rlimits?: readonly SpecRlimit[];
  readonly noNewPrivileges: boolean;
  readonly apparmorProfile?: string;
  readonly selinuxLabel?: string;
  readonly oomScoreAdj?: number;
}

/** A namespace to make, or with `path` to enter. */
export interface SpecNamespace {
  readonly type: 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup' | 'time';
  readonly path?: string;
}

/** A range of ids of a user namespace. */
export interface SpecIdMapping {
  readonly containerID: number;
  readonly hostID: number;
  readonly size: number;
}

/** A device node that is made in the container. */
export interface SpecDevice {
  readonly path: string;
  readonly type: 'c' | 'b' | 'p';
  readonly major: number;
  readonly minor: number;
  readonly fileMode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** A rule of the devices controller; without type, all; without numbers, any. */
export interface SpecDeviceRule {
  readonly allow: boolean;
  readonly type?: 'a' | 'c' | 'b';
  readonly major?: number;
  readonly minor?: number;
  /** Letters of rwm. */
  readonly access: string;
}

/** Limits of cgroups, in the units of cgroup v1; runtimes translate them for v2. */
export interface SpecResources {
  readonly devices?: readonly SpecDeviceRule[];
  readonly memory?: {
    /** Bytes. */
    readonly limit?: number;
    readonly reservation?: number;
    /** Memory and swap together; -1: no limit. */
    readonly swap?: number;
    readonly swappiness?: number;
    readonly disableOOMKiller?: boolean;
  };
  readonly cpu?: {
    readonly shares?: number;
    /** Microseconds in each period. */
    readonly quota?: number;
    readonly period?: number;
    readonly realtimeRuntime?: number;
    readonly realtimePeriod?: number;
    readonly cpus?: string;
    readonly mems?: string;
  };
  readonly pids?: { readonly limit: number };
  readonly blockIO?: SpecBlockIo;
  /** Lines of a cgroup v2 that have no word of their own. */
  readonly unified?: Readonly<Record<string, string>>;
}

/** Bytes or operations a second of one device. */
export interface SpecThrottle {
  readonly major: number;
  readonly minor: number;
  readonly rate: number;
}

/** Limits of block devices. */
export interface SpecBlockIo {
  readonly weight?: number;
  readonly weightDevice?: readonly {
    readonly major: number;
    readonly minor: number;
    readonly weight: number;
  }[];
  readonly throttleReadBpsDevice?: readonly SpecThrottle[];
  readonly throttleWriteBpsDevice?: readonly SpecThrottle[];
  readonly throttleReadIOPSDevice?: readonly SpecThrottle[];
  readonly throttleWriteIOPSDevice?: readonly SpecThrottle[];
}

/** A rule of a seccomp filter. */
export interface SpecSeccompRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly {
    readonly index: number;
    readonly value: number;
    readonly valueTwo?: number;
    readonly op: string;
  }[];
}

/** A seccomp filter. */
export interface SpecSeccomp {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly architectures?: readonly string[];
  readonly flags?: readonly string[];
  /** Unix socket that gets the descriptor of a filter with SCMP_ACT_NOTIFY. */
  readonly listenerPath?: string;
  readonly syscalls: readonly SpecSeccompRule[];
}

/** When hooks are started, in the order of a container's life. */
export const hookPoints = [
  'prestart',
  'createRuntime',
  'createContainer',
  'startContainer',
  'poststart',
  'poststop',
] as const;

/** When a hook is started. */
export type HookPoint = (typeof hookPoints)[number];

/** A program that the runtime starts on its way. */
export interface SpecHook {
  readonly path: string;
  /** With the program's own name first. */
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
}

/** config.json. */
export interface Spec {
  readonly ociVersion: string;
  readonly process: SpecProcess;
  readonly root: { readonly path: string; readonly readonly: boolean };
  readonly hostname?: string;
  readonly domainname?: string;
  readonly mounts: readonly SpecMount[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** By the point of the container's life (config.md, "POSIX-platform Hooks"). */
  readonly hooks?: Readonly<Partial<Record<HookPoint, readonly SpecHook[]>>>;
  readonly linux: {
    readonly namespaces: readonly SpecNamespace[];
    readonly uidMappings?: readonly SpecIdMapping[];
    readonly gidMappings?: readonly SpecIdMapping[];
    readonly devices?: readonly SpecDevice[];
    readonly cgroupsPath?: string;
    readonly resources: SpecResources;
    readonly sysctl?: Readonly<Record<string, string>>;
    readonly seccomp?: SpecSeccomp;
    readonly rootfsPropagation?: string;
    readonly maskedPaths: readonly string[];
    readonly readonlyPaths: readonly string[];
    readonly mountLabel?: string;
    readonly personality?: { readonly domain: string };
  };
}

/** RLIM_INFINITY of the kernel: more than a double holds. */
const rlimInfinity = '18446744073709551615';
/** Stands for it until the text is made; no text in a spec can have a NUL in it. */
const mark = '\0infinity';

/** config.json as text. */
export function formatSpec(spec: Spec): string {
  const exact = (_: string, value: unknown): unknown =>
    value === Number.POSITIVE_INFINITY ? mark : value;
  const text = JSON.stringify(spec, exact, 2);
  return `${text.replaceAll(JSON.stringify(mark), rlimInfinity)}\n`;
}
