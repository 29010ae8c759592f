// Holds the host condition of a rule against an offer. Three-valued: what the offer does not say is unknown, and
// "all", "any" and "not" follow Kleene's logic, so that one false part settles an "all" whatever the rest would be.
// Every answer is a clause that people can read ("vm.max_map_count is 65530") and names the part of the offer
// that decided.
import { answerTo } from '../host/answer.ts';
import { boundingSet } from '../host/capabilities.ts';
import { hasCpuFeature, meetsCpuLevel } from '../host/cpu.ts';
import type { Offer } from '../host/offer.ts';
import { satisfies } from '../lib/version.ts';
import { containerOption, mountOptions } from './container-options.ts';
import type { HostCondition, HostLeaf, hostConditions } from './data-rule.ts';
import { moduleState } from './kernel-modules.ts';

/** What the offer says to a host condition. */
export interface HostAnswer {
  readonly truth: boolean | undefined;
  /** A clause when known; the name of what is asked when unknown. */
  readonly value: string;
  /** The part of the offer that decides: "sysctls.vm.max_map_count". */
  readonly part: string;
  /** Where it is known from, when the part of the offer does not tell. */
  readonly source?: string;
}

type Kind = keyof typeof hostConditions;
type Matcher<K extends Kind> = (condition: HostLeaf<K>, offer: Offer) => HostAnswer;

const listOf = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T];

/** Comparisons that fields, container options and sysctls share. */
interface Comparisons {
  readonly is?: string | number | boolean | undefined;
  readonly isNot?: string | number | boolean | undefined;
  readonly in?: readonly (string | number)[] | undefined;
  readonly below?: number | undefined;
  readonly atLeast?: number | undefined;
  readonly above?: number | undefined;
  readonly version?: string | undefined;
  readonly matches?: string | undefined;
  readonly contains?: string | undefined;
  readonly lacks?: string | undefined;
}

function compares(value: unknown, wanted: Comparisons): boolean {
  const text = String(value);
  const number = Number(value);
  const { is, isNot, in: among, below, atLeast, above, version, matches, contains, lacks } = wanted;
  const members = Array.isArray(value) ? value.map(String) : undefined;
  return (
    (is === undefined || text === String(is)) &&
    (isNot === undefined || text !== String(isNot)) &&
    (among === undefined || among.map(String).includes(text)) &&
    (below === undefined || number < below) &&
    (atLeast === undefined || number >= atLeast) &&
    (above === undefined || number > above) &&
    (version === undefined || satisfies(text, version)) &&
    (matches === undefined || new RegExp(matches, 'm').test(members?.join('\n') ?? text)) &&
    (contains === undefined || (members ?? [text]).includes(contains)) &&
    (lacks === undefined || !(members ?? [text]).includes(lacks))
  );
}

function valueAt(offer: Offer, path: string): unknown {
  let value: unknown = offer;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value;
}

function shown(value: unknown): string {
  if (Array.isArray(value))
    return value.length > 6 ? `${value.length} entries` : value.join(', ') || 'empty';
  return typeof value === 'object' ? 'given' : String(value);
}

/** What an absent part makes of a condition. */
function absence(
  absent: 'unknown' | 'true' | 'false' | undefined,
  name: string,
  part: string,
): HostAnswer {
  if (absent === 'true') return { truth: true, value: `there is no ${name}`, part };
  if (absent === 'false') return { truth: false, value: `there is no ${name}`, part };
  return { truth: undefined, value: name, part };
}

/** The mainline release that the kernel is built from: "5.10" of "5.10.186-amd64". */
function baseOf(offer: Offer): string | undefined {
  return offer.kernel?.base ?? /^\d+\.\d+/.exec(offer.kernel?.release ?? '')?.[0];
}

/**
 * The stable release with its patch level where the host tells it: Debian and Ubuntu name it in `uname -v` only,
 * enterprise kernels have none that means anything.
 */
function patchedRelease(offer: Offer): string | undefined {
  const named = /\b(?:Debian|Ubuntu)\s+(\d+\.\d+\.\d+)/.exec(offer.kernel?.version ?? '')?.[1];
  if (named !== undefined) return named;
  const release = offer.kernel?.release;
  const numbers = /^\d+\.\d+\.\d+/.exec(release ?? '')?.[0];
  if (release === undefined || numbers === undefined) return undefined;
  return /^\d+\.\d+\.0-/.test(release) ? undefined : numbers;
}

const matchers: { readonly [K in Kind]: Matcher<K> } = {
  field({ field, absent, ...wanted }, offer) {
    const value = valueAt(offer, field);
    if (value === undefined) return absence(absent, field, field);
    return { truth: compares(value, wanted), value: `${field} is ${shown(value)}`, part: field };
  },

  kernel({ kernel, exact }, offer) {
    const base = baseOf(offer);
    const part = 'kernel';
    if (base === undefined) return { truth: undefined, value: 'kernel release', part };
    const value = `the kernel is ${offer.kernel?.release ?? base}`;
    if (exact !== true) return { truth: satisfies(base, kernel), value, part };
    const patched = patchedRelease(offer);
    if (patched !== undefined) return { truth: satisfies(patched, kernel), value, part };
    const first = satisfies(`${base}.0`, kernel);
    const last = satisfies(`${base}.9999`, kernel);
    return first === last
      ? { truth: first, value, part }
      : { truth: undefined, value: 'patch level of the kernel', part };
  },

  config({ config, is }, offer) {
    const part = `kernel.config.${config}`;
    const listed = offer.kernel?.config?.[config];
    const setting = listed ?? (offer.kernel?.configComplete === true ? 'n' : undefined);
    if (setting === undefined) return { truth: undefined, value: config, part };
    const on = setting !== 'n';
    const truth = { on, off: !on, builtin: setting === 'y', module: setting === 'm' }[is];
    return { truth, value: on ? `${config} is ${setting}` : `${config} is off`, part };
  },

  sysctl({ sysctl, absent, column, minus, ...wanted }, offer) {
    const part = `sysctls.${sysctl}`;
    if (minus !== undefined) return sysctlRoom(offer, sysctl, minus, wanted);
    const setting = offer.sysctls?.[sysctl];
    if (setting === undefined) return absence(absent, sysctl, part);
    const numbers = setting.trim().split(/\s+/);
    const value = column === undefined ? setting.trim() : numbers[column];
    return {
      truth: compares(value, wanted),
      value: `${sysctl} is ${setting.trim().replace(/\s+/g, ' ').slice(0, 80)}`,
      part,
    };
  },

  syscall({ syscall, args, answers }, offer) {
    const answer = answerTo(offer, {
      name: syscall,
      ...(args === undefined ? {} : { args: args.map(BigInt) }),
    });
    const part = 'syscalls';
    if (answer.outcome === 'unknown')
      return { truth: undefined, value: `what ${syscall} answers`, part, source: answer.source };
    const truth = {
      works: answer.outcome === 'works',
      killed: answer.outcome === 'killed',
      refused: answer.outcome !== 'works',
    }[answers as string];
    const value =
      answer.outcome === 'errno'
        ? `${syscall} answers ${answer.errno ?? 'an error'} (${answer.why})`
        : `${syscall}: ${answer.why}`;
    return { truth: truth ?? answer.errno === answers, value, part, source: answer.source };
  },

  capability({ capability, is }, offer) {
    const part = 'container.capabilities';
    const wanted = listOf(capability);
    const set = boundingSet(offer);
    if (set === undefined)
      return { truth: undefined, value: `capability ${wanted.join(' ')}`, part };
    const missing = wanted.filter((name) => !set.has(name));
    const has = missing.length === 0;
    return {
      truth: has === (is === 'present'),
      value: has
        ? `the container has ${wanted.join(' ')}`
        : `the container lacks ${missing.join(' ')}`,
      part,
    };
  },

  limit({ limit, which, below, above }, offer) {
    const part = `limits.${limit}`;
    const found = offer.limits?.[limit];
    if (found === undefined) return { truth: undefined, value: `limit ${limit}`, part };
    const number = found[which ?? 'soft'];
    const level = number ?? Number.POSITIVE_INFINITY;
    return {
      truth: (below === undefined || level < below) && (above === undefined || level > above),
      value: `the limit ${limit} is ${number ?? 'unlimited'}`,
      part,
    };
  },

  module({ module, is }, offer) {
    const part = 'modules';
    const states = listOf(module).map((name) => ({ name, state: moduleState(offer, name) }));
    const holds = ({ state }: (typeof states)[number]): boolean | undefined => {
      if (state === undefined) return undefined;
      if (is === 'unloaded') return state !== 'loaded';
      // "not loaded" leaves open whether it could be.
      if (state === 'unloaded') return is === 'loaded' ? false : undefined;
      return state === is;
    };
    const truth = conjunction(states.map(holds));
    const names = states.map(({ name }) => name).join(', ');
    if (truth === undefined) return { truth, value: `module ${names}`, part };
    const words = states.map(({ name, state }) => `module ${name} is ${state}`);
    return { truth, value: words.join(', '), part };
  },

  device({ device, is, on }, offer) {
    const part = on === 'host' ? 'devices' : 'container.devices';
    const onHost = offer.devices?.includes(device);
    const given = onHost === false ? false : containerDevice(offer, device, onHost);
    const there = on === 'host' ? onHost : given;
    if (there === undefined) return { truth: undefined, value: device, part };
    const words =
      onHost === false
        ? `the host has no ${device}`
        : there
          ? `${device} is there`
          : `${device} is not given to the container`;
    return { truth: there === (is === 'present'), value: words, part };
  },

  mounted({ mounted, at }, offer) {
    const part = 'container.mounts';
    const tmpfs = containerOption(offer, 'tmpfs');
    // What lies below a bind mount is not known unless it is said; these come only where they are asked for.
    const asked = listOf(mounted).every((name) => /^(?:tmpfs|cgroup2?)$/.test(name));
    const mounts = offer.container?.mounts ?? (asked && tmpfs !== undefined ? [] : undefined);
    if (mounts === undefined)
      return { truth: undefined, value: 'file systems mounted in the container', part };
    const inMemory = Object.keys(tmpfs ?? {}).map((target) => ({
      target,
      filesystem: 'tmpfs',
    }));
    const found = [...mounts, ...inMemory].find(
      ({ target, filesystem }) =>
        listOf(mounted).includes(filesystem ?? '') &&
        (at === undefined || at === target || at.startsWith(`${target}/`)),
    );
    const value = found ? `${found.target} is ${found.filesystem}` : 'no such mount';
    return { truth: found !== undefined, value, part };
  },

  filesystem({ filesystem, is }, offer) {
    const part = 'filesystems';
    const there = offer.filesystems?.includes(filesystem);
    if (there === undefined) return { truth: undefined, value: `file system ${filesystem}`, part };
    const value = there ? `${filesystem} is supported` : `the kernel does not offer ${filesystem}`;
    return { truth: there === (is === 'present'), value, part };
  },

  lsm({ lsm, is }, offer) {
    const mode = offer.lsm?.selinux;
    if (lsm === 'selinux' && mode !== undefined) {
      const truth =
        is === 'active' ? mode !== 'disabled' : is === 'absent' ? mode === 'disabled' : mode === is;
      return { truth, value: `SELinux is ${mode}`, part: 'lsm.selinux' };
    }
    const listed = offer.lsm?.active?.includes(lsm);
    const there = lsm === 'apparmor' ? (offer.lsm?.apparmor ?? listed) : listed;
    const part = lsm === 'apparmor' ? 'lsm.apparmor' : 'lsm.active';
    if (there === undefined) return { truth: undefined, value: `security module ${lsm}`, part };
    const value = `security module ${lsm} is ${there ? 'active' : 'not active'}`;
    if (is === 'enforcing' || is === 'permissive')
      return there
        ? { truth: undefined, value: `mode of ${lsm}`, part }
        : { truth: false, value, part };
    return { truth: there === (is === 'active'), value, part };
  },

  apparmorProfile({ apparmorProfile }, offer) {
    const part = 'container.apparmorProfile';
    const named = offer.container?.apparmorProfile;
    const active = offer.lsm?.apparmor ?? offer.lsm?.active?.includes('apparmor');
    const confined =
      active === false || named === 'unconfined' || offer.container?.privileged === true
        ? false
        : named !== undefined
          ? true
          : active === true && offer.engine !== undefined
            ? offer.engine.rootless !== true && offer.engine.seccomp?.mode !== 'none'
            : undefined;
    if (confined === undefined) return { truth: undefined, value: 'AppArmor profile', part };
    const value = confined
      ? `the container runs under AppArmor profile ${named ?? "of the engine's default"}`
      : 'no AppArmor profile confines the container';
    return { truth: confined === (apparmorProfile === 'confined'), value, part };
  },

  engine({ engine, version }, offer) {
    const part = 'engine';
    const found = offer.engine;
    if (found === undefined) return { truth: undefined, value: 'engine', part };
    const value = `the engine is ${[found.name, found.version].filter(Boolean).join(' ')}`;
    if (!listOf(engine).includes(found.name)) return { truth: false, value, part };
    if (version === undefined) return { truth: true, value, part };
    if (found.version === undefined)
      return { truth: undefined, value: `version of ${found.name}`, part: 'engine.version' };
    return { truth: satisfies(found.version, version), value, part: 'engine.version' };
  },

  runtime({ runtime, version }, offer) {
    const part = 'engine.runtime';
    const found = offer.engine?.runtime;
    if (found === undefined) return { truth: undefined, value: 'OCI runtime', part };
    const value = `the runtime is ${[found.name, found.version].filter(Boolean).join(' ')}`;
    if (!listOf(runtime).includes(found.name)) return { truth: false, value, part };
    if (version === undefined) return { truth: true, value, part };
    if (found.version === undefined)
      return { truth: undefined, value: `version of ${found.name}`, part };
    return { truth: satisfies(found.version, version), value, part };
  },

  libseccomp({ libseccomp }, offer) {
    const part = offer.engine?.libseccomp === undefined ? 'libseccomp' : 'engine.libseccomp';
    const found = offer.engine?.libseccomp ?? offer.libseccomp;
    if (found === undefined) return { truth: undefined, value: 'version of libseccomp', part };
    return { truth: satisfies(found, libseccomp), value: `libseccomp is ${found}`, part };
  },

  cgroup({ cgroup }, offer) {
    const part = 'cgroup.version';
    const found = offer.cgroup?.version;
    if (found === undefined) return { truth: undefined, value: 'cgroup version', part };
    return { truth: listOf(cgroup).includes(found), value: `cgroups are ${found}`, part };
  },

  cpu({ cpu, is }, offer) {
    const part = 'cpu';
    const has = /^(x86-64-v\d|power\d+|z\d+|armv\d.*-a)$/.test(cpu)
      ? meetsCpuLevel(offer, cpu)
      : hasCpuFeature(offer, cpu);
    if (has === undefined) return { truth: undefined, value: `processor: ${cpu}`, part };
    const name = offer.cpu?.model ?? offer.cpu?.level ?? 'the processor';
    return {
      truth: has === (is === 'present'),
      value: `${name} ${has ? 'has' : 'lacks'} ${cpu}`,
      part,
    };
  },

  container({ container, ...wanted }, offer) {
    const part = `container.${container}`;
    const value = containerOption(offer, container);
    if (value === undefined)
      return { truth: undefined, value: `container option ${container}`, part };
    return { truth: compares(value, wanted), value: `${container} is ${shown(value)}`, part };
  },

  mountOption({ mountOption, at, onFilesystem }, offer) {
    const part = 'container.mounts';
    const mount = mountOptions(offer, at);
    if (mount === undefined) return { truth: undefined, value: `how ${at} is mounted`, part };
    const fits =
      onFilesystem === undefined || listOf(onFilesystem).includes(mount.filesystem ?? '');
    const value = `${mount.target} is mounted ${mount.options.join(',') || 'with usual options'}`;
    return { truth: fits && mount.options.includes(mountOption), value, part };
  },

  distribution({ distribution, version }, offer) {
    const part = 'distribution';
    const found = offer.distribution;
    if (found === undefined) return { truth: undefined, value: 'distribution of the host', part };
    const value = `the host is ${found.name ?? [found.id, found.version].filter(Boolean).join(' ')}`;
    if (!listOf(distribution).includes(found.id)) return { truth: false, value, part };
    if (version === undefined) return { truth: true, value, part };
    if (found.version === undefined)
      return { truth: undefined, value: `version of ${found.id}`, part };
    return { truth: satisfies(found.version, version), value, part };
  },

  machine({ machine }, offer) {
    const found = offer.machine;
    if (found === undefined) return { truth: undefined, value: 'machine', part: 'machine' };
    return {
      truth: listOf(machine).includes(found),
      value: `the machine is ${found}`,
      part: 'machine',
    };
  },

  kind({ kind }, offer) {
    // A distribution or an engine of containers stands on Linux; what emulates it is always named.
    const { kernel, engine, distribution } = offer;
    const found =
      kernel?.kind ??
      ((kernel?.release ?? engine ?? distribution) === undefined ? undefined : 'linux');
    if (found === undefined)
      return { truth: undefined, value: 'kind of kernel', part: 'kernel.kind' };
    return {
      truth: listOf(kind).includes(found),
      value: `the kernel is ${found}`,
      part: 'kernel.kind',
    };
  },
};

/** How much is left of a limit that one sysctl sets and another counts. */
function sysctlRoom(offer: Offer, sysctl: string, minus: string, wanted: Comparisons): HostAnswer {
  const part = `sysctls.${minus}`;
  const [limit, used] = [offer.sysctls?.[sysctl], offer.sysctls?.[minus]].map(Number);
  if (limit === undefined || used === undefined || Number.isNaN(limit) || Number.isNaN(used))
    return { truth: undefined, value: `${minus} against ${sysctl}`, part };
  const value = `${minus} is ${used} of ${limit}`;
  return { truth: compares(limit - used, wanted), value, part };
}

function containerDevice(
  offer: Offer,
  device: string,
  onHost: boolean | undefined,
): boolean | undefined {
  const given = containerOption(offer, 'devices');
  if (Array.isArray(given) && given.includes(device)) return true;
  const privileged = containerOption(offer, 'privileged');
  if (privileged === true) return onHost;
  return given === undefined || privileged === undefined ? undefined : false;
}

/** Kleene's "and". */
function conjunction(parts: readonly (boolean | undefined)[]): boolean | undefined {
  if (parts.includes(false)) return false;
  return parts.includes(undefined) ? undefined : true;
}

const kinds = Object.keys(matchers) as readonly Kind[];

/** One answer out of several: those whose truth decided, in words. */
function summed(truth: boolean | undefined, deciding: readonly HostAnswer[]): HostAnswer {
  const [first] = deciding;
  const values = [...new Set(deciding.map(({ value }) => value).filter((value) => value !== ''))];
  return {
    truth,
    value: values.slice(0, 3).join(', '),
    part: first?.part ?? '',
    ...(first?.source === undefined ? {} : { source: first.source }),
  };
}

/** What the offer says to the condition. */
export function matchHost(condition: HostCondition, offer: Offer): HostAnswer {
  if ('all' in condition) {
    const answers = condition.all.map((part) => matchHost(part, offer));
    const truth = conjunction(answers.map((answer) => answer.truth));
    return summed(
      truth,
      answers.filter((answer) => answer.truth === truth),
    );
  }
  if ('any' in condition) {
    const answers = condition.any.map((part) => matchHost(part, offer));
    const none = conjunction(
      answers.map(({ truth }) => (truth === undefined ? undefined : !truth)),
    );
    const truth = none === undefined ? undefined : !none;
    return summed(
      truth,
      answers.filter((answer) => answer.truth === truth),
    );
  }
  if ('not' in condition) {
    const answer = matchHost(condition.not, offer);
    return { ...answer, truth: answer.truth === undefined ? undefined : !answer.truth };
  }
  const kind = kinds.find((one) => one in condition);
  if (kind === undefined)
    return { truth: undefined, value: 'a condition of an unknown kind', part: '' };
  // The schema gave the object the shape of its kind; TypeScript cannot follow that through the table.
  return (matchers[kind] as Matcher<Kind>)(condition as HostLeaf<Kind>, offer);
}
