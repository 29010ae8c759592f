// Qualifiers of the host's system: kernel:6.8, sysctl:vm.max_map_count=262144, selinux:permissive …
import { compareReleases, parseRelease } from '../../kernel/release.ts';
import { type Draft, note, setSettings } from '../named/draft.ts';
import { applyKernel } from '../named/named-host.ts';
import { versionOf } from './checked-values.ts';
import { byName, choice, type Qualifier, wrong } from './qualifier.ts';

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

function remove(list: readonly string[] | undefined, name: string): string[] | undefined {
  return list?.filter((one) => one !== name);
}

/** The host's kernel, its settings, its security modules and modules. */
export const systemQualifiers: readonly Qualifier[] = [
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
      const [, name, set] = /^([a-z][\w-]*[./][\w./-]+)=(.*)$/.exec(value) ?? [];
      if (name === undefined || set === undefined) {
        throw wrong('sysctl:NAME=VALUE', value, 'sysctl:vm.max_map_count=262144');
      }
      setSettings(draft, { [name]: set }, byName);
    },
  },
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
      const driver = versionOf('nvidia:DRIVER', value, 'nvidia:570.86.15');
      draft.nvidia = { ...draft.nvidia, driver };
      note(draft, 'nvidia.driver', byName);
    },
  },
  {
    name: 'compute',
    form: 'compute:CAPABILITY',
    says: 'the compute capability of the NVIDIA card',
    apply: (draft, value) => {
      if (!/^\d{1,2}\.\d$/.test(value)) throw wrong('compute:CAPABILITY', value, 'compute:8.6');
      draft.nvidia = { ...draft.nvidia, computeCapability: value };
      note(draft, 'nvidia.computeCapability', byName);
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
      if (!/^[A-Z][A-Z0-9_.-]*(?::[A-Z0-9_.-]+)*$/.test(value))
        throw wrong(
          'crypto:POLICY',
          value,
          'crypto:DEFAULT, crypto:LEGACY, crypto:FUTURE or crypto:FIPS',
        );
      draft.cryptoPolicy = value;
      note(draft, 'cryptoPolicy', byName);
    },
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
