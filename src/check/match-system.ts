// Host conditions on the machine, its kernel and its distribution.
import { answerTo } from '../host/answer.ts';
import { hasCpuFeature, meetsCpuLevel } from '../host/cpu.ts';
import type { Offer } from '../host/offer.ts';
import { satisfies } from '../lib/version.ts';
import {
  absence,
  type Comparisons,
  compares,
  conjunction,
  type HostAnswer,
  type HostMatchers,
  shown,
  valueAt,
} from './host-matcher.ts';
import { moduleState } from './kernel-modules.ts';
import { listOf } from './list-of.ts';

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

/** Conditions on the system. */
export const systemMatchers: HostMatchers<
  | 'field'
  | 'kernel'
  | 'config'
  | 'sysctl'
  | 'syscall'
  | 'limit'
  | 'module'
  | 'filesystem'
  | 'lsm'
  | 'apparmorProfile'
  | 'cpu'
  | 'distribution'
  | 'machine'
  | 'kind'
> = {
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
