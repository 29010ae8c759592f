// From what a person asked, what the image says, and what the host is like, to config.json. A pure function: the same
// arguments give the same file, so that it can be looked at before anything runs.
import { PlimsollError } from '../diag/plimsoll-error.ts';
import { allCapabilities } from '../host/capabilities.ts';
import type { ImageConfig } from '../image/image.ts';
import { type CgroupManager, cgroupPathOf } from './cgroup-manager.ts';
import type { ContainerConfig, NamespaceChoice } from './container-config.ts';
import { capabilitiesOf, capabilitySets } from './spec/capabilities.ts';
import { mountsOf, protectedPaths } from './spec/mounts.ts';
import { deviceNodes, type HostLimits, resourcesOf, rlimitsOf } from './spec/resources.ts';
import { compileSeccomp, filterOf } from './spec/seccomp.ts';
import { sysctlsOf } from './spec/sysctls.ts';
import { type AccountFiles, resolveUser, supplementaryGroups } from './spec/user.ts';
import type { Spec, SpecNamespace, SpecSeccomp } from './spec.ts';

/** The host as far as config.json depends on it. */
export interface SpecHost extends HostLimits {
  /** The machine in Go's words: amd64, arm64 … */
  readonly machine: string;
  /** Kernel release. */
  readonly kernel: string;
  /** Capabilities that this process may hand on; absent: all. */
  readonly capabilities?: readonly string[];
  /** Whether a cgroup hierarchy of version 2 is what containers get. */
  readonly cgroup2: boolean;
  /** The AppArmor profile of containers that ask for none. */
  readonly appArmorProfile?: string;
  /** Who makes cgroups; default: the runtime, of an ordinary user's containers nobody. */
  readonly cgroupManager?: CgroupManager;
  /** Who makes the container, where it is not root: root inside is this user, and cgroups are not theirs to set. */
  readonly ordinaryUser?: { readonly uid: number; readonly gid: number };
  /**
   * Present where the maker is root of a user namespace, with how many groups that has: cgroups are not theirs to set, and
   * a container that shares the host's network cannot have a sysfs of its own.
   */
  readonly userNamespace?: { readonly groups: number };
}

/** What a spec is made of. */
export interface SpecRequest {
  readonly id: string;
  readonly config: ContainerConfig;
  readonly image: Pick<ImageConfig, 'entrypoint' | 'cmd' | 'env' | 'user' | 'workingDirectory'>;
  readonly accounts: AccountFiles;
  readonly host: SpecHost;
  /** The root file system, absolute or below the bundle. */
  readonly root: string;
}

/** A spec, and what was changed on the way to it. */
export interface GeneratedSpec {
  readonly spec: Spec;
  readonly notes: readonly string[];
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Entrypoint and command: an entrypoint that was given takes the image's command away. */
function argumentsOf({ config, image }: SpecRequest): readonly string[] {
  const entrypoint = config.entrypoint ?? image.entrypoint;
  const ofImage = config.entrypoint === undefined ? image.cmd : [];
  const args = [...entrypoint, ...(config.command.length > 0 ? config.command : ofImage)];
  if (args.length > 0) return args;
  throw new PlimsollError(
    'PL0804',
    'no command specified: neither the image nor the command line has one',
    {
      help: 'name a program after the image, for example: sh',
    },
  );
}

/** Later values win and stand where the name stood first; what the image leaves open gets docker's defaults. */
function environmentOf({ config, image, id }: SpecRequest, home: string): readonly string[] {
  const values = new Map<string, string>([
    ['PATH', path],
    ['HOSTNAME', hostnameOf(config, id) ?? ''],
  ]);
  if (values.get('HOSTNAME') === '') values.delete('HOSTNAME');
  if (config.tty) values.set('TERM', 'xterm');
  if (config.withoutImageEnv !== true)
    for (const [name, value] of Object.entries(image.env)) values.set(name, value);
  for (const line of config.env) {
    const equals = line.indexOf('=');
    if (equals < 0) values.delete(line);
    else values.set(line.slice(0, equals), line.slice(equals + 1));
  }
  if (!values.has('HOME')) values.set('HOME', home);
  return [...values].map(([name, value]) => `${name}=${value}`);
}

function hostnameOf({ hostname, namespaces }: ContainerConfig, id: string): string | undefined {
  if (namespaces.uts.kind !== 'private') return undefined;
  return hostname ?? id.slice(0, 12);
}

function directoryOf({ config, image }: SpecRequest): string {
  const asked = config.workingDirectory ?? image.workingDirectory;
  const directory = asked === '' ? '/' : asked;
  if (directory.startsWith('/')) return directory;
  throw new PlimsollError(
    'PL0804',
    `the working directory '${directory}' is invalid: it needs to be an absolute path`,
    {
      help: `write it as /${directory}`,
    },
  );
}

function namespacesOf({ config, host }: SpecRequest): readonly SpecNamespace[] {
  const { namespaces } = config;
  const one = (type: SpecNamespace['type'], choice: NamespaceChoice): readonly SpecNamespace[] => {
    if (choice.kind === 'host') return [];
    if (choice.kind === 'container') throw new TypeError('who is joined is known by now');
    return [choice.kind === 'path' ? { type, path: choice.path } : { type }];
  };
  return [
    { type: 'mount' },
    ...one('pid', namespaces.pid),
    ...one('network', namespaces.network),
    ...one('ipc', namespaces.ipc),
    ...one('uts', namespaces.uts),
    ...one('user', namespaces.user),
    // With version 1 a namespace would hide no more than the mounts do, and runtimes differ in what they make of it.
    ...(host.cgroup2 ? one('cgroup', namespaces.cgroup) : []),
  ];
}

function seccompOf(request: SpecRequest, capabilities: readonly string[]): SpecSeccomp | undefined {
  const { config, host } = request;
  // That of an imitated host is compiled already.
  if (config.imitatedHost !== undefined) return config.imitatedHost.seccomp;
  const filter = filterOf(config);
  if (filter === undefined) return undefined;
  return compileSeccomp(filter, {
    machine: host.machine,
    kernel: host.kernel,
    capabilities: new Set(capabilities),
  });
}

/** Cgroups and their limits; nothing of them where they are not the maker's to set. */
function cgroupsOf(
  { id, config, host }: SpecRequest,
  tell: (note: string) => void,
): Pick<Spec['linux'], 'cgroupsPath' | 'resources'> {
  const ordinaryUser = host.ordinaryUser !== undefined || host.userNamespace !== undefined;
  const manager = host.cgroupManager ?? (ordinaryUser ? 'disabled' : 'cgroupfs');
  if (manager === 'disabled') return { resources: {} };
  const parent = config.cgroupsPath?.replace(/\/[^/]*$/, '');
  const { devices, ...resources } = resourcesOf(config, host, tell);
  return {
    cgroupsPath: cgroupPathOf(id, manager, { parent, ordinaryUser }),
    // Devices are what an ordinary user may have of them anyway.
    resources: ordinaryUser ? resources : { ...resources, ...(devices ? { devices } : {}) },
  };
}

/** A container of an ordinary user has a user namespace in which that user is root. */
function ofOrdinaryUser({ config, host: { ordinaryUser } }: SpecRequest): ContainerConfig {
  if (ordinaryUser === undefined || config.namespaces.user.kind !== 'host') return config;
  const one = (hostID: number) => [{ containerID: 0, hostID, size: 1 }];
  return {
    ...config,
    namespaces: { ...config.namespaces, user: { kind: 'private' } },
    uidMappings: one(ordinaryUser.uid),
    gidMappings: one(ordinaryUser.gid),
  };
}

/**
 * The spec of one container.
 * @throws PlimsollError PL0801 to PL0804: user, capabilities, sysctls, command and working directory
 */
export function generateSpec(given: SpecRequest): GeneratedSpec {
  const request = { ...given, config: ofOrdinaryUser(given) };
  const { config, image, host, accounts, id } = request;
  const notes: string[] = [];
  const tell = (note: string): void => void notes.push(note);
  const user = resolveUser(config.user ?? image.user, accounts, config.groupAdd);
  const choices = {
    capAdd: config.capAdd,
    capDrop: config.capDrop,
    privileged: config.privileged,
    available: new Set(host.capabilities ?? allCapabilities),
    uid: user.uid,
  };
  const seccomp = seccompOf(request, capabilitiesOf(choices));
  const hostname = hostnameOf(config, id);
  const nodes = deviceNodes(config);
  const rlimits = rlimitsOf(config.rlimits, host, tell);
  const { selinuxLabel, noNewPrivileges } = config.security;
  // A privileged container has none, as docker has it.
  const asked = config.security.apparmor;
  // Where there is no AppArmor nothing is confined by it; crun refuses the word then.
  const apparmor =
    asked === 'unconfined' && host.appArmorProfile === undefined
      ? undefined
      : (asked ?? (config.privileged ? undefined : host.appArmorProfile));
  const hasGroupFive =
    (config.namespaces.user.kind === 'host' && (host.userNamespace?.groups ?? 6) > 5) ||
    config.gidMappings.some(({ containerID, size }) => containerID <= 5 && 5 < containerID + size);
  const mapped = config.namespaces.user.kind === 'private';
  const settable = host.ordinaryUser === undefined && (host.userNamespace?.groups ?? 2) > 1;
  const groups = supplementaryGroups(user, settable);
  const spec: Spec = {
    ociVersion: '1.0.2',
    process: {
      terminal: config.tty,
      user: {
        uid: user.uid,
        gid: user.gid,
        ...(config.umask === undefined ? {} : { umask: config.umask }),
        ...(groups.length === 0 ? {} : { additionalGids: groups }),
      },
      args: argumentsOf(request),
      env: environmentOf(request, user.home),
      cwd: directoryOf(request),
      capabilities: capabilitySets(choices),
      ...(rlimits.length === 0 ? {} : { rlimits }),
      noNewPrivileges,
      ...(apparmor === undefined ? {} : { apparmorProfile: apparmor }),
      ...(selinuxLabel === undefined ? {} : { selinuxLabel }),
      ...(config.oomScoreAdj === undefined ? {} : { oomScoreAdj: config.oomScoreAdj }),
    },
    root: { path: request.root, readonly: config.readOnly },
    ...(hostname === undefined ? {} : { hostname }),
    ...(config.domainname === undefined ? {} : { domainname: config.domainname }),
    mounts: mountsOf(config, hasGroupFive, host.userNamespace !== undefined),
    ...(Object.keys(config.annotations).length === 0 ? {} : { annotations: config.annotations }),
    linux: {
      namespaces: namespacesOf(request),
      ...(mapped ? { uidMappings: config.uidMappings, gidMappings: config.gidMappings } : {}),
      ...(nodes.length === 0 ? {} : { devices: nodes }),
      ...cgroupsOf(request, tell),
      sysctl: sysctlsOf(config, host.userNamespace?.groups),
      ...(seccomp === undefined ? {} : { seccomp }),
      ...protectedPaths(config),
      ...(config.personality === undefined ? {} : { personality: { domain: config.personality } }),
    },
  };
  return { spec, notes };
}
