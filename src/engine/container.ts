// What the engine keeps of a container: what it was made with, which never changes but by `update` and `rename`, and how
// it stands, which every step of its life changes. Plain data: both are JSON in engine.db.
import type { Digest, ImageConfig } from '../image/image.ts';
import type { ContainerConfig } from '../runtime/container-config.ts';
import type { ProcessIdentity } from '../sys/process-identity.ts';
import type { NetworkChoices, NetworkState } from './network/network.ts';
import type { VolumeChoices, VolumeState } from './volumes/volumes.ts';

/** docker's words for how a container stands. */
export type ContainerStatus =
  | 'created'
  | 'running'
  | 'paused'
  | 'restarting'
  | 'removing'
  | 'exited'
  | 'dead';

/** When a container that ended is started again. */
export interface RestartPolicy {
  readonly name: 'no' | 'on-failure' | 'always' | 'unless-stopped';
  /** Of on-failure; 0: no limit. */
  readonly maximumRetryCount: number;
}

/** What tells whether the container works (docker's HEALTHCHECK). */
export interface HealthCheck {
  /** ['CMD', program, …], ['CMD-SHELL', line]. */
  readonly test: readonly string[];
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly startPeriodMs: number;
  readonly startIntervalMs: number;
  readonly retries: number;
}

/** Where standard output and error go. */
export interface LogChoice {
  readonly driver: string;
  readonly options: Readonly<Record<string, string>>;
}

/** The image that a container lies on. */
export interface ContainerImage {
  /** docker's image id: digest of the configuration. */
  readonly id: Digest | string;
  /** As it was named on the command line. */
  readonly name: string;
  /** chainID of its top layer; absent for an image without layers. */
  readonly chainId?: string;
  /** What of its configuration decides what is started. */
  readonly config: Pick<
    ImageConfig,
    'entrypoint' | 'cmd' | 'env' | 'user' | 'workingDirectory' | 'exposedPorts' | 'volumes'
  >;
}

/** What a container was made with. */
export interface ContainerSettings {
  /** What the OCI runtime is told; mounts of volumes and the namespace of the network come to it at each start. */
  readonly config: ContainerConfig;
  readonly image: ContainerImage;
  readonly labels: Readonly<Record<string, string>>;
  /** Standard input is open: a pipe or the terminal. */
  readonly openStdin: boolean;
  /** It ends with the first who was attached: `run -i` in the foreground. */
  readonly stdinOnce: boolean;
  /** A name or number of a signal: SIGTERM, 15. */
  readonly stopSignal: string;
  /** How long `stop` waits before it kills; Infinity is written as -1. */
  readonly stopTimeoutMs: number;
  readonly restart: RestartPolicy;
  readonly health?: HealthCheck;
  readonly log: LogChoice;
  readonly network: NetworkChoices;
  readonly volumes: VolumeChoices;
  /** Goes when it has ended, with its anonymous volumes. */
  readonly autoRemove: boolean;
  /** Name or path of the OCI runtime; absent: the first that is there. */
  readonly runtime?: string;
  /** Whether a small init is the first process, and passes signals on and reaps. */
  readonly init: boolean;
  /** The small init on this machine; absent: one that is found. */
  readonly initPath?: string;
  /** It is killed when it has run for so long. */
  readonly timeoutSeconds?: number;
  /** A file that gets the number of the first process at each start. */
  readonly pidFile?: string;
}

/** How a container stands. */
export interface ContainerState {
  readonly status: ContainerStatus;
  /** Of the run of the machine in which it was last started: whatever ran in another has ended. */
  readonly bootId?: string;
  /** Its first process, while there is one. */
  readonly process?: ProcessIdentity;
  /** conmon, while there is one; of one that is restarting the shell that waits for its time. */
  readonly monitor?: ProcessIdentity;
  /** Of the last run; 0 before the first, as docker has it. */
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Why it could not be started, or how it was lost. */
  readonly error?: string;
  /** Milliseconds since 1970. */
  readonly startedMs?: number;
  readonly finishedMs?: number;
  /** How often its restart policy started it again since a person did. */
  readonly restartCount: number;
  /** Someone asked for its end: no restart policy but `always` after a reboot starts it again. */
  readonly stopped: boolean;
  readonly network?: NetworkState;
  readonly volumes?: VolumeState;
}

/** A container. */
export interface Container {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** Without docker's slash. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly createdMs: number;
  readonly settings: ContainerSettings;
  readonly state: ContainerState;
}

/** The state of a container that was never started. */
export const createdState: ContainerState = {
  status: 'created',
  exitCode: 0,
  oomKilled: false,
  restartCount: 0,
  stopped: false,
};

/** Whether it has processes: running, or frozen. */
export function isAlive({ status }: ContainerState): boolean {
  return status === 'running' || status === 'paused';
}
