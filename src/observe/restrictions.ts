// Every restriction of a container that can stand in a program's way, and how it is lifted for a try. The order is how
// often each is the cause when nothing speaks for another.
import type { ContainerSettings } from '../engine/container.ts';
import { defaultNetwork } from '../engine/network/network.ts';
import type { ContainerConfig } from '../runtime/container-config.ts';
import { hostDevices } from '../runtime/host-devices.ts';
import { protectedPaths } from '../runtime/spec/mounts.ts';
import type { SpecResources } from '../runtime/spec.ts';
import { capabilityRestrictions } from './capability-restrictions.ts';
import type { Restriction } from './restriction.ts';

type ConfigChange = (config: ContainerConfig) => Partial<ContainerConfig> | undefined;

/** A lift that changes the configuration; undefined where the change has nothing to do. */
function ofConfig(change: ConfigChange): Restriction['lift'] {
  return (settings) => {
    const changed = change(settings.config);
    if (changed === undefined) return undefined;
    return { ...settings, config: { ...settings.config, ...changed } };
  };
}

function securityChange(change: Partial<ContainerConfig['security']>): ConfigChange {
  return ({ security }) => ({ security: { ...security, ...change } });
}

/** A limit of the cgroup, lifted by leaving it out. */
function limit(
  name: keyof SpecResources,
  words: Pick<Restriction, 'id' | 'what' | 'hint' | 'fix' | 'workAround'>,
): Restriction {
  return {
    ...words,
    component: 'cgroup limits',
    lift: ofConfig(({ resources }) => {
      if (resources[name] === undefined) return undefined;
      const { [name]: _, ...rest } = resources;
      return { resources: rest };
    }),
  };
}

const restrictiveFlags = new Set(['noexec', 'nosuid', 'nodev', 'ro']);

/** Options that limit how much a tmpfs holds. */
const limitsOfTmpfs = /^(size|nr_blocks|nr_inodes)=/;

/** Mounts and volumes without what forbids writing, executing and devices, and without limits of size. */
function openMounts(settings: ContainerSettings): ContainerSettings | undefined {
  const { volumes } = settings;
  const shut = volumes.mounts.some(
    ({ readOnly, options, kind }) =>
      readOnly || kind === 'tmpfs' || options.some((one) => restrictiveFlags.has(one)),
  );
  if (!shut) return undefined;
  const mounts = volumes.mounts.map((mount) => {
    const options = mount.options.filter(
      (one) => !restrictiveFlags.has(one) && !limitsOfTmpfs.test(one),
    );
    // tmpfs has noexec, nosuid and nodev unless it is told otherwise, as docker has it.
    const opened = mount.kind === 'tmpfs' ? [...options, 'exec', 'suid', 'dev'] : options;
    return { ...mount, readOnly: false, options: opened };
  });
  return { ...settings, volumes: { ...volumes, mounts } };
}

function withNetwork(settings: ContainerSettings): ContainerSettings | undefined {
  if (settings.network.mode === 'host') return undefined;
  return { ...settings, network: { ...defaultNetwork, mode: 'host' } };
}

const general: readonly Restriction[] = [
  {
    id: 'host',
    what: 'the kernel surface of the imitated host',
    component: 'imitated host',
    lift: (settings) => {
      const { imitatedHost, ...config } = settings.config;
      return imitatedHost === undefined ? undefined : { ...settings, config };
    },
    hint: /function not implemented|invalid argument|not supported|protocol not available|kernel too old/i,
    fix: 'plimsoll check IMAGE --host HOST --prove -- COMMAND tells which of these calls it needs, and which release has it',
    workAround: 'leave --as out: on this machine it works',
  },
  {
    id: 'read-only',
    what: 'the read-only root file system',
    component: 'engine options',
    lift: ofConfig(({ readOnly }) => (readOnly ? { readOnly: false } : undefined)),
    hint: /read-only file system|EROFS/i,
    fix: 'mount a tmpfs or a volume where it writes: --tmpfs /run --tmpfs /tmp',
    workAround: 'leave --read-only out',
  },
  {
    id: 'seccomp',
    what: 'the seccomp filter',
    component: 'seccomp filter',
    lift: ofConfig((config) =>
      config.security.seccomp === 'unconfined' || config.imitatedHost !== undefined
        ? undefined
        : securityChange({ seccomp: 'unconfined' })(config),
    ),
    hint: /operation not permitted|EPERM|bad system call|seccomp|clone|unshare|keyctl|io_uring|bpf|perf/i,
    fix: 'a profile that allows the call as well: --security-opt seccomp=PROFILE.json',
    workAround: '--security-opt seccomp=unconfined',
  },
  {
    id: 'user',
    what: 'the user that it runs as',
    component: 'engine options',
    lift: (settings) => {
      const user = settings.config.user ?? settings.image.config.user;
      if (user === '' || /^(0|root)(:|$)/.test(user)) return undefined;
      return { ...settings, config: { ...settings.config, user: '0:0' } };
    },
    hint: /permission denied|EACCES|must be (run as )?root|not owner|cannot (open|create|write)/i,
    fix: 'let the user own what it writes: chown in the image, or --user with the owner of the volume',
    workAround: '--user 0',
  },
  {
    id: 'capabilities',
    what: 'capabilities that it lacks',
    component: 'capabilities',
    lift: ofConfig(({ privileged, capAdd, capDrop }) =>
      privileged || (capAdd.includes('ALL') && capDrop.length === 0)
        ? undefined
        : { capAdd: ['ALL'], capDrop: [] },
    ),
    hint: /operation not permitted|EPERM|not permitted|capab|RTNETLINK|must be root|permission denied/i,
    fix: 'add the one capability: --cap-add NAME',
    workAround: '--cap-add ALL',
    parts: capabilityRestrictions,
  },
  limit('memory', {
    id: 'memory',
    what: 'the limit of memory',
    hint: /out of memory|oom|killed|cannot allocate|137/i,
    fix: 'give it what it needs: --memory, or tell the program its limit',
    workAround: 'leave --memory out',
  }),
  limit('pids', {
    id: 'pids',
    what: 'the limit of processes and threads',
    hint: /resource temporarily unavailable|EAGAIN|can't fork|cannot fork|pthread_create|thread/i,
    fix: 'a higher --pids-limit',
    workAround: '--pids-limit -1',
  }),
  {
    id: 'ulimits',
    what: 'a resource limit (ulimit)',
    component: 'engine options',
    lift: ofConfig(({ rlimits }) => (rlimits.length === 0 ? undefined : { rlimits: [] })),
    hint: /too many open files|file too large|EMFILE|file size|core|stack|memlock|limit/i,
    fix: 'a higher --ulimit of that name',
    workAround: 'leave --ulimit out',
  },
  {
    id: 'mounts',
    what: 'the options of a mount (ro, noexec, nosuid, nodev, size)',
    component: 'engine options',
    lift: openMounts,
    hint: /read-only file system|permission denied|noexec|exec|no space left/i,
    fix: 'the option that is missing on that mount: rw, exec, suid, dev, or a larger size',
    workAround: 'mount it without these options',
  },
  {
    id: 'network',
    what: 'the network that it is in',
    component: 'network',
    lift: withNetwork,
    hint: /network|unreachable|resolve|name or service|connection refused|no such device|bad address|temporary failure/i,
    fix: 'a network with what it reaches: --network NAME, -p, --dns, --add-host',
    workAround: '--network host',
  },
  {
    id: 'devices',
    what: 'a device that it does not have',
    component: 'engine options',
    lift: ofConfig(({ privileged, devices }) => {
      const all = hostDevices();
      if (privileged || devices.length >= all.length) return undefined;
      return { devices: all, deviceRules: [{ allow: true, access: 'rwm' }] };
    }),
    hint: /\/dev\/|no such device|no such file|ENODEV|ENXIO|kvm|fuse|tun|gpu|nvidia/i,
    fix: 'give it the one device: --device /dev/NAME',
    workAround: '--privileged',
    parts: ({ config }) =>
      hostDevices()
        .filter(({ device }) => !config.devices.some((one) => one.device.path === device.path))
        .map((grant) => ({
          id: `device ${grant.device.path}`,
          what: `${grant.device.path}, which it does not have`,
          component: 'engine options',
          lift: ofConfig(({ devices }) => ({ devices: [...devices, grant] })),
          hint: named(grant.device.path),
          fix: `--device ${grant.device.path}`,
          workAround: '--privileged',
        })),
  },
  {
    id: 'paths',
    what: 'masked and read-only paths of /proc and /sys',
    component: 'engine options',
    lift: ofConfig((config) =>
      config.privileged || config.security.unmask.includes('ALL')
        ? undefined
        : securityChange({ unmask: ['ALL'], mask: [] })(config),
    ),
    hint: /\/proc|\/sys|sysctl|read-only file system/i,
    fix: 'the setting by --sysctl, or the one path by --security-opt unmask=PATH',
    workAround: '--security-opt unmask=ALL',
    parts: ({ config }) => {
      const { maskedPaths, readonlyPaths } = protectedPaths(config);
      return [...readonlyPaths, ...maskedPaths].map((path) => ({
        id: `path ${path}`,
        what: `${path}, which is ${maskedPaths.includes(path) ? 'masked' : 'read-only'}`,
        component: 'engine options',
        lift: ofConfig(({ security }) => ({
          security: {
            ...security,
            unmask: [...security.unmask, path],
            mask: security.mask.filter((one) => one !== path),
          },
        })),
        hint: named(path),
        fix: path === '/proc/sys' ? '--sysctl NAME=VALUE' : `--security-opt unmask=${path}`,
        workAround: `--security-opt unmask=${path}`,
      }));
    },
  },
  {
    id: 'privileges',
    what: 'no-new-privileges',
    component: 'engine options',
    lift: ofConfig((config) =>
      config.security.noNewPrivileges
        ? securityChange({ noNewPrivileges: false })(config)
        : undefined,
    ),
    hint: /setuid|sudo|su:|effective uid|nosuid|no new privileges|operation not permitted/i,
    fix: 'start it as the user that it becomes, without setuid programs',
    workAround: 'leave --security-opt no-new-privileges out',
  },
  {
    id: 'pid-namespace',
    what: 'the PID namespace',
    component: 'engine options',
    lift: ofConfig(({ namespaces }) =>
      namespaces.pid.kind === 'host'
        ? undefined
        : { namespaces: { ...namespaces, pid: { kind: 'host' } } },
    ),
    hint: /no such process|ESRCH|pid/i,
    fix: '--pid container:NAME where it is about that container',
    workAround: '--pid host',
  },
  {
    id: 'user-namespace',
    what: 'the user namespace',
    component: 'engine options',
    lift: ofConfig(({ namespaces }) =>
      namespaces.user.kind === 'host'
        ? undefined
        : {
            namespaces: { ...namespaces, user: { kind: 'host' } },
            uidMappings: [],
            gidMappings: [],
          },
    ),
    hint: /operation not permitted|invalid argument|chown|overflow|65534|nobody/i,
    fix: 'map the ids that it uses: --uidmap, --gidmap, --userns',
    workAround: '--userns host',
  },
  {
    id: 'shared-memory',
    what: 'the size of /dev/shm',
    component: 'engine options',
    lift: ofConfig(({ shmBytes }) =>
      shmBytes >= plentyOfShm ? undefined : { shmBytes: plentyOfShm },
    ),
    hint: /no space left|shm|shared memory|bus error|135/i,
    fix: '--shm-size with what it needs',
    workAround: '--shm-size 1g',
  },
  {
    id: 'labels',
    what: 'the label of AppArmor or SELinux',
    component: 'Linux security module',
    lift: ofConfig((config) => {
      const { apparmor, selinuxLabel } = config.security;
      if ((apparmor ?? 'unconfined') === 'unconfined' && selinuxLabel === undefined)
        return undefined;
      const { apparmor: _, selinuxLabel: __, ...security } = config.security;
      return { security: { ...security, apparmor: 'unconfined' } };
    }),
    hint: /permission denied|EACCES|apparmor|selinux|avc/i,
    fix: 'a profile that allows it, or :z on the volume',
    workAround: '--security-opt apparmor=unconfined or label=disable',
  },
  {
    id: 'entrypoint',
    what: "the image's own entrypoint",
    component: 'image',
    lift: (settings) => {
      const { config, image } = settings;
      const own = config.entrypoint ?? image.config.entrypoint;
      if (own.length === 0 || config.command.length === 0) return undefined;
      return { ...settings, config: { ...config, entrypoint: [] } };
    },
    hint: /entrypoint|usage|unknown (option|command)|not found|127/i,
    fix: 'what the entrypoint script asks for: its variables, its arguments',
    workAround: "--entrypoint ''",
  },
  limit('cpu', {
    id: 'cpu',
    what: 'the share of processors',
    hint: /timeout|timed out|affinity|cpu/i,
    fix: 'more by --cpus or --cpuset-cpus',
    workAround: 'leave --cpus and --cpuset-cpus out',
  }),
];

/** The path itself, or one below it. */
function named(path: string): RegExp {
  return new RegExp(`${path.replaceAll(/[^\w/-]/g, '\\$&')}(?![\\w-])`);
}

/** More than nearly every program asks for. */
const plentyOfShm = 1024 * 1024 * 1024;

/** What speaks for restrictions. */
export interface Evidence {
  /** What was to be run. */
  readonly command: string;
  /** What a failed run showed. */
  readonly shown: string;
}

/** Every restriction that is in force, the likeliest first, and how many of them anything speaks for. */
export function restrictionsOf(settings: ContainerSettings, evidence: Evidence): Ordered {
  return byLikelihood(
    general.filter((one) => one.lift(settings) !== undefined),
    evidence,
  );
}

/** Restrictions in the order in which they are tried. */
export interface Ordered {
  readonly candidates: readonly Restriction[];
  readonly spokenFor: number;
}

/** First those that the failure speaks for, then those that the command does, then the others. */
export function byLikelihood(
  restrictions: readonly Restriction[],
  { command, shown }: Evidence,
): Ordered {
  const shownFirst = restrictions.filter(({ hint }) => hint.test(shown));
  const named = restrictions.filter((one) => !shownFirst.includes(one) && one.hint.test(command));
  const spokenFor = [...shownFirst, ...named];
  return {
    candidates: [...spokenFor, ...restrictions.filter((one) => !spokenFor.includes(one))],
    spokenFor: spokenFor.length,
  };
}
