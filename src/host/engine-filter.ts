// The seccomp filter that a container on a host runs under, and what it answers. Engines differ: docker, containerd
// and those with containers-common ship a default; Singularity has none; nspawn's and LXC's are their own.
import type { Abi } from '../kernel/abi.ts';
import {
  type Action,
  defaultFilter,
  evaluateFilter,
  type Filter,
  filterVersions,
  parseOciProfile,
} from '../kernel/filters.ts';
import { compareVersions } from '../lib/version.ts';
import { allCapabilities, boundingSet } from './capabilities.ts';
import { runcOf } from './named/engine-versions.ts';
import { nspawnFilter } from './nspawn-filter.ts';
import type { Offer } from './offer.ts';

/** The filters that may be in force: none, or one or several when the version is not known; or it cannot be told. */
export type FilterOfHost =
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'filters'; readonly filters: readonly Filter[] }
  | { readonly kind: 'unknown'; readonly why: string };

/** Engines that filter nothing unless they are told to. */
const withoutFilter: Readonly<Record<string, string>> = {
  singularity: 'Singularity and Apptainer set no filter by default',
  kata: 'Kata Containers set no filter inside the guest by default',
};

/** LXC's own: everything is allowed but these (config/templates/common.seccomp of lxc). */
const lxcFilter = parseOciProfile(
  {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      {
        names: ['kexec_load', 'open_by_handle_at', 'init_module', 'finit_module', 'delete_module'],
        action: 'SCMP_ACT_ERRNO',
        errnoRet: 1,
      },
    ],
  },
  'common.seccomp of LXC',
);

/** Docker had its first default filter in 1.10. */
const firstDocker = '1.10';

function defaultFilters(offer: Offer): readonly Filter[] {
  const { engine } = offer;
  if (engine === undefined) return [];
  if (engine.name === 'lxc') return [lxcFilter];
  if (engine.name === 'nspawn' && engine.version && compareVersions(engine.version, '247') < 0)
    return [nspawnFilter];
  const own = defaultFilter(engine.name, engine.version, engine.commonVersion);
  if (own !== undefined) return [own];
  if (engine.version !== undefined) return [];
  const table = ['podman', 'buildah', 'cri-o'].includes(engine.name)
    ? 'containers-common'
    : engine.name;
  return filterVersions(table).flatMap(({ first }) => defaultFilter(table, first) ?? []);
}

/** The filter in force on a host. */
export function filterOfHost(offer: Offer): FilterOfHost {
  const { engine, container, kernel } = offer;
  if (container?.privileged) return { kind: 'none', why: 'a privileged container has no filter' };
  if (engine === undefined) return { kind: 'none', why: 'no engine is named' };
  const mode = engine.seccomp?.mode;
  if (mode === 'unconfined')
    return { kind: 'none', why: 'the container runs with seccomp=unconfined' };
  if (mode === 'none') return { kind: 'none', why: 'this kernel has no seccomp' };
  if (mode === 'profile') {
    return engine.seccomp?.profile === undefined
      ? { kind: 'unknown', why: 'the seccomp profile in use is not written out' }
      : {
          kind: 'filters',
          filters: [parseOciProfile(engine.seccomp.profile, 'its seccomp profile')],
        };
  }
  const { config } = kernel ?? {};
  if (config !== undefined && kernel?.configComplete && config['CONFIG_SECCOMP_FILTER'] !== 'y') {
    return { kind: 'none', why: 'the kernel is built without CONFIG_SECCOMP_FILTER' };
  }
  const none = withoutFilter[engine.name];
  if (none !== undefined) return { kind: 'none', why: none };
  if (
    engine.name === 'docker' &&
    engine.version &&
    compareVersions(engine.version, firstDocker) < 0
  ) {
    return { kind: 'none', why: `docker has a default filter since ${firstDocker}` };
  }
  const filters = defaultFilters(offer);
  if (filters.length > 0) return { kind: 'filters', filters };
  const named = [engine.name, engine.version].filter(Boolean).join(' ');
  return { kind: 'unknown', why: `the default filter of ${named} is not known` };
}

/** The runtime that loads the filter: as given, else the runc that came with the engine. */
export function runtimeOf(
  offer: Offer,
): { name: string; version?: string | undefined } | undefined {
  const { engine } = offer;
  if (engine?.runtime?.version !== undefined) return engine.runtime;
  if (engine?.runtime !== undefined && engine.runtime.name !== 'runc') return engine.runtime;
  const version = engine?.version === undefined ? undefined : runcOf(engine.name, engine.version);
  return version === undefined ? engine?.runtime : { name: 'runc', version };
}

/** What the filter of a host says to a call; undefined where filters of the possible versions disagree or it is unknown. */
export function filterAnswer(
  offer: Offer,
  filters: readonly Filter[],
  question: {
    readonly abi: Abi;
    readonly name: string;
    readonly args?: readonly (bigint | undefined)[] | undefined;
  },
): Action | undefined {
  const known = boundingSet(offer);
  const sets = known === undefined ? [new Set<string>(), new Set(allCapabilities)] : [known];
  let agreed: Action | undefined;
  for (const filter of filters) {
    for (const capabilities of sets) {
      const action = evaluateFilter(filter, {
        abi: question.abi,
        syscall: question.name,
        ...(question.args === undefined ? {} : { args: question.args }),
        capabilities,
        kernel: offer.kernel?.release ?? offer.kernel?.base,
        libseccomp: offer.engine?.libseccomp ?? offer.libseccomp,
        runtime: runtimeOf(offer),
      });
      if (agreed !== undefined && agreed.action !== action.action) return undefined;
      agreed ??= action;
    }
  }
  return agreed;
}
