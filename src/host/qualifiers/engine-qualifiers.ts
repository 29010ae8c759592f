// Qualifiers of the engine: docker:20.10, libseccomp:2.3.1, seccomp:unconfined …
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { filterVersions, podmanReleases } from '../../kernel/filters.ts';
import { compareVersions } from '../../lib/version.ts';
import { type Draft, note } from '../named/draft.ts';
import { engineOf } from '../named/named-engine.ts';
import { applyKernel } from '../named/named-host.ts';
import { versionOf, wordOf } from './checked-values.ts';
import {
  byName,
  type Engine,
  type Qualifier,
  type QualifierWorld,
  setEngine,
  wrong,
} from './qualifier.ts';

function engineQualifier(name: Engine['name'], says: string): Qualifier {
  return {
    name,
    form: `${name}[:VERSION]`,
    says,
    apply: (draft, value) => {
      const { rootless } = draft.engine ?? {};
      const version =
        value === ''
          ? undefined
          : versionOf(`${name}[:VERSION]`, value, `${name} or ${name}:1.2.3`);
      draft.engine = engineOf(name, version, draft);
      if (rootless) draft.engine.rootless = true;
      note(draft, 'engine', `${byName}${beyondTables(name, version)}`);
    },
  };
}

/** What is said of a version that is newer than all whose filter is known. */
function beyondTables(name: string, version: string | undefined): string {
  const newest = name === 'podman' ? podmanReleases().at(-1) : filterVersions(name).at(-1)?.last;
  return version === undefined || newest === undefined || compareVersions(version, newest) <= 0
    ? ''
    : `; newer than ${newest}, the newest that is known: the filter is that one's`;
}

function runtimeQualifier(name: string): Qualifier {
  return {
    name,
    form: `${name}:VERSION`,
    says: `the engine's runtime is ${name} of that version`,
    apply: (draft, value) =>
      setEngine(draft, {
        runtime: { name, version: versionOf(`${name}:VERSION`, value, `${name}:1.2.3`) },
      }),
  };
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

/** The kernel that Kata builds for its guests, by its release (versions.yaml at the tags 3.1.0 to 4.1.0). */
const kataKernels: readonly (readonly [kata: string, kernel: string])[] = [
  ['3.1', '5.19.2'],
  ['3.2', '6.1.38'],
  ['3.3', '6.1.62'],
  ['3.14', '6.12.13'],
  ['3.16', '6.12.22'],
  ['3.18', '6.12.28'],
  ['3.20', '6.12.42'],
  ['3.22', '6.12.47'],
  ['3.26', '6.18.5'],
  ['3.28', '6.18.15'],
  ['3.32', '6.18.35'],
];

/** In a virtual machine of Kata the guest's kernel counts: known from Kata's version, and nothing of the host's. */
function applyKata(draft: Draft, value: string): void {
  const version = value === '' ? '' : versionOf('kata[:VERSION]', value, 'kata or kata:3.16');
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
  for (const part of ['namespaces', 'transparentHugepages', 'storage', 'limits'] as const)
    delete draft[part];
  if (draft.sources !== undefined) {
    draft.sources = Object.fromEntries(
      Object.entries(draft.sources).filter(([part]) => !/^(kernel|sysctls|lsm)\b/.test(part)),
    );
  }
  const guest =
    version === ''
      ? undefined
      : kataKernels.findLast(([first]) => compareVersions(version, first) >= 0)?.[1];
  if (guest !== undefined) applyKernel(draft, guest, `guest kernel of Kata ${version}`);
  draft.hypervisor = 'kata';
  draft.engine = {
    name: 'kata',
    ...(version === '' ? {} : { version }),
    runtime: { name: 'kata', ...(version === '' ? {} : { version }) },
  };
  note(draft, 'hypervisor', byName);
}

/** Storage drivers of docker, podman and CRI-O, snapshotters of containerd. */
const storageDrivers = [
  'overlay2',
  'overlay',
  'overlayfs',
  'fuse-overlayfs',
  'native',
  'btrfs',
  'zfs',
  'vfs',
  'aufs',
  'devicemapper',
  'blockfile',
  'erofs',
  'nydus',
  'soci',
  'stargz',
];

/** The engine, its runtime, its filter. */
export const engineQualifiers: readonly Qualifier[] = [
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
      const version = versionOf('libseccomp:VERSION', value, 'libseccomp:2.5.4');
      draft.libseccomp = version;
      if (draft.engine) setEngine(draft, { libseccomp: version });
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
    name: 'storage',
    form: 'storage:DRIVER',
    says: "the engine's storage driver: overlay2, btrfs, vfs, devicemapper",
    apply: (draft, value) =>
      setEngine(draft, { storageDriver: wordOf('storage:DRIVER', value, storageDrivers) }),
  },
  {
    name: 'kata',
    form: 'kata[:VERSION]',
    says: "in a virtual machine of Kata Containers: the guest's kernel counts, which follows from the version (3.1 on)",
    apply: applyKata,
  },
];
