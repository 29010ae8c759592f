// From a name to an offer, built from the facts: a distribution release, a mainline kernel, gVisor, WSL 1.
import { abiOfMachine } from '../../kernel/abi.ts';
import { carriedBy, type Distribution } from '../../kernel/distributions.ts';
import { gvisorRelease } from '../../kernel/gvisor.ts';
import { kernelConfigOf } from '../../kernel/kernel-configs.ts';
import { compareReleases, parseRelease } from '../../kernel/release.ts';
import { newestRelease, oldestRelease } from '../../kernel/syscalls.ts';
import { ownEntry } from '../../lib/own-entry.ts';
import { compareVersions } from '../../lib/version.ts';
import { dockerCapabilities } from '../capabilities.ts';
import { featuresOfLevel } from '../cpu-level.ts';
import type { Offer } from '../offer.ts';
import {
  cryptoPolicyOf,
  distributionSettings,
  hugePagesOf,
  runsIa32,
  storageOf,
  userNamespacesFor,
} from './distribution-settings.ts';
import { type Draft, note, setSettings } from './draft.ts';
import { mainlineNamespaces, mainlineSettings } from './mainline-defaults.ts';
import { engineOf, packagedEngine } from './named-engine.ts';
import { newestNamed, rowNamed, spokenName } from './names.ts';

/** Machines whose kernels have one page size whoever builds them. */
const pageSizes: Readonly<Record<string, number>> = {
  x86_64: 4096,
  i686: 4096,
  s390x: 4096,
  riscv64: 4096,
};

/** Everything that follows from the kernel's release alone. */
export function applyKernel(draft: Draft, release: string, source: string): void {
  const base = parseRelease(release)?.base;
  draft.kernel = {
    kind: 'linux',
    release,
    ...(base === undefined ? {} : { base }),
  };
  note(draft, 'kernel', source);
  if (base === undefined) return;
  setSettings(draft, mainlineSettings(base, draft.machine ?? 'x86_64'), `default of Linux ${base}`);
  draft.namespaces = { available: mainlineNamespaces(base) };
  note(draft, 'namespaces.available', `Linux ${base}`);
}

function applyMachine(draft: Draft, machine: string, row?: Distribution): void {
  draft.machine = machine;
  note(draft, 'machine', 'assumed; the qualifier arch: names another');
  const own = machine === 'aarch64' && row?.pageKib !== undefined ? row.pageKib * 1024 : undefined;
  const size =
    own ??
    ownEntry(pageSizes, machine) ??
    (machine === 'ppc64le' && row !== undefined ? 65536 : undefined);
  if (size === undefined) return;
  draft.pageSize = size;
  note(draft, 'pageSize', own === undefined ? `page size of ${machine}` : nameOf(row));
}

/** Distributions that are meant for one machine. */
const onlyMachine: Readonly<Record<string, string>> = { raspios: 'aarch64', asahi: 'aarch64' };

function nameOf(row: Distribution | undefined): string {
  return row === undefined ? 'facts' : `${row.id}:${row.version}`;
}

/** Where SELinux is on and refuses nothing: Amazon Linux 2023 and EKS's node images of it. */
const permissive = new Set(['amzn', 'eks']);

function applySecurity(draft: Draft, row: Distribution, source: string): void {
  if (row.lsm === undefined) return;
  const selinux = row.lsm === 'selinux';
  draft.lsm = {
    selinux: !selinux ? 'disabled' : permissive.has(row.id) ? 'permissive' : 'enforcing',
    apparmor: row.lsm === 'apparmor',
    // Without AppArmor there are no profiles; which ones an AppArmor host loads hangs on its packages.
    ...(row.lsm === 'apparmor' ? {} : { apparmorProfiles: [] }),
  };
  note(draft, 'lsm', `default of ${source}`);
}

function applyProcessor(draft: Draft, row: Distribution, source: string): void {
  if (draft.machine !== 'x86_64') return;
  const { vsyscall, level } = row;
  if (
    vsyscall === 'none' ||
    vsyscall === 'xonly' ||
    vsyscall === 'emulate' ||
    vsyscall === 'native'
  ) {
    draft.vsyscall = vsyscall;
    note(draft, 'vsyscall', `default of ${source}`);
  }
  if (level !== undefined && level !== 'x86-64-v1') {
    draft.cpu = { levelAtLeast: level };
    note(draft, 'cpu.levelAtLeast', `${source} does not start below ${level}`);
  }
  const ia32 = runsIa32(row);
  if (ia32 === undefined) return;
  draft.ia32 = ia32;
  note(draft, 'ia32', `kernel of ${source}`);
}

/** What an installation has until somebody changes it. */
function applyInstallation(draft: Draft, row: Distribution, source: string): void {
  draft.fips = false;
  note(draft, 'fips', `not in FIPS mode by default: ${source}`);
  const policy = cryptoPolicyOf(row);
  if (policy !== undefined) {
    draft.cryptoPolicy = policy;
    note(draft, 'cryptoPolicy', `default of ${source}`);
  }
  const storage = storageOf(row);
  if (storage === undefined) return;
  const redirect = draft.kernel?.config?.['CONFIG_OVERLAY_FS_REDIRECT_DIR'];
  draft.storage = {
    ...storage,
    ...(redirect === undefined ? {} : { redirectDir: redirect === 'y' }),
  };
  note(draft, 'storage', `default of the installer of ${source}`);
}

/** The options of the distribution's kernel that somebody asks for, on machines whose configuration was read. */
function applyConfiguration(draft: Draft, row: Distribution, source: string): void {
  if (draft.kernel === undefined) return;
  const known = kernelConfigOf(row, draft.machine);
  if (known === undefined) return;
  draft.kernel = {
    ...draft.kernel,
    config: known.options,
    btf: known.options['CONFIG_DEBUG_INFO_BTF'] === 'y',
  };
  const from =
    known.read === source
      ? `kernel configuration of ${source}`
      : `kernel configuration of ${known.read}, the nearest that was read`;
  note(draft, 'kernel.config', from);
  note(draft, 'kernel.btf', from);
}

/** The host that a distribution release is by default. */
function distributionHost(row: Distribution, asked: string, machine: string): Draft {
  const id = asked.split(':', 1)[0] ?? row.id;
  const source = nameOf(row);
  const draft: Draft = {
    schema: 'plimsoll.host/1',
    name: asked,
    distribution: {
      id: id === row.id || row.also.includes(id) ? id : row.id,
      version: row.version,
    },
  };
  if (row.note !== undefined) draft.description = row.note;
  applyMachine(draft, machine, row);
  if (row.kernel !== undefined) applyKernel(draft, row.kernel, `kernel of ${source}`);
  applyConfiguration(draft, row, source);
  const abi = abiOfMachine(machine);
  const carried = abi === undefined ? undefined : carriedBy(row, abi);
  if (row.carries !== undefined && carried !== undefined) {
    const { added, removed, uncertain } = carried;
    draft.syscalls = {
      added: [...added],
      removed: [...removed],
      ...(uncertain.length === 0 ? {} : { uncertain: [...uncertain] }),
    };
    draft.flagsAdded = [...carried.flags];
    note(draft, 'syscalls', `backports of ${source}`);
    note(draft, 'flagsAdded', `backports of ${source}`);
  }
  setSettings(draft, distributionSettings(row), `default of ${source}`);
  const unprivilegedUser = userNamespacesFor(row, draft.sysctls ?? {});
  if (unprivilegedUser !== undefined) {
    draft.namespaces = { ...draft.namespaces, unprivilegedUser };
    note(draft, 'namespaces.unprivilegedUser', `default of ${source}`);
  }
  if (row.cgroup === 'v1' || row.cgroup === 'v2' || row.cgroup === 'hybrid') {
    // Device trees of Raspberry Pi’s kernels boot with cgroup_disable=memory (bcm2711-rpi-4-b.dts, bcm2712-rpi-5-b.dts).
    const withoutMemory = row.id === 'raspios' && row.cgroup === 'v2';
    draft.cgroup = {
      version: row.cgroup,
      ...(withoutMemory ? { controllers: ['cpu', 'cpuset', 'io', 'pids'] } : {}),
    };
    note(draft, 'cgroup', `default of ${source}`);
  }
  const hugePages = hugePagesOf(row);
  if (hugePages !== undefined) {
    draft.transparentHugepages = hugePages;
    note(draft, 'transparentHugepages', `default of ${source}`);
  }
  applySecurity(draft, row, source);
  applyInstallation(draft, row, source);
  applyProcessor(draft, row, source);
  const { libseccomp } = row.packages;
  if (libseccomp !== undefined) {
    draft.libseccomp = libseccomp;
    note(draft, 'libseccomp', `package of ${source}`);
  }
  const packaged = packagedEngine(row);
  if (packaged !== undefined) {
    draft.engine = engineOf(packaged, row.packages[packaged], draft);
    const read = row.defaultsQuality === 'c' ? ', from general knowledge' : '';
    note(draft, 'engine', `package of ${source}${read}; another with a qualifier`);
    if (runByKubelet(row)) {
      draft.engine = { ...draft.engine, seccomp: { mode: 'unconfined' } };
      note(draft, 'engine.seccomp', withoutProfile);
    }
  } else if (engineNotShown.has(row.id)) {
    draft.engine = { name: 'other' };
    note(draft, 'engine', `${source} does not show its engine`);
  }
  if (row.id === 'rhcos') {
    draft.container = restricted(row.version);
    note(
      draft,
      'container',
      `security context constraints of ${source}, ${restrictedName(row.version)}`,
    );
  }
  if (row.id === 'lambda') {
    draft.container = {
      privileged: false,
      readOnlyRoot: true,
      tmpfs: { '/tmp': 'rw' },
      shmSize: 0,
      devices: [],
      capabilities: [],
      user: '993',
    };
    note(draft, 'container', source);
  }
  if (row.id === 'fargate') {
    draft.container = { privileged: false, devices: [], capabilities: [...dockerCapabilities] };
    note(draft, 'container', source);
  }
  return draft;
}

/** Whose containers the kubelet starts; Talos is not among them: its machines are set up with seccompDefault. */
function runByKubelet({ id, version }: Distribution): boolean {
  return ['eks', 'gke', 'aks'].includes(id) || (id === 'bottlerocket' && version.includes('k8s'));
}

/** Why a pod has no filter. */
export const withoutProfile =
  'the kubelet starts pods without a filter unless they ask for RuntimeDefault, or its seccompDefault is on: +seccomp:default';

const restrictedName = (version: string): string =>
  compareVersions(version, '4.11') >= 0 ? 'restricted-v2' : 'restricted';

/**
 * What OpenShift makes of a pod that asks for nothing: a user of the project's own range, whatever the image says, and few
 * or no capabilities (docs.redhat.com, "Managing security context constraints").
 */
function restricted(version: string): NonNullable<Draft['container']> {
  const second = restrictedName(version) === 'restricted-v2';
  return {
    privileged: false,
    user: '1000680000',
    devices: [],
    capabilitiesDropped: second ? ['ALL'] : ['CAP_KILL', 'CAP_MKNOD', 'CAP_SETUID', 'CAP_SETGID'],
    ...(second ? { noNewPrivileges: true } : {}),
  };
}

/** Services that run containers and do not say how. */
const engineNotShown = new Set(['fargate', 'lambda']);

function gvisorHost(name: string, version: string | undefined, machine: string): Draft {
  const release = gvisorRelease(/\d{8}(?:\.\d+)?/.exec(version ?? '')?.[0]);
  return {
    schema: 'plimsoll.host/1',
    name,
    description: 'gVisor answers system calls itself; the kernel under it is not seen by programs',
    machine,
    pageSize: 4096,
    kernel: { kind: 'gvisor', release, base: release === '4.4.0' ? '4.4' : '4.19' },
    ...(machine === 'x86_64' ? { vsyscall: 'emulate', ia32: false } : {}),
    lsm: { selinux: 'disabled', apparmor: false, active: [] },
    engine: {
      name: 'gvisor',
      ...(version === undefined ? {} : { version }),
      runtime: { name: 'runsc', ...(version === undefined ? {} : { version }) },
      seccomp: { mode: 'unconfined' },
    },
    sources: {
      kernel: 'gVisor pkg/sentry/syscalls/linux',
      ia32: 'gVisor runs 64-bit programs only',
      vsyscall: 'gVisor emulates the page',
    },
  };
}

function wsl1Host(name: string, machine: string): Draft {
  return {
    schema: 'plimsoll.host/1',
    name,
    description: 'Windows emulates a Linux kernel',
    machine,
    pageSize: 4096,
    kernel: { kind: 'wsl1', release: '4.4.0-19041-Microsoft', base: '4.4' },
    sources: { kernel: 'what WSL 1 of Windows 10 2004 says' },
  };
}

/** What is said of a release that the tables do not reach. */
function beyondTables(release: string): string {
  const base = parseRelease(release)?.base ?? release;
  if (compareReleases(base, newestRelease) > 0)
    return `; newer than Linux ${newestRelease}, the newest in the tables: what came after it is not known`;
  return compareReleases(base, oldestRelease) < 0
    ? `; older than Linux ${oldestRelease}, the oldest in the tables: calls count as there from that one on`
    : '';
}

/** The host that a name without qualifiers means, on a machine (uname -m); undefined for an unknown name. */
export function namedHost(name: string, machine = 'x86_64'): Draft | undefined {
  const lower = name.toLowerCase();
  const [id = '', version] = lower.split(':');
  if (id === 'gvisor') {
    const release = version === undefined || /^(?:release-)?\d{8}(?:\.\d+)?$/.test(version);
    return release ? gvisorHost(name, version, machine) : undefined;
  }
  if (lower === 'wsl1') return wsl1Host(name, machine);
  if (id === 'kernel') {
    const release = name.slice(name.indexOf(':') + 1);
    if (version === undefined || parseRelease(release) === undefined) return undefined;
    const draft: Draft = { schema: 'plimsoll.host/1', name };
    applyMachine(draft, machine);
    applyKernel(draft, release, `given by name${beyondTables(release)}`);
    return draft;
  }
  const row = rowNamed(lower);
  if (row !== undefined)
    return distributionHost(row, spokenName(lower), onlyMachine[row.id] ?? machine);
  const newest = newestNamed(lower);
  if (newest === undefined) return undefined;
  const taken = `${spokenName(lower)}:${newest.version}`;
  const draft = distributionHost(newest, taken, onlyMachine[newest.id] ?? machine);
  draft.name = `${name} (taken as ${taken})`;
  note(draft, 'distribution', `no release was named: ${taken} is the newest in the tables`);
  return draft;
}

/** A processor of a level, and no more than is said: used by the qualifier cpu. */
export function processorOfLevel(level: string): NonNullable<Offer['cpu']> | undefined {
  const generation = /^(power\d+|z\d+|zEC12|zec12)$/.test(level);
  return generation || featuresOfLevel(level) !== undefined ? { level } : undefined;
}
