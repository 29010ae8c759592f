// Qualifiers of the engine: docker:20.10, libseccomp:2.3.1, seccomp:unconfined …
import { PlimsollError } from '../../diag/plimsoll-error.ts';
import { type Draft, note } from '../named/draft.ts';
import { engineOf } from '../named/named-engine.ts';
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
    name: 'storage',
    form: 'storage:DRIVER',
    says: "the engine's storage driver: overlay2, btrfs, vfs, devicemapper",
    apply: (draft, value) => setEngine(draft, { storageDriver: value }),
  },
  {
    name: 'kata',
    form: 'kata[:VERSION]',
    says: "in a virtual machine of Kata Containers: the guest's kernel counts, which is not known",
    apply: applyKata,
  },
];
