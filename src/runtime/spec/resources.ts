// Limits of cgroups and of the process. The devices of a container: what docker lets every container use (moby
// oci/defaults.go, "DefaultSpec"), then what was granted.
import type { ContainerConfig } from '../container-config.ts';
import type { SpecDevice, SpecDeviceRule, SpecResources, SpecRlimit } from '../spec.ts';

/** What a limit was lowered to, or why one was left out: for the verbose report. */
export type Note = string;

/** What the spec needs to know of the host's limits. */
export interface HostLimits {
  /** Hard limits of this process, by RLIMIT_ name; absent: none. */
  readonly hard: Readonly<Record<string, number>>;
  /** Whether this process may raise limits (CAP_SYS_RESOURCE). */
  readonly mayRaise: boolean;
  /** Whether the kernel counts swap (memory.memsw.* of v1, memory.swap.* of v2). */
  readonly countsSwap: boolean;
}

/** Numbers of the nodes that every container has: null, zero, full, random, urandom, tty, console, ptmx, terminals. */
const common: readonly (readonly [number, number | undefined])[] = [
  [1, 3],
  [1, 5],
  [1, 7],
  [1, 8],
  [1, 9],
  [5, 0],
  [5, 1],
  [5, 2],
  [136, undefined],
];

/** The rules of the devices controller, later ones win. */
export function deviceRules(
  config: Pick<ContainerConfig, 'privileged' | 'devices' | 'deviceRules'>,
): readonly SpecDeviceRule[] {
  if (config.privileged) return [{ allow: true, access: 'rwm' }];
  return [
    { allow: false, access: 'rwm' },
    { allow: true, type: 'c', access: 'm' },
    { allow: true, type: 'b', access: 'm' },
    ...common.map(
      ([major, minor]): SpecDeviceRule => ({
        allow: true,
        type: 'c',
        major,
        ...(minor === undefined ? {} : { minor }),
        access: 'rwm',
      }),
    ),
    ...config.devices.map(
      ({ device, access }): SpecDeviceRule => ({
        allow: true,
        type: device.type === 'b' ? 'b' : 'c',
        major: device.major,
        minor: device.minor,
        access,
      }),
    ),
    ...config.deviceRules,
  ];
}

/** Nodes that are made beside those that every runtime makes by itself. */
export function deviceNodes({ devices }: Pick<ContainerConfig, 'devices'>): readonly SpecDevice[] {
  return devices.map(({ device }) => device);
}

/**
 * Cgroup limits as the runtime gets them. Memory without a word on swap gives as much swap again, as docker has it; where
 * the kernel does not count swap, the limit on it is left out and said.
 */
export function resourcesOf(
  config: Pick<ContainerConfig, 'resources' | 'privileged' | 'devices' | 'deviceRules'>,
  { countsSwap }: Pick<HostLimits, 'countsSwap'>,
  tell: (note: Note) => void,
): SpecResources {
  const { memory, ...rest } = config.resources;
  const devices = deviceRules(config);
  if (memory === undefined) return { ...rest, devices };
  const { swap: asked, ...plain } = memory;
  const swap = asked ?? (plain.limit === undefined ? undefined : plain.limit * 2);
  if (swap === undefined || countsSwap) {
    return { ...rest, devices, memory: { ...plain, ...(swap === undefined ? {} : { swap }) } };
  }
  if (asked !== undefined) {
    tell('the kernel does not count swap (swapaccount=1 makes it): the limit on swap was left out');
  }
  return { ...rest, devices, memory: plain };
}

/** Limits of the process, lowered to what this process may set. */
export function rlimitsOf(
  asked: readonly SpecRlimit[],
  { hard, mayRaise }: Pick<HostLimits, 'hard' | 'mayRaise'>,
  tell: (note: Note) => void,
): readonly SpecRlimit[] {
  return asked.map((limit) => {
    const most = hard[limit.type];
    if (mayRaise || most === undefined || limit.hard <= most) return limit;
    tell(
      `${limit.type} ${limit.hard} is over the hard limit of ${most} here, which may not be raised without CAP_SYS_RESOURCE: lowered to it`,
    );
    return { type: limit.type, soft: Math.min(limit.soft, most), hard: most };
  });
}
