// File systems of a container that it has without asking, and paths that are hidden or read-only in it: docker's set
// (moby daemon/pkg/oci/defaults.go), with what changes for a privileged one and for shared namespaces.
import { posix } from 'node:path';
import type { ContainerConfig } from '../container-config.ts';
import type { SpecMount } from '../spec.ts';

const maskedPaths: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

const readonlyPaths: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/** Paths that are hidden and paths that may not be written. */
export interface ProtectedPaths {
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
}

/** What is hidden in the container: nothing of a privileged one but what was asked for. */
export function protectedPaths({
  privileged,
  security,
}: Pick<ContainerConfig, 'privileged' | 'security'>): ProtectedPaths {
  const open = privileged || security.unmask.includes('ALL');
  const left = (paths: readonly string[]): readonly string[] =>
    open ? [] : paths.filter((path) => !security.unmask.includes(path));
  return {
    maskedPaths: [...new Set([...left(maskedPaths), ...security.mask])],
    readonlyPaths: left(readonlyPaths),
  };
}

const closed = ['nosuid', 'noexec', 'nodev'];

function defaultMounts(
  config: ContainerConfig,
  hasGroupFive: boolean,
  foreignUser: boolean,
): readonly SpecMount[] {
  const { namespaces, privileged, shmBytes } = config;
  const hostNetworkForeignUser =
    namespaces.network.kind === 'host' && (foreignUser || namespaces.user.kind === 'private');
  const readOnly = privileged ? [] : ['ro'];
  const sharesIpc = namespaces.ipc.kind === 'host';
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: closed },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: [
        'nosuid',
        'noexec',
        'newinstance',
        'ptmxmode=0666',
        'mode=0620',
        ...(hasGroupFive ? ['gid=5'] : []),
      ],
    },
    // A new sysfs shows the network namespace that it is mounted from, which only its owner may do.
    hostNetworkForeignUser
      ? { destination: '/sys', type: 'bind', source: '/sys', options: ['rbind', ...closed, 'ro'] }
      : { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...closed, ...readOnly] },
    ...(hostNetworkForeignUser
      ? []
      : [
          {
            destination: '/sys/fs/cgroup',
            type: 'cgroup',
            source: 'cgroup',
            options: [...readOnly, ...closed],
          },
        ]),
    sharesIpc
      ? {
          destination: '/dev/mqueue',
          type: 'bind',
          source: '/dev/mqueue',
          options: ['rbind', ...closed],
        }
      : { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: closed },
    sharesIpc
      ? { destination: '/dev/shm', type: 'bind', source: '/dev/shm', options: ['rbind', ...closed] }
      : {
          destination: '/dev/shm',
          type: 'tmpfs',
          source: 'shm',
          options: [...closed, 'mode=1777', `size=${shmBytes}`],
        },
  ];
}

function depth(path: string): number {
  return path === '/' ? 0 : path.split('/').length - 1;
}

/**
 * All mounts, parents before what lies in them. A mount that was asked for takes the place of a default one at the same
 * path. `hasGroupFive`: whether group 5 (tty) exists in the container's user namespace; `foreignUser`: whether the maker is
 * in a user namespace other than the host's.
 */
export function mountsOf(
  config: ContainerConfig,
  hasGroupFive: boolean,
  foreignUser = false,
): readonly SpecMount[] {
  const byPath = new Map<string, SpecMount>();
  for (const mount of [...defaultMounts(config, hasGroupFive, foreignUser), ...config.mounts]) {
    byPath.set(posix.resolve('/', mount.destination), mount);
  }
  // Sorting is stable: what is equally deep stays in its order.
  return [...byPath].sort(([a], [b]) => depth(a) - depth(b)).map(([, mount]) => mount);
}
