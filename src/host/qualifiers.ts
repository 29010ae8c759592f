// What is written after a host's name with '+': an engine, a way to start the container, another processor, a setting.
// Each qualifier is one entry of this table; they apply from left to right and go with every kind of host.

import { PlimsollError } from '../diag/plimsoll-error.ts';
import { abis } from '../kernel/abi.ts';
import { compareReleases, parseRelease } from '../kernel/release.ts';
import { cpuLevels, featuresOfLevel } from './cpu-level.ts';
import { type Draft, note, setSettings } from './named/draft.ts';
import { engineOf } from './named/named-engine.ts';
import { applyKernel, processorOfLevel } from './named/named-host.ts';

/** What applying a qualifier may need of the world. */
export interface QualifierWorld {
  readonly readFile: (path: string) => Promise<string>;
}

/** One qualifier. */
export interface Qualifier {
  readonly name: string;
  /** How it is written. */
  readonly form: string;
  /** What it says: one line for people. */
  readonly says: string;
  apply(draft: Draft, value: string, world: QualifierWorld): void | Promise<void>;
}

type Engine = NonNullable<Draft['engine']>;
type Container = NonNullable<Draft['container']>;

const byName = 'given by qualifier';

function wrong(form: string, value: string, expected: string): PlimsollError {
  return new PlimsollError('PL0301', `'${value}' does not fit the qualifier ${form}`, {
    help: `write ${expected}`,
  });
}

function setContainer(draft: Draft, change: Container): void {
  draft.container = { ...draft.container, ...change };
  for (const key of Object.keys(change)) note(draft, `container.${key}`, byName);
}

function setEngine(draft: Draft, change: Partial<Engine>): void {
  draft.engine = { name: 'other', ...draft.engine, ...change };
  for (const key of Object.keys(change)) note(draft, `engine.${key}`, byName);
}

function engineQualifier(name: Engine['name'], says: string): Qualifier {
  return {
    name,
    form: `${name}[:VERSION]`,
    says,
    apply: (draft, value) => {
      const { rootless } = draft.engine ?? {};
      draft.engine = engineOf(name, value === '' ? undefined : value, draft);
      if (rootless) draft.engine.rootless = true;
      note(draft, 'engine', byName);
    },
  };
}

function runtimeQualifier(name: string): Qualifier {
  return {
    name,
    form: `${name}:VERSION`,
    says: `the engine's runtime is ${name} of that version`,
    apply: (draft, value) =>
      setEngine(draft, { runtime: value === '' ? { name } : { name, version: value } }),
  };
}

/** A qualifier whose value is one of a few words. */
function choice<T extends string>(
  name: string,
  words: readonly T[],
  says: string,
  apply: (draft: Draft, word: T) => void,
): Qualifier {
  const form = `${name}:${words.join('|')}`;
  return {
    name,
    form,
    says,
    apply: (draft, value) => {
      const word = words.find((one) => one === value);
      if (word === undefined)
        throw wrong(form, value, words.map((one) => `${name}:${one}`).join(' or '));
      apply(draft, word);
      note(draft, name, byName);
    },
  };
}

function capability(value: string): string {
  const upper = value.toUpperCase();
  return upper.startsWith('CAP_') || upper === 'ALL' ? upper : `CAP_${upper}`;
}

const sizes: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

function bytesOf(value: string): number | undefined {
  const match = /^(\d+)([kmg]?)b?$/i.exec(value);
  const unit = sizes[match?.[2]?.toLowerCase() ?? ''];
  return match?.[1] === undefined || unit === undefined ? undefined : Number(match[1]) * unit;
}

function limitOf(value: string): number | null | undefined {
  if (/^(unlimited|infinity|-1)$/.test(value)) return null;
  return /^\d+$/.test(value) ? Number(value) : undefined;
}

function applyUlimit(draft: Draft, value: string): void {
  const [name = '', range = ''] = value.split('=');
  const [softText = '', hardText = softText] = range.split(':');
  const soft = limitOf(softText);
  const hard = limitOf(hardText);
  if (!/^[a-z]+$/.test(name) || soft === undefined || hard === undefined) {
    throw wrong(
      'ulimit:NAME=SOFT[:HARD]',
      value,
      'ulimit:nofile=1024:4096 or ulimit:memlock=unlimited',
    );
  }
  draft.limits = { ...draft.limits, [name]: { soft, hard } };
  note(draft, `limits.${name}`, byName);
}

async function applySeccomp(draft: Draft, value: string, world: QualifierWorld): Promise<void> {
  if (value === 'default' || value === 'unconfined' || value === 'none') {
    setEngine(draft, { seccomp: { mode: value } });
    return;
  }
  if (value === '')
    throw wrong('seccomp:FILE', value, 'seccomp:unconfined, seccomp:none or seccomp:profile.json');
  const text = await world.readFile(value);
  let profile: unknown;
  try {
    profile = JSON.parse(text);
  } catch (error) {
    throw new PlimsollError('PL0205', 'the seccomp profile is not JSON', {
      at: { path: value },
      cause: error,
    });
  }
  if (typeof profile !== 'object' || profile === null || !('defaultAction' in profile)) {
    throw new PlimsollError('PL0302', 'not an OCI seccomp profile: defaultAction is missing', {
      at: { path: value },
    });
  }
  setEngine(draft, { seccomp: { mode: 'profile', profile: { ...profile } } });
}

/** Levels that a person may write; the highest that lacks a feature is what is left without it. */
function levelWithout(feature: string): string | undefined {
  const family = cpuLevels.find((levels) =>
    levels.some((level) => featuresOfLevel(level)?.includes(feature)),
  );
  return family?.findLast((level) => !featuresOfLevel(level)?.includes(feature));
}

function withoutFeature(draft: Draft, feature: string): void {
  const { cpu } = draft;
  const level = levelWithout(feature);
  const own = cpu?.level;
  const family = cpuLevels.find((levels) => levels.includes(level ?? ''));
  const lower =
    level === undefined ||
    (own !== undefined && family && family.indexOf(own) <= family.indexOf(level))
      ? own
      : level;
  const { levelAtLeast: _, ...rest } = cpu ?? {};
  draft.cpu = {
    ...rest,
    ...(lower === undefined ? {} : { level: lower }),
    ...(cpu?.features === undefined
      ? {}
      : { features: cpu.features.filter((word) => word !== feature) }),
  };
}

function withFeature(draft: Draft, feature: string): void {
  const { cpu } = draft;
  const level =
    cpu?.level ?? cpu?.levelAtLeast ?? (draft.machine === 'x86_64' ? 'x86-64-v1' : undefined);
  const features = cpu?.features ?? featuresOfLevel(level ?? '') ?? [];
  draft.cpu = { ...cpu, features: [...new Set([...features, feature])] };
}

function applyCpu(draft: Draft, value: string): void {
  const signed = /^([+-])([a-z0-9_]+)$/i.exec(value);
  if (signed?.[2] !== undefined) {
    if (signed[1] === '-') withoutFeature(draft, signed[2]);
    else withFeature(draft, signed[2]);
  } else {
    const cpu = processorOfLevel(value);
    if (cpu === undefined) {
      throw wrong(
        'cpu:LEVEL',
        value,
        `one of ${cpuLevels.flat().join(', ')}, or cpu:-avx, cpu:+avx512f`,
      );
    }
    const aarch32 = draft.cpu?.aarch32;
    draft.cpu = aarch32 === undefined ? cpu : { ...cpu, aarch32 };
  }
  note(draft, 'cpu', byName);
}

/** Another kernel below the same user space: what the old one carried is gone, settings of the distribution stay. */
function applyOtherKernel(draft: Draft, value: string): void {
  if (parseRelease(value) === undefined) {
    throw wrong(
      'kernel:RELEASE',
      value,
      'a release as uname -r gives it: kernel:6.8 or kernel:3.10.0-1160.el7',
    );
  }
  const kept = Object.fromEntries(
    Object.entries(draft.sysctls ?? {}).filter(
      ([name]) => !draft.sources?.[`sysctls.${name}`]?.startsWith('default of Linux'),
    ),
  );
  const unprivilegedUser = draft.namespaces?.unprivilegedUser;
  delete draft.syscalls;
  delete draft.flagsAdded;
  draft.sysctls = {};
  applyKernel(draft, value, byName);
  draft.sysctls = { ...draft.sysctls, ...kept };
  if (unprivilegedUser !== undefined) {
    draft.namespaces = { ...draft.namespaces, unprivilegedUser };
  }
  // vsyscall could be read from 4.4 on only by choice; what the distribution chose holds for its own kernels.
  if (compareReleases(value, '3.0') < 0) delete draft.vsyscall;
}

const emulated: Readonly<Record<string, readonly string[]>> = {
  rosetta: ['x86_64'],
};

function applyEmulation(
  draft: Draft,
  by: 'qemu-user' | 'rosetta' | 'box64' | 'fex',
  version: string,
): void {
  const machines =
    emulated[by] ??
    (by === 'qemu-user'
      ? [
          'aarch64',
          'armv7l',
          'ppc64le',
          'riscv64',
          's390x',
          'x86_64',
          'i686',
          'loongarch64',
          'mips64',
        ].filter((machine) => machine !== draft.machine)
      : ['x86_64']);
  if (by !== 'qemu-user') draft.machine = 'aarch64';
  draft.emulation = {
    by,
    ...(version === '' ? {} : { version }),
    machines: [...machines],
    ...(by === 'qemu-user' ? { credentialsFlag: true } : {}),
  };
  note(draft, 'emulation', byName);
}

/** In a virtual machine of Kata the guest's kernel counts, of which the host says nothing. */
function applyKata(draft: Draft, version: string): void {
  for (const part of [
    'kernel',
    'syscalls',
    'flagsAdded',
    'sysctls',
    'lsm',
    'modules',
    'vsyscall',
  ] as const) {
    delete draft[part];
  }
  delete draft.modulesAvailable;
  delete draft.ia32;
  draft.hypervisor = 'kata';
  draft.engine = {
    name: 'kata',
    ...(version === '' ? {} : { version }),
    runtime: { name: 'kata', ...(version === '' ? {} : { version }) },
  };
  note(draft, 'hypervisor', byName);
}

function remove(list: readonly string[] | undefined, name: string): string[] | undefined {
  return list?.filter((one) => one !== name);
}

const machineNames = [
  ...abis.filter((abi) => abi !== 'i386' && abi !== 'x32' && abi !== 'arm'),
  'armv7l',
  'i686',
];

/** The machine is chosen before a named host is built; for other hosts what hung on the old one is dropped. */
function applyMachine(draft: Draft, value: string): void {
  if (!machineNames.includes(value))
    throw wrong('arch:MACHINE', value, `one of ${machineNames.join(', ')}`);
  if (draft.machine !== value) {
    for (const part of ['cpu', 'vsyscall', 'ia32', 'syscalls', 'pageSize'] as const)
      delete draft[part];
    draft.machine = value;
  }
  note(draft, 'machine', byName);
}

/** Every qualifier, in the order in which help shows them. */
export const qualifiers: readonly Qualifier[] = [
  engineQualifier('docker', 'Docker Engine, with its default filter'),
  engineQualifier('podman', 'Podman, with the filter of its containers-common'),
  engineQualifier('containerd', 'containerd, with its default filter (RuntimeDefault)'),
  engineQualifier('cri-o', 'CRI-O'),
  engineQualifier('buildah', 'Buildah'),
  engineQualifier('nspawn', 'systemd-nspawn'),
  engineQualifier('singularity', 'Singularity or Apptainer'),
  {
    name: 'engine',
    form: 'engine:none|NAME',
    says: 'no engine: the program runs on the kernel itself; or one without qualifier of its own (garden, lxc, other)',
    apply: (draft, value) => {
      if (value === 'none') {
        delete draft.engine;
        delete draft.container;
        return;
      }
      if (value !== 'garden' && value !== 'lxc' && value !== 'other') {
        throw wrong(
          'engine:none|NAME',
          value,
          'engine:none, engine:garden, engine:lxc or engine:other',
        );
      }
      draft.engine = { name: value };
    },
  },
  runtimeQualifier('runc'),
  runtimeQualifier('crun'),
  {
    name: 'libseccomp',
    form: 'libseccomp:VERSION',
    says: 'the libseccomp that compiles the filter',
    apply: (draft, value) => {
      draft.libseccomp = value;
      if (draft.engine) setEngine(draft, { libseccomp: value });
      note(draft, 'libseccomp', byName);
    },
  },
  {
    name: 'seccomp',
    form: 'seccomp:default|unconfined|none|FILE',
    says: 'the filter: none, or an OCI profile in a file',
    apply: applySeccomp,
  },
  {
    name: 'privileged',
    form: 'privileged',
    says: 'started with --privileged',
    apply: (draft) => setContainer(draft, { privileged: true }),
  },
  {
    name: 'rootless',
    form: 'rootless',
    says: 'the engine runs as an ordinary user',
    apply: (draft) => {
      setEngine(draft, { rootless: true });
      setContainer(draft, { userNamespace: true });
    },
  },
  {
    name: 'cap-add',
    form: 'cap-add:NAME',
    says: 'a capability more',
    apply: (draft, value) =>
      setContainer(draft, {
        capabilitiesAdded: [...(draft.container?.capabilitiesAdded ?? []), capability(value)],
      }),
  },
  {
    name: 'cap-drop',
    form: 'cap-drop:NAME',
    says: 'a capability less; cap-drop:ALL drops all',
    apply: (draft, value) =>
      setContainer(draft, {
        capabilitiesDropped: [...(draft.container?.capabilitiesDropped ?? []), capability(value)],
      }),
  },
  {
    name: 'user',
    form: 'user:NAME|ID',
    says: 'started as that user',
    apply: (draft, value) => setContainer(draft, { user: value }),
  },
  {
    name: 'read-only',
    form: 'read-only',
    says: 'the root file system is read-only',
    apply: (draft) => setContainer(draft, { readOnlyRoot: true }),
  },
  {
    name: 'no-new-privileges',
    form: 'no-new-privileges',
    says: 'setuid bits and file capabilities have no effect',
    apply: (draft) => setContainer(draft, { noNewPrivileges: true }),
  },
  {
    name: 'arch',
    form: 'arch:MACHINE',
    says: 'the machine, as uname -m gives it',
    apply: applyMachine,
  },
  {
    name: 'cpu',
    form: 'cpu:LEVEL or cpu:-FEATURE or cpu:+FEATURE',
    says: 'the processor: x86-64-v1 … v4, armv8.2-a, power9, z14; or a feature less or more',
    apply: applyCpu,
  },
  choice('page', ['4k', '16k', '64k'], 'the page size', (draft, word) => {
    draft.pageSize = Number.parseInt(word, 10) * 1024;
    note(draft, 'pageSize', byName);
  }),
  choice('cgroup', ['v1', 'v2', 'hybrid'], 'the layout of control groups', (draft, version) => {
    draft.cgroup = { version };
  }),
  choice(
    'selinux',
    ['enforcing', 'permissive', 'disabled'],
    'the mode of SELinux',
    (draft, mode) => {
      draft.lsm = { ...draft.lsm, selinux: mode };
    },
  ),
  choice('apparmor', ['on', 'off'], 'whether AppArmor is active', (draft, word) => {
    draft.lsm = { ...draft.lsm, apparmor: word === 'on' };
  }),
  choice('vsyscall', ['none', 'xonly', 'emulate', 'native'], 'the vsyscall page', (draft, mode) => {
    draft.vsyscall = mode;
  }),
  choice('ia32', ['on', 'off'], 'whether 32-bit x86 programs run', (draft, word) => {
    draft.ia32 = word === 'on';
  }),
  choice('aarch32', ['on', 'off'], 'whether 32-bit ARM programs run', (draft, word) => {
    draft.cpu = { ...draft.cpu, aarch32: word === 'on' };
  }),
  {
    name: 'kernel',
    form: 'kernel:RELEASE',
    says: 'another kernel below the same distribution',
    apply: applyOtherKernel,
  },
  {
    name: 'sysctl',
    form: 'sysctl:NAME=VALUE',
    says: 'a kernel setting',
    apply: (draft, value) => {
      const [, name, set] = /^([a-z][\w./-]*)=(.*)$/.exec(value) ?? [];
      if (name === undefined || set === undefined) {
        throw wrong('sysctl:NAME=VALUE', value, 'sysctl:vm.max_map_count=262144');
      }
      setSettings(draft, { [name]: set }, byName);
    },
  },
  {
    name: 'ulimit',
    form: 'ulimit:NAME=SOFT[:HARD]',
    says: 'a resource limit inside the container',
    apply: applyUlimit,
  },
  {
    name: 'shm',
    form: 'shm:SIZE',
    says: 'the size of /dev/shm: 64m, 1g',
    apply: (draft, value) => {
      const size = bytesOf(value);
      if (size === undefined) throw wrong('shm:SIZE', value, 'shm:64m or shm:1g');
      setContainer(draft, { shmSize: size });
    },
  },
  {
    name: 'tmpfs',
    form: 'tmpfs:PATH[=OPTIONS]',
    says: 'a tmpfs at a path: tmpfs:/tmp=noexec,nosuid',
    apply: (draft, value) => {
      const [path = '', ...options] = value.split('=');
      if (!path.startsWith('/')) throw wrong('tmpfs:PATH[=OPTIONS]', value, 'tmpfs:/tmp=noexec');
      setContainer(draft, {
        tmpfs: { ...draft.container?.tmpfs, [path]: options.join('=') || 'rw' },
      });
    },
  },
  {
    name: 'device',
    form: 'device:PATH',
    says: 'a device of the host, given to the container',
    apply: (draft, value) => {
      if (!value.startsWith('/dev/')) throw wrong('device:PATH', value, 'device:/dev/kvm');
      draft.devices = [...new Set([...(draft.devices ?? []), value])];
      setContainer(draft, { devices: [...(draft.container?.devices ?? []), value] });
    },
  },
  {
    name: 'module',
    form: 'module:NAME',
    says: 'a module that is loaded',
    apply: (draft, value) => {
      draft.modules = [...new Set([...(draft.modules ?? []), value.replaceAll('-', '_')])];
      note(draft, 'modules', byName);
    },
  },
  {
    name: 'no-module',
    form: 'no-module:NAME',
    says: 'a module that is not loaded and cannot be; what is not listed then counts as absent',
    apply: (draft, value) => {
      const name = value.replaceAll('-', '_');
      draft.modules = remove(draft.modules, name) ?? [];
      draft.modulesAvailable = remove(draft.modulesAvailable, name) ?? [];
      note(draft, 'modules', byName);
    },
  },
  {
    name: 'nvidia',
    form: 'nvidia:DRIVER',
    says: 'the version of the NVIDIA driver',
    apply: (draft, value) => {
      draft.nvidia = { driver: value };
      note(draft, 'nvidia', byName);
    },
  },
  {
    name: 'fips',
    form: 'fips',
    says: 'the kernel is in FIPS mode',
    apply: (draft) => {
      draft.fips = true;
      setSettings(draft, { 'crypto.fips_enabled': '1' }, byName);
      note(draft, 'fips', byName);
    },
  },
  {
    name: 'crypto',
    form: 'crypto:POLICY',
    says: 'the crypto policy: DEFAULT, LEGACY, FUTURE',
    apply: (draft, value) => {
      draft.cryptoPolicy = value;
      note(draft, 'cryptoPolicy', byName);
    },
  },
  {
    name: 'storage',
    form: 'storage:DRIVER',
    says: "the engine's storage driver: overlay2, btrfs, vfs, devicemapper",
    apply: (draft, value) => setEngine(draft, { storageDriver: value }),
  },
  {
    name: 'qemu',
    form: 'qemu[:VERSION]',
    says: 'foreign programs run through qemu-user',
    apply: (draft, value) => applyEmulation(draft, 'qemu-user', value),
  },
  {
    name: 'rosetta',
    form: 'rosetta',
    says: 'an Apple processor that runs x86-64 programs through Rosetta',
    apply: (draft) => applyEmulation(draft, 'rosetta', ''),
  },
  {
    name: 'kata',
    form: 'kata[:VERSION]',
    says: "in a virtual machine of Kata Containers: the guest's kernel counts, which is not known",
    apply: applyKata,
  },
  {
    name: 'lxc',
    form: 'lxc',
    says: 'the engine itself runs in an LXC container',
    apply: (draft) => setContainer(draft, { nested: 'lxc' }),
  },
  {
    name: 'wsl1',
    form: 'wsl1',
    says: 'on the emulated kernel of WSL 1',
    apply: (draft) => {
      delete draft.syscalls;
      delete draft.flagsAdded;
      draft.kernel = { kind: 'wsl1', release: '4.4.0-19041-Microsoft', base: '4.4' };
      note(draft, 'kernel', byName);
    },
  },
];
