// `HostConfig` of docker's inspect: what was asked of this machine for a container.
import type { ContainerSettings } from '../engine/container.ts';
import type { RequestedMount } from '../engine/volumes/volumes.ts';
import type { NamespaceChoice } from '../runtime/container-config.ts';
import { portBindings } from './container-networks.ts';

const seldom = <T>(list: readonly T[]): readonly T[] | null => (list.length === 0 ? null : list);

function namespaceText(choice: NamespaceChoice, own: string): string {
  if (choice.kind === 'private') return own;
  if (choice.kind === 'path') return `ns:${choice.path}`;
  return choice.kind === 'container' ? `container:${choice.container}` : choice.kind;
}

/** As -v writes it; memory is in Tmpfs. */
function bindText(mount: RequestedMount): readonly string[] {
  if (mount.kind === 'tmpfs' || (mount.kind === 'volume' && mount.anonymous)) return [];
  const source = mount.kind === 'bind' ? mount.source : (mount.name ?? '');
  return [`${source}:${mount.destination}${mount.readOnly ? ':ro' : ''}`];
}

function networkModeOf({ network }: ContainerSettings): string {
  if (network.mode === 'networks') return network.attachments[0]?.network ?? 'bridge';
  return network.mode === 'container'
    ? `container:${network.target ?? ''}`
    : network.mode === 'path'
      ? `ns:${network.target ?? ''}`
      : network.mode;
}

function securityOptions({ config: { security } }: ContainerSettings): readonly string[] {
  return [
    ...(security.noNewPrivileges ? ['no-new-privileges'] : []),
    ...(security.seccomp === 'default'
      ? []
      : [
          security.seccomp === 'unconfined'
            ? 'seccomp=unconfined'
            : `seccomp=${JSON.stringify(security.seccomp.profile)}`,
        ]),
    ...(security.apparmor === undefined ? [] : [`apparmor=${security.apparmor}`]),
    ...(security.selinuxLabel === undefined ? [] : [`label=${security.selinuxLabel}`]),
  ];
}

function limitsOf({ config: { resources, rlimits } }: ContainerSettings): object {
  const { memory = {}, cpu = {}, pids, blockIO } = resources;
  // --cpus is kept as a quota in this period; docker shows it as it was given.
  const byCpus = cpu.period === 100_000 && (cpu.quota ?? 0) > 0;
  return {
    CpuShares: cpu.shares ?? 0,
    Memory: memory.limit ?? 0,
    NanoCpus: byCpus ? (cpu.quota ?? 0) * 10_000 : 0,
    BlkioWeight: blockIO?.weight ?? 0,
    CpuPeriod: byCpus ? 0 : (cpu.period ?? 0),
    CpuQuota: byCpus ? 0 : (cpu.quota ?? 0),
    CpuRealtimePeriod: cpu.realtimePeriod ?? 0,
    CpuRealtimeRuntime: cpu.realtimeRuntime ?? 0,
    CpusetCpus: cpu.cpus ?? '',
    CpusetMems: cpu.mems ?? '',
    MemoryReservation: memory.reservation ?? 0,
    // docker's default: as much swap again as memory.
    MemorySwap: memory.swap ?? (memory.limit ?? 0) * 2,
    MemorySwappiness: memory.swappiness ?? null,
    OomKillDisable: memory.disableOOMKiller ?? null,
    PidsLimit: pids?.limit ?? null,
    Ulimits: rlimits.map(({ type, soft, hard }) => ({
      Name: type.replace('RLIMIT_', '').toLowerCase(),
      Hard: Number.isFinite(hard) ? hard : -1,
      Soft: Number.isFinite(soft) ? soft : -1,
    })),
  };
}

/** The object that docker calls HostConfig. */
export function containerHostConfig(settings: ContainerSettings): object {
  const { config, log, network, volumes, restart } = settings;
  const { namespaces } = config;
  const memory = volumes.mounts.filter((mount) => mount.kind === 'tmpfs');
  return {
    Binds: seldom(volumes.mounts.flatMap(bindText)),
    ContainerIDFile: '',
    LogConfig: { Type: log.driver, Config: new Map(Object.entries(log.options)) },
    NetworkMode: networkModeOf(settings),
    PortBindings: portBindings(network.ports, []),
    RestartPolicy: { Name: restart.name, MaximumRetryCount: restart.maximumRetryCount },
    AutoRemove: settings.autoRemove,
    VolumeDriver: '',
    VolumesFrom: seldom(volumes.volumesFrom),
    CapAdd: seldom(config.capAdd),
    CapDrop: seldom(config.capDrop),
    CgroupnsMode: namespaceText(namespaces.cgroup, 'private'),
    Dns: network.dns,
    DnsOptions: network.dnsOptions,
    DnsSearch: network.dnsSearch,
    ExtraHosts: seldom(network.extraHosts),
    GroupAdd: seldom(config.groupAdd),
    IpcMode: namespaceText(namespaces.ipc, 'private'),
    OomScoreAdj: config.oomScoreAdj ?? 0,
    PidMode: namespaceText(namespaces.pid, ''),
    Privileged: config.privileged,
    PublishAllPorts: network.publishAll,
    ReadonlyRootfs: config.readOnly,
    SecurityOpt: seldom(securityOptions(settings)),
    Tmpfs:
      memory.length === 0
        ? undefined
        : new Map(memory.map(({ destination, options }) => [destination, options.join(',')])),
    UTSMode: namespaceText(namespaces.uts, ''),
    UsernsMode: namespaceText(namespaces.user, 'private').replace(/^host$/, ''),
    ShmSize: config.shmBytes,
    Sysctls:
      Object.keys(config.sysctls).length === 0
        ? undefined
        : new Map(Object.entries(config.sysctls)),
    Runtime: settings.runtime ?? '',
    Init: settings.init,
    CgroupParent: config.cgroupsPath?.replace(/\/[^/]*$/, '') ?? '',
    ...limitsOf(settings),
    Devices: config.privileged
      ? []
      : config.devices.map(({ device, access }) => ({
          PathOnHost: device.path,
          PathInContainer: device.path,
          CgroupPermissions: access,
        })),
    DeviceCgroupRules: null,
    DeviceRequests: null,
    MaskedPaths: config.privileged ? null : seldom(config.security.mask),
    Annotations:
      Object.keys(config.annotations).length === 0
        ? undefined
        : new Map(Object.entries(config.annotations)),
  };
}
