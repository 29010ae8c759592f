// What docker's options of containers come to, but for those of networks and mounts (network-choices-of.ts,
// mounts-of.ts), which the engine has its own part in. Words and meanings are docker's; podman's are taken where docker has none
// (--umask, mask= and unmask=).
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { parseRamBytes } from '../lib/ram-bytes.ts';
import { parseCdiName } from '../runtime/cdi-name.ts';
import {
  type ContainerConfig,
  type DeviceGrant,
  type NamespaceChoice,
  plainContainer,
} from '../runtime/container-config.ts';
import type {
  SpecBlockIo,
  SpecDeviceRule,
  SpecResources,
  SpecRlimit,
  SpecThrottle,
} from '../runtime/spec.ts';
import type { ContainerOptions, ManyOptions } from './container-options.ts';
import { gpusOf } from './device-names.ts';
import { type UserNamespaceSources, usersOfOptions } from './users-of-options.ts';
import { cut, wrongOption as wrong } from './wrong-option.ts';

const noneGiven: ManyOptions = {
  env: [],
  envFile: [],
  groupAdd: [],
  capAdd: [],
  capDrop: [],
  securityOpt: [],
  ulimit: [],
  sysctl: [],
  device: [],
  deviceCgroupRule: [],
  annotation: [],
  unsetenv: [],
  blkioWeightDevice: [],
  deviceReadBps: [],
  deviceReadIops: [],
  deviceWriteBps: [],
  deviceWriteIops: [],
};

/** What the options need of the world around. */
export interface OptionSources extends UserNamespaceSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The device that --device names. @throws PlimsollError PL0001, PL0805 */
  device(text: string): DeviceGrant;
  /** VENDOR/CLASS of the graphics cards of this machine. */
  gpuKind(folders?: readonly string[]): string;
  /** All devices of this machine. */
  hostDevices(): readonly DeviceGrant[];
}

function namespaceOf(
  option: string,
  text: string | undefined,
  given: NamespaceChoice,
  joinable = false,
): NamespaceChoice {
  if (text === undefined) return given;
  if (text === 'private' || text === '') return { kind: 'private' };
  if (text === 'host') return { kind: 'host' };
  if (text.startsWith('ns:/')) return { kind: 'path', path: text.slice(3) };
  const [, container] = /^container:(.+)$/.exec(text) ?? [];
  if (container !== undefined && joinable) return { kind: 'container', container };
  const more = joinable ? ' container:NAME,' : '';
  throw wrong(option, text, `private, host,${more} or ns: with an absolute path`);
}

/** docker's words for IPC beside those of all namespaces; none: private, and nothing of /dev/shm. */
function ipcOf(text: string | undefined, given: NamespaceChoice): NamespaceChoice {
  if (text === 'shareable') return { kind: 'shareable' };
  return namespaceOf('--ipc', text === 'none' ? 'private' : text, given, true);
}

function bytesOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseRamBytes(text);
  if (bytes === undefined) throw wrong(option, text, 'a size such as 512m or 2g');
  return bytes;
}

function numberOf(
  option: string,
  text: string | undefined,
  least: number,
  most: number,
  whole = true,
): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (
    text.trim() === '' ||
    !(number >= least && number <= most) ||
    (whole && !Number.isInteger(number))
  )
    throw wrong(option, text, `a ${whole ? 'whole ' : ''}number from ${least} to ${most}`);
  return number;
}

function variablesOf({ env, envFile }: ManyOptions, sources: OptionSources): readonly string[] {
  const lines = envFile.flatMap((path) =>
    sources
      .readFile(path)
      .split('\n')
      .map((line) => line.replace(/\r$/, '').trimStart())
      .filter((line) => line !== '' && !line.startsWith('#')),
  );
  return [...lines, ...env].flatMap((line) => {
    if (line.startsWith('=')) throw wrong('--env', line, 'NAME=VALUE');
    if (line.includes('=')) return [line];
    const value = sources.environment[line];
    return value === undefined ? [] : [`${line}=${value}`];
  });
}

const ulimits = new Set(
  'as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
    ' ',
  ),
);

function rlimitOf(text: string): SpecRlimit {
  const [name, values = ''] = cut(text, '=') ?? [''];
  if (!ulimits.has(name))
    throw wrong('--ulimit', text, `NAME=SOFT[:HARD] with one of ${[...ulimits].join(', ')}`);
  const [soft = '', hard = soft] = values.split(':');
  const value = (word: string): number => {
    if (word === '-1' || word === 'unlimited') return Number.POSITIVE_INFINITY;
    const number = numberOf('--ulimit', word, 0, Number.MAX_SAFE_INTEGER);
    return number ?? 0;
  };
  if (value(soft) > value(hard))
    throw wrong('--ulimit', text, 'a soft limit that is not over the hard one');
  return { type: `RLIMIT_${name.toUpperCase()}`, soft: value(soft), hard: value(hard) };
}

/** 'c 1:3 rwm', 'b *:* m'. */
function deviceRuleOf(text: string): SpecDeviceRule {
  const [, type, major = '*', minor = '*', access] =
    /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text) ?? [];
  if (access === undefined)
    throw wrong('--device-cgroup-rule', text, "TYPE MAJOR:MINOR ACCESS, for example 'c 1:3 rwm'");
  return {
    allow: true,
    type: type === 'b' ? 'b' : type === 'c' ? 'c' : 'a',
    ...(major === '*' ? {} : { major: Number(major) }),
    ...(minor === '*' ? {} : { minor: Number(minor) }),
    access,
  };
}

function pairsOf(option: string, texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const pair = cut(text, '=');
      if (pair === undefined) throw wrong(option, text, 'NAME=VALUE');
      return pair;
    }),
  );
}

function securityOf(texts: readonly string[], sources: OptionSources): ContainerConfig['security'] {
  let security: ContainerConfig['security'] = plainContainer.security;
  for (const text of texts) {
    // A colon in place of '=' is docker's older form.
    const [name, value] = cut(text, '=') ?? cut(text, ':') ?? [text, ''];
    switch (name) {
      case 'no-new-privileges':
        security = { ...security, noNewPrivileges: value !== 'false' };
        break;
      case 'seccomp':
        security = {
          ...security,
          seccomp:
            value === 'unconfined'
              ? 'unconfined'
              : value === '' || value === 'builtin'
                ? 'default'
                : { profile: profileIn(value, sources) },
        };
        break;
      case 'apparmor':
        security = { ...security, apparmor: value };
        break;
      case 'systempaths':
        if (value !== 'unconfined') throw wrong('--security-opt', text, 'systempaths=unconfined');
        security = { ...security, unmask: ['ALL'] };
        break;
      case 'unmask':
        security = {
          ...security,
          unmask: [...security.unmask, ...(value === 'all' ? ['ALL'] : value.split(':'))],
        };
        break;
      case 'mask':
        security = { ...security, mask: [...security.mask, ...value.split(':')] };
        break;
      case 'label':
        // Without SELinux there is nothing to label; docker takes the option all the same.
        if (value !== 'disable') security = { ...security, selinuxLabel: value };
        break;
      default:
        throw wrong(
          '--security-opt',
          text,
          'no-new-privileges, seccomp=, apparmor=, label=, mask=, unmask= or systempaths=unconfined',
        );
    }
  }
  return security;
}

function profileIn(path: string, sources: OptionSources): unknown {
  try {
    return JSON.parse(sources.readFile(path));
  } catch (cause) {
    if (cause instanceof PlimsollError) throw cause;
    throw new PlimsollError(
      'PL0001',
      `the seccomp profile is no JSON: ${cause instanceof Error ? cause.message : ''}`,
      {
        at: { path },
        help: "give a profile in docker's form or the OCI runtime specification's",
      },
    );
  }
}

/** Limits as options give them; only those that were given. @throws PlimsollError PL0001 */
export function resourcesOf(
  given: ContainerOptions,
  sources: Pick<OptionSources, 'device'>,
): SpecResources {
  const options = { ...noneGiven, ...given };
  const limit = bytesOf('--memory', options.memory);
  const swap = options.memorySwap === '-1' ? -1 : bytesOf('--memory-swap', options.memorySwap);
  if (swap !== undefined && swap >= 0 && (limit === undefined || swap < limit))
    throw wrong(
      '--memory-swap',
      options.memorySwap ?? '',
      'memory and swap together, so not under --memory',
    );
  const reservation = bytesOf('--memory-reservation', options.memoryReservation);
  const swappiness = numberOf('--memory-swappiness', options.memorySwappiness, 0, 100);
  const memory = {
    ...(limit === undefined || limit === 0 ? {} : { limit }),
    ...(swap === undefined || swap === 0 ? {} : { swap }),
    ...(reservation === undefined ? {} : { reservation }),
    ...(swappiness === undefined ? {} : { swappiness }),
    ...(options.oomKillDisable === true ? { disableOOMKiller: true } : {}),
  };
  const cpus = numberOf('--cpus', options.cpus, 0.01, 4096, false);
  if (cpus !== undefined && (options.cpuQuota !== undefined || options.cpuPeriod !== undefined))
    throw wrong('--cpus', options.cpus ?? '', 'either --cpus or --cpu-period with --cpu-quota');
  const shares = numberOf('--cpu-shares', options.cpuShares, 0, 262144);
  const quota =
    cpus === undefined
      ? numberOf('--cpu-quota', options.cpuQuota, -1, Number.MAX_SAFE_INTEGER)
      : Math.round(cpus * 100_000);
  const period =
    cpus === undefined ? numberOf('--cpu-period', options.cpuPeriod, 1000, 1_000_000) : 100_000;
  const rtPeriod = numberOf('--cpu-rt-period', options.cpuRtPeriod, 0, 1_000_000_000);
  const rtRuntime = numberOf('--cpu-rt-runtime', options.cpuRtRuntime, -1, 1_000_000_000);
  const cpu = {
    ...(shares === undefined || shares === 0 ? {} : { shares }),
    ...(quota === undefined ? {} : { quota }),
    ...(period === undefined ? {} : { period }),
    ...(rtPeriod === undefined ? {} : { realtimePeriod: rtPeriod }),
    ...(rtRuntime === undefined ? {} : { realtimeRuntime: rtRuntime }),
    ...(options.cpusetCpus === undefined
      ? {}
      : { cpus: listOf('--cpuset-cpus', options.cpusetCpus) }),
    ...(options.cpusetMems === undefined
      ? {}
      : { mems: listOf('--cpuset-mems', options.cpusetMems) }),
  };
  const pids = numberOf('--pids-limit', options.pidsLimit, -1, 2 ** 31 - 1);
  const weight = numberOf('--blkio-weight', options.blkioWeight, 0, 1000);
  if (weight !== undefined && weight !== 0 && weight < 10)
    throw wrong('--blkio-weight', options.blkioWeight ?? '', '0, or 10 to 1000');
  const blockIO = {
    ...(weight === undefined || weight === 0 ? {} : { weight }),
    ...blockLimits(options, sources),
  };
  return {
    ...(Object.keys(memory).length === 0 ? {} : { memory }),
    ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
    ...(pids === undefined || pids === 0 ? {} : { pids: { limit: pids } }),
    ...(Object.keys(blockIO).length === 0 ? {} : { blockIO }),
  };
}

/** Limits of single devices, PATH:LIMIT each. */
function blockLimits(options: ManyOptions, { device }: Pick<OptionSources, 'device'>): SpecBlockIo {
  const each = <T>(
    option: string,
    texts: readonly string[],
    limit: (value: string) => T,
  ): readonly (T & { readonly major: number; readonly minor: number })[] =>
    texts.map((text) => {
      const colon = text.lastIndexOf(':');
      if (colon < 1) throw wrong(option, text, 'a device and its limit: /dev/sda:1mb');
      const { major, minor } = device(text.slice(0, colon)).device;
      return { major, minor, ...limit(text.slice(colon + 1)) };
    });
  const bytes = (option: string, texts: readonly string[]): readonly SpecThrottle[] =>
    each(option, texts, (value) => ({ rate: bytesOf(option, value) ?? 0 }));
  const numbers = (option: string, texts: readonly string[]): readonly SpecThrottle[] =>
    each(option, texts, (value) => ({ rate: numberOf(option, value, 0, 2 ** 32) ?? 0 }));
  const weights = each('--blkio-weight-device', options.blkioWeightDevice, (value) => ({
    weight: numberOf('--blkio-weight-device', value, 10, 1000) ?? 0,
  }));
  const all = {
    weightDevice: weights,
    throttleReadBpsDevice: bytes('--device-read-bps', options.deviceReadBps),
    throttleWriteBpsDevice: bytes('--device-write-bps', options.deviceWriteBps),
    throttleReadIOPSDevice: numbers('--device-read-iops', options.deviceReadIops),
    throttleWriteIOPSDevice: numbers('--device-write-iops', options.deviceWriteIops),
  };
  return Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0));
}

/** Unlimited is what a new cgroup is without being told; crun 1.8 writes the -1 as it stands, which the kernel refuses. */
function withoutUnlimited({ pids, ...resources }: SpecResources): SpecResources {
  return pids === undefined || pids.limit < 0 ? resources : { ...resources, pids };
}

function listOf(option: string, text: string): string {
  if (/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) return text;
  throw wrong(option, text, 'a list such as 0-3,5');
}

/** What podman leaves writable in a container whose root file system is not. */
const writable: ContainerConfig['mounts'] = ['/run', '/tmp', '/var/tmp'].map((destination) => ({
  destination,
  type: 'tmpfs',
  source: 'tmpfs',
  options: ['rw', 'nosuid', 'nodev', ...(destination === '/run' ? ['mode=755'] : ['mode=1777'])],
}));

function ofHere({ environment }: OptionSources): readonly string[] {
  return Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
}

/** The two that the OCI runtime specification has; podman's help says so. */
function personalityOf(text: string): string {
  if (text === 'LINUX' || text === 'LINUX32') return text;
  throw wrong('--personality', text, 'LINUX or LINUX32');
}

/**
 * What the options come to.
 * @throws PlimsollError PL0001 names the option, the value and what was expected
 */
export function containerConfigOf(
  given: ContainerOptions,
  command: readonly string[],
  id: string,
  sources: OptionSources,
): ContainerConfig {
  const options = { ...noneGiven, ...given };
  const { umask } = options;
  if (umask !== undefined && !/^[0-7]{1,4}$/.test(umask))
    throw wrong('--umask', umask, 'octal digits: 0022');
  const oomScoreAdj = numberOf('--oom-score-adj', options.oomScoreAdj, -1000, 1000);
  const own = plainContainer.namespaces;
  const cdiDevices = [
    ...options.device.filter((text) => parseCdiName(text) !== undefined),
    ...(options.gpus === undefined
      ? []
      : gpusOf(options.gpus, () => sources.gpuKind(options.cdiSpecDir))),
  ];
  const { user, ...mappings } = usersOfOptions(options, sources);
  return {
    ...plainContainer,
    ...(options.entrypoint === undefined
      ? {}
      : { entrypoint: options.entrypoint === '' ? [] : [options.entrypoint] }),
    command,
    env: [
      ...options.unsetenv,
      ...(options.envHost === true ? ofHere(sources) : []),
      ...variablesOf(options, sources),
    ],
    ...(options.unsetenvAll === true ? { withoutImageEnv: true } : {}),
    ...(options.personality === undefined
      ? {}
      : { personality: personalityOf(options.personality) }),
    ...(options.user === undefined ? {} : { user: options.user }),
    groupAdd: options.groupAdd,
    ...(options.workdir === undefined ? {} : { workingDirectory: options.workdir }),
    ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
    ...(options.domainname === undefined ? {} : { domainname: options.domainname }),
    tty: options.tty === true,
    namespaces: {
      ...own,
      pid: namespaceOf('--pid', options.pid, own.pid, true),
      ipc: ipcOf(options.ipc, own.ipc),
      uts: namespaceOf('--uts', options.uts, own.uts, true),
      cgroup: namespaceOf('--cgroupns', options.cgroupns, own.cgroup),
      user,
    },
    ...mappings,
    readOnly: options.readOnly === true,
    mounts: options.readOnly === true && options.readOnlyTmpfs === true ? writable : [],
    shmBytes: bytesOf('--shm-size', options.shmSize) ?? plainContainer.shmBytes,
    resources: withoutUnlimited(resourcesOf(options, sources)),
    capAdd: options.capAdd,
    capDrop: options.capDrop,
    privileged: options.privileged === true,
    security: securityOf(options.securityOpt, sources),
    devices: [
      ...(options.privileged === true ? sources.hostDevices() : []),
      ...options.device.filter((text) => parseCdiName(text) === undefined).map(sources.device),
    ],
    ...(cdiDevices.length === 0 ? {} : { cdiDevices }),
    ...(options.cdiSpecDir === undefined ? {} : { cdiFolders: options.cdiSpecDir }),
    ...(options.hooksDir === undefined ? {} : { hookFolders: options.hooksDir }),
    deviceRules: options.deviceCgroupRule.map(deviceRuleOf),
    rlimits: options.ulimit.map(rlimitOf),
    sysctls: pairsOf('--sysctl', options.sysctl),
    annotations: pairsOf('--annotation', options.annotation),
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
    ...(umask === undefined ? {} : { umask: Number.parseInt(umask, 8) }),
    ...(options.cgroupParent === undefined
      ? {}
      : { cgroupsPath: `${options.cgroupParent.replace(/\/$/, '')}/${id}` }),
  };
}
