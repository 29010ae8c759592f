// The options of docker and podman that say what a container is like, as a command takes them; what they come to is in
// container-config-of.ts.

import { type Command, Option } from 'commander';
import { type MountOptions, mountOptions } from './mount-options.ts';
import { type NetworkOptions, networkOptions } from './network-options.ts';
import { many } from './option-kinds.ts';
import type { UserNamespaceOptions } from './users-of-options.ts';

/** Options that may be given several times. */
export interface ManyOptions {
  readonly env: readonly string[];
  readonly envFile: readonly string[];
  readonly groupAdd: readonly string[];
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly securityOpt: readonly string[];
  readonly ulimit: readonly string[];
  readonly sysctl: readonly string[];
  readonly device: readonly string[];
  readonly deviceCgroupRule: readonly string[];
  readonly annotation: readonly string[];
  readonly unsetenv: readonly string[];
  readonly blkioWeightDevice: readonly string[];
  readonly deviceReadBps: readonly string[];
  readonly deviceReadIops: readonly string[];
  readonly deviceWriteBps: readonly string[];
  readonly deviceWriteIops: readonly string[];
}

/** The options as commander gives them. */
export interface ContainerOptions
  extends Partial<ManyOptions>,
    MountOptions,
    NetworkOptions,
    UserNamespaceOptions {
  readonly entrypoint?: string;
  readonly user?: string;
  readonly workdir?: string;
  readonly hostname?: string;
  readonly domainname?: string;
  readonly tty?: boolean;
  readonly readOnly?: boolean;
  readonly shmSize?: string;
  readonly privileged?: boolean;
  readonly pid?: string;
  readonly ipc?: string;
  readonly uts?: string;
  readonly cgroupns?: string;
  readonly memory?: string;
  readonly memorySwap?: string;
  readonly memoryReservation?: string;
  readonly memorySwappiness?: string;
  readonly oomKillDisable?: boolean;
  readonly oomScoreAdj?: string;
  readonly cpus?: string;
  readonly cpuShares?: string;
  readonly cpuPeriod?: string;
  readonly cpuQuota?: string;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  readonly pidsLimit?: string;
  readonly blkioWeight?: string;
  readonly umask?: string;
  readonly cgroupParent?: string;
  readonly cpuRtPeriod?: string;
  readonly cpuRtRuntime?: string;
  readonly envHost?: boolean;
  readonly unsetenvAll?: boolean;
  readonly personality?: string;
  readonly readOnlyTmpfs?: boolean;
  readonly gpus?: string;
  readonly cdiSpecDir?: readonly string[];
  readonly hooksDir?: readonly string[];
}

/** Limits that can be changed later too, by `update`. */
export function resourceOptions(): readonly Option[] {
  return [
    new Option('-m, --memory <bytes>', 'limit of memory'),
    new Option('--memory-swap <bytes>', 'limit of memory and swap together; -1: none on swap'),
    new Option('--memory-reservation <bytes>', 'soft limit of memory'),
    new Option('--memory-swappiness <number>', '0 to 100'),
    new Option('--cpus <number>', 'processors, with fractions'),
    new Option('-c, --cpu-shares <number>', 'relative weight'),
    new Option('--cpu-period <µs>', 'period of the quota'),
    new Option('--cpu-quota <µs>', 'time in each period'),
    new Option('--cpu-rt-period <µs>', 'period of real-time processes (cgroup v1)'),
    new Option('--cpu-rt-runtime <µs>', 'their time in each period (cgroup v1)'),
    new Option('--cpuset-cpus <list>', 'processors it may use: 0-3,5'),
    new Option('--cpuset-mems <list>', 'memory nodes it may use'),
    new Option('--pids-limit <number>', 'most processes; -1: no limit'),
    new Option('--blkio-weight <number>', '10 to 1000; 0: off'),
    many('--blkio-weight-device <path:number>', 'of one device'),
    many('--device-read-bps <path:bytes>', 'most bytes a second from a device'),
    many('--device-read-iops <path:number>', 'most reads a second'),
    many('--device-write-bps <path:bytes>', 'most bytes a second to a device'),
    many('--device-write-iops <path:number>', 'most writes a second'),
  ];
}

/** Adds the options to a command, in docker's words. */
export function addContainerOptions(command: Command): Command {
  const options: readonly Option[] = [
    new Option('--entrypoint <program>', "program to start instead of the image's; empty: none"),
    many('-e, --env <name=value>', 'environment variable; a name alone takes the value from here'),
    many('--env-file <file>', 'file with environment variables'),
    new Option('--env-host', 'all environment variables of here'),
    many('--unsetenv <name>', 'without this variable of the image'),
    new Option('--unsetenv-all', 'without all variables of the image'),
    new Option('-u, --user <user[:group]>', 'names or numbers'),
    many('--group-add <group>', 'one more group'),
    new Option('-w, --workdir <dir>', 'working directory'),
    new Option('-h, --hostname <name>', 'host name of the container'),
    new Option('--domainname <name>', 'NIS domain name of the container'),
    new Option('-t, --tty', 'give it a terminal'),
    new Option('--read-only', 'root file system that cannot be written'),
    new Option('--read-only-tmpfs', 'with --read-only: memory on /run, /tmp and /var/tmp'),
    new Option('--shm-size <bytes>', 'size of /dev/shm (default: 64m)'),
    ...mountOptions(),
    many('--cap-add <capability>', 'add a capability'),
    many('--cap-drop <capability>', 'drop a capability'),
    new Option('--privileged', 'all capabilities and devices, nothing masked, no filter'),
    many('--security-opt <option>', 'no-new-privileges, seccomp=FILE, apparmor=PROFILE, label=…'),
    new Option('--pid <mode>', 'PID namespace: private, host, container:NAME, ns:PATH'),
    ...networkOptions(),
    new Option(
      '--ipc <mode>',
      'IPC namespace: private, shareable, none, host, container:NAME, ns:PATH',
    ),
    new Option('--uts <mode>', 'UTS namespace: private, host, container:NAME, ns:PATH'),
    new Option('--cgroupns <mode>', 'cgroup namespace: private, host, ns:PATH'),
    new Option(
      '--userns <mode>',
      'user namespace: host, auto, auto:size=N, container:NAME, ns:/proc/PID/ns/user',
    ),
    many('--uidmap <map>', 'users of its own: CONTAINER:HOST:SIZE'),
    many('--gidmap <map>', 'groups of its own; absent: as --uidmap'),
    new Option('--subuidname <name>', 'users set aside for NAME in /etc/subuid'),
    new Option('--subgidname <name>', 'groups set aside for NAME in /etc/subgid'),
    ...resourceOptions(),
    new Option('--oom-kill-disable', 'no OOM killer'),
    new Option('--oom-score-adj <number>', '-1000 to 1000'),
    many('--ulimit <name=soft[:hard]>', 'resource limit'),
    many('--sysctl <name=value>', 'kernel setting of a namespace'),
    many(
      '--device <path[:path][:rwm]>',
      'give it a device of this machine, or VENDOR/CLASS=NAME by CDI',
    ),
    new Option('--gpus <which>', 'graphics cards by CDI: all, a number of them, device=0,1'),
    many('--cdi-spec-dir <dir>', 'devices of this directory in place of /etc/cdi'),
    many('--hooks-dir <dir>', 'hooks of this directory in place of /etc/containers/oci/hooks.d'),
    many('--device-cgroup-rule <rule>', "rule of the devices controller: 'c 1:3 rwm'"),
    many('--annotation <name=value>', 'annotation for the runtime'),
    new Option('--personality <name>', 'what uname says of the processor: LINUX, LINUX32'),
    new Option('--umask <octal>', 'umask of the process'),
    new Option('--cgroup-parent <path>', 'cgroup above'),
  ];
  for (const option of options) command.addOption(option);
  return command;
}
