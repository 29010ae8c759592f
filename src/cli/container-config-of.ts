// What docker's options of containers come to, but for those of networks and mounts (network-choices-of.ts,
// mounts-of.ts), which the engine has its own part in. Words and meanings are docker's; podman's are taken where docker has none
// (--umask, mask= and unmask=).
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { parseRamBytes } from '../lib/ram-bytes.ts';
import {
  type ContainerConfig,
  type DeviceGrant,
  type NamespaceChoice,
  plainContainer,
} from '../runtime/container-config.ts';
import type { SpecDeviceRule, SpecResources, SpecRlimit } from '../runtime/spec.ts';
import type { ContainerOptions, ManyOptions } from './container-options.ts';
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
};

/** What the options need of the world around. */
export interface OptionSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A file that an option names, as text. @throws PlimsollError PL0001 */
  readFile(path: string): string;
  /** The device that --device names. @throws PlimsollError PL0001, PL0805 */
  device(text: string): DeviceGrant;
  /** All devices of this machine. */
  hostDevices(): readonly DeviceGrant[];
}

function namespaceOf(
  option: string,
  text: string | undefined,
  given: NamespaceChoice,
  privateWords: readonly string[] = ['private', ''],
): NamespaceChoice {
  if (text === undefined) return given;
  if (privateWords.includes(text)) return { kind: 'private' };
  if (text === 'host') return { kind: 'host' };
  if (text.startsWith('ns:/')) return { kind: 'path', path: text.slice(3) };
  throw wrong(option, text, `${privateWords[0]}, host, or ns: with an absolute path`);
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
export function resourcesOf(options: ContainerOptions): SpecResources {
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
  const cpu = {
    ...(shares === undefined || shares === 0 ? {} : { shares }),
    ...(quota === undefined ? {} : { quota }),
    ...(period === undefined ? {} : { period }),
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
  return {
    ...(Object.keys(memory).length === 0 ? {} : { memory }),
    ...(Object.keys(cpu).length === 0 ? {} : { cpu }),
    ...(pids === undefined || pids === 0 ? {} : { pids: { limit: pids } }),
    ...(weight === undefined || weight === 0 ? {} : { blockIO: { weight } }),
  };
}

/** Unlimited is what a new cgroup is without being told; crun 1.8 writes the -1 as it stands, which the kernel refuses. */
function withoutUnlimited({ pids, ...resources }: SpecResources): SpecResources {
  return pids === undefined || pids.limit < 0 ? resources : { ...resources, pids };
}

function listOf(option: string, text: string): string {
  if (/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) return text;
  throw wrong(option, text, 'a list such as 0-3,5');
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
  return {
    ...plainContainer,
    ...(options.entrypoint === undefined
      ? {}
      : { entrypoint: options.entrypoint === '' ? [] : [options.entrypoint] }),
    command,
    env: variablesOf(options, sources),
    ...(options.user === undefined ? {} : { user: options.user }),
    groupAdd: options.groupAdd,
    ...(options.workdir === undefined ? {} : { workingDirectory: options.workdir }),
    ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
    ...(options.domainname === undefined ? {} : { domainname: options.domainname }),
    tty: options.tty === true,
    namespaces: {
      ...own,
      pid: namespaceOf('--pid', options.pid, own.pid),
      ipc: namespaceOf('--ipc', options.ipc, own.ipc),
      uts: namespaceOf('--uts', options.uts, own.uts),
      cgroup: namespaceOf('--cgroupns', options.cgroupns, own.cgroup),
    },
    readOnly: options.readOnly === true,
    shmBytes: bytesOf('--shm-size', options.shmSize) ?? plainContainer.shmBytes,
    resources: withoutUnlimited(resourcesOf(options)),
    capAdd: options.capAdd,
    capDrop: options.capDrop,
    privileged: options.privileged === true,
    security: securityOf(options.securityOpt, sources),
    devices: [
      ...(options.privileged === true ? sources.hostDevices() : []),
      ...options.device.map(sources.device),
    ],
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
